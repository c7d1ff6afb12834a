"""Patches out and back."""

from __future__ import annotations

import pytest
import torch

from stranet.geometry.patches import extract_patches, fold_patches


@pytest.mark.parametrize("side", [1, 3, 7])
@pytest.mark.parametrize(("height", "width"), [(9, 13), (4, 4)])
def test_folding_what_was_extracted_over_the_count_is_the_image(height, width, side):
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(side))
    patches = extract_patches(image, side)
    count = fold_patches(torch.ones(height * width, side**2), (height, width), side)
    folded = fold_patches(patches, (height, width), side) / count
    torch.testing.assert_close(folded, image, atol=1e-5, rtol=1e-5)


def test_a_patch_is_what_surrounds_its_position():
    image = torch.arange(2 * 6 * 8.0).view(1, 2, 6, 8)
    patch = extract_patches(image, 3)[3 * 8 + 4].view(2, 3, 3)
    assert torch.equal(patch, image[0, :, 2:5, 3:6])


def test_beyond_the_edge_the_edge_is_replicated():
    image = torch.rand(1, 1, 5, 5)
    corner = extract_patches(image, 3)[0].view(3, 3)
    assert torch.equal(corner[1:, 1:], image[0, 0, :2, :2])
    assert (corner[0, :2] == image[0, 0, 0, 0]).all()


def test_inside_every_position_is_covered_by_a_whole_patch():
    count = fold_patches(torch.ones(10 * 12, 9), (10, 12), 3)
    assert (count[..., 1:-1, 1:-1] == 9).all()
    assert count[0, 0, 0, 0] == 4
