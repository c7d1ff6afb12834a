"""Several compositions of one leftover."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from stranet.model.compositions import OTHERS, MixedCompositions, coarse_part, compose
from stranet.model.patch_spatial import PatchSpatialAggregation


def scene(height: int = 50, width: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """A smooth picture and what is known of it."""
    rough = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    known = torch.ones(1, 1, height, width, dtype=torch.bool)
    known[..., height // 3 : height // 2, width // 3 : 2 * width // 3] = False
    return F.interpolate(rough, (height, width), mode="bilinear"), known


def test_the_first_is_that_of_patches_alone():
    image, known = scene()
    composed, alone = compose(image, known), PatchSpatialAggregation()(image * known, ~known, known)
    torch.testing.assert_close(composed.images[:, 0], alone.image)
    assert torch.equal(composed.source, alone.source)


@pytest.mark.parametrize("size", [(50, 64), (51, 63), (7, 5), (1, 1)])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_all_keep_what_is_known_and_see_nothing_else(size, others):
    image, known = scene(*size)
    composed = compose(image, known, others)
    assert composed.images.shape == (1, 1 + others, 3, *size)
    assert composed.images.isfinite().all()
    same = known[:, None].expand_as(composed.images)
    assert torch.equal(composed.images[same], image[:, None].expand_as(same)[same])
    other = compose(torch.where(known, image, 1 - image), known, others)
    assert torch.equal(composed.images, other.images)
    assert torch.equal(composed.source, other.source)


def test_they_differ_and_their_mean_is_nearer_to_the_truth_than_they_are_themselves():
    errors = []
    for seed in range(4):
        rough = torch.rand(1, 3, 9, 11, generator=torch.Generator().manual_seed(seed))
        image = F.interpolate(rough, (60, 72), mode="bicubic")
        known = torch.ones(1, 1, 60, 72, dtype=torch.bool)
        known[..., 20:40, 24:48] = False
        fills = compose(image, known).images[0]
        assert all((fills[0] - fills[order]).abs().max() > 0.01 for order in range(1, 1 + len(OTHERS)))
        errors.append([(fill - image[0]).square().mean().item() for fill in (*fills, fills.mean(0))])
    *alone, together = torch.tensor(errors).mean(0)
    assert together < min(alone)


def test_a_batch_equals_its_singles():
    image, known = scene()
    images, knowns = torch.cat((image, image.flip(-1))), torch.cat((known, known.flip(-2)))
    together = compose(images, knowns)
    for index in range(2):
        one = compose(images[index : index + 1], knowns[index : index + 1])
        torch.testing.assert_close(together.images[index], one.images[0])
        assert torch.equal(together.source[index], one.source[0])


def test_the_mix_is_the_mean_but_for_the_detail_of_the_first():
    image, known = scene(60, 72)
    image = image + 0.05 * torch.rand(image.shape, generator=torch.Generator().manual_seed(1))
    mixed, composed = MixedCompositions()(image, ~known, known), compose(image, known)
    first, mean = composed.images[:, 0], composed.images.mean(1)
    assert torch.equal(mixed.source, composed.source)
    assert torch.equal(mixed.image[known.expand_as(image)], image[known.expand_as(image)])
    inside = -F.max_pool2d(-(~known).float(), 9, 1, 4) > 0  # away from the rim, where the mean begins
    added = ((mixed.image - first) * inside).square().sum()
    assert 0 < added < ((mean - first) * inside).square().sum(), "some of the difference is too fine to be taken over"
    smooth = F.avg_pool2d(mixed.image - mean, 8, 1) * inside[..., 4:-3, 4:-3]
    assert smooth.abs().max() < 0.25 * (first - mean).abs().max()


def test_a_small_leftover_is_composed_once():
    image, known = scene()
    known = torch.ones_like(known)
    known[..., 20:29, 20:30] = False
    mixed = MixedCompositions()(image, ~known, known)
    torch.testing.assert_close(mixed.image, PatchSpatialAggregation()(image, ~known, known).image)


@pytest.mark.parametrize("size", [(12, 17), (13, 16), (2, 2), (1, 5)])
def test_the_coarse_part_keeps_size_and_mean_colours(size):
    plane = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(2))
    assert coarse_part(plane).shape == plane.shape
    flat = torch.full((1, 3, *size), 0.3)
    torch.testing.assert_close(coarse_part(flat), flat)


@pytest.mark.parametrize("rows", [slice(20, 21), slice(21, 22)])
def test_where_half_the_size_shows_nothing_the_first_stands_for_all(rows):
    """A single known row: no square of 2 x 2 is known as a whole."""
    image = torch.full((1, 3, 40, 50), 0.6)
    known = torch.zeros(1, 1, 40, 50, dtype=torch.bool)
    known[..., rows, :] = True
    filled = MixedCompositions()(torch.where(known, image, 0.0), ~known, known).image
    torch.testing.assert_close(filled, image, atol=1e-4, rtol=0)
