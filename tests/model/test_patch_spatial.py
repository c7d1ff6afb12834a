"""What no frame shows is made of what the target itself shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stranet.geometry.scale import split_residual
from stranet.model.patch_spatial import PatchSpatialAggregation
from stranet.model.residual import aggregate_spatial_residuals


def checks(height: int, width: int, period: int) -> torch.Tensor:
    """A coloured pattern of that period, (1, 3, height, width)."""
    tile = torch.rand(3, period, period, generator=torch.Generator().manual_seed(period))
    repeats = (1, -(-height // period), -(-width // period))
    return tile.repeat(*repeats)[None, :, :height, :width]


def a_hole(height: int, width: int, box: tuple[slice, slice]) -> torch.Tensor:
    hole = torch.zeros(1, 1, height, width, dtype=torch.bool)
    hole[..., box[0], box[1]] = True
    return hole


MIDDLE = (slice(18, 32), slice(22, 42))


def test_known_pixels_are_never_touched_and_sources_are_known():
    image = torch.rand(1, 3, 50, 64, generator=torch.Generator().manual_seed(0))
    hole = a_hole(50, 64, MIDDLE)
    output = PatchSpatialAggregation()(image, hole, ~hole)
    assert torch.equal(output.image[~hole.expand_as(image)], image[~hole.expand_as(image)])
    rows, columns = output.source[0][:, hole[0, 0]]
    assert not hole[0, 0, rows, columns].any()
    own = torch.stack(torch.meshgrid(torch.arange(50), torch.arange(64), indexing="ij"))
    assert torch.equal(output.source[0][:, ~hole[0, 0]], own[:, ~hole[0, 0]])


def test_a_constant_is_continued():
    image = torch.full((1, 3, 50, 64), 0.42)
    hole = a_hole(50, 64, MIDDLE)
    blanked = torch.where(hole, 1.0, image)
    torch.testing.assert_close(PatchSpatialAggregation()(blanked, hole, ~hole).image, image, atol=1e-4, rtol=0)


@pytest.mark.parametrize("period", [4, 8])
def test_a_pattern_is_continued(period):
    image = checks(56, 72, period)
    hole = a_hole(56, 72, MIDDLE)
    blanked = torch.where(hole, 0.0, image)
    filled = PatchSpatialAggregation()(blanked, hole, ~hole).image
    error = (filled - image)[hole.expand_as(image)].abs().mean()
    spread = (image - image.mean()).abs().mean()
    assert error < 0.35 * spread


def test_what_lies_in_the_leftover_has_no_say():
    image = checks(50, 64, 8)
    hole = a_hole(50, 64, MIDDLE)
    one = PatchSpatialAggregation()(torch.where(hole, 0.0, image), hole, ~hole)
    other = PatchSpatialAggregation()(torch.where(hole, 0.9, image), hole, ~hole)
    assert torch.equal(one.image, other.image)
    assert torch.equal(one.source, other.source)


@pytest.mark.parametrize(
    "box",
    [
        (slice(0, 20), slice(0, 20)),
        (slice(None), slice(10, 60)),
        (slice(0, 50), slice(0, 63)),
        (slice(49, 50), slice(0, 1)),
    ],
    ids=["corner", "across", "all but a column", "one pixel"],
)
def test_a_hole_at_the_edge(box):
    image = checks(50, 64, 8)
    hole = a_hole(50, 64, box)
    filled = PatchSpatialAggregation()(image, hole, ~hole).image
    assert filled.isfinite().all()
    assert filled.min() >= -1e-5
    assert filled.max() <= 1 + 1e-5
    assert torch.equal(filled[~hole.expand_as(image)], image[~hole.expand_as(image)])


@pytest.mark.parametrize("size", [(3, 5), (8, 8), (17, 33)])
def test_small_boxes(size):
    image = torch.rand(1, 3, *size)
    hole = torch.zeros(1, 1, *size, dtype=torch.bool)
    hole[..., : size[0] // 2 + 1, : size[1] // 2] = True
    filled = PatchSpatialAggregation()(image, hole, ~hole).image
    assert filled.shape == image.shape
    assert filled.isfinite().all()


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_residuals_move_with_the_patches_exactly(factor):
    """On a pattern whose period is whole low pixels, the detail of a source is the detail that is missing."""
    height, width, period = 16, 16, 4
    image = checks(height * factor, width * factor, period * factor)
    low, _ = split_residual(image, factor)
    hole = a_hole(height, width, (slice(4, 8), slice(4, 9)))
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    source = torch.stack((torch.where(hole[0, 0], (rows + period) % height, rows), columns))[None]
    leftover = hole.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    filled = aggregate_spatial_residuals(image, source, low, leftover)
    torch.testing.assert_close(filled, image, atol=1e-5, rtol=0)


def test_residuals_touch_the_leftover_alone():
    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.random((1, 3, 24, 32), np.float32))
    leftover = a_hole(24, 32, (slice(8, 14), slice(8, 20)))
    low = torch.rand(1, 3, 12, 16)
    source = torch.zeros(1, 2, 12, 16, dtype=torch.long)
    filled = aggregate_spatial_residuals(image, source, low, leftover)
    same = ~leftover.expand_as(image)
    assert torch.equal(filled[same], image[same])
    assert not torch.equal(filled, image)
