"""Values carried from the known to the unknown."""

from __future__ import annotations

import pytest
import torch

from stranet.geometry.diffuse import diffuse


def frame_with_hole(height: int = 45, width: int = 61) -> torch.Tensor:
    weight = torch.ones(1, 1, height, width)
    weight[..., 12:30, 20:42] = 0
    return weight


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (33, 17), (45, 61), (64, 64)])
def test_the_known_is_kept_exactly(height, width):
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(2, 3, height, width, generator=generator)
    weight = (torch.rand(2, 1, height, width, generator=generator) > 0.5).float()
    filled = diffuse(values, weight)
    known = weight.expand_as(values) == 1
    assert torch.equal(filled[known], values[known])
    assert filled.isfinite().all()


def test_what_stands_under_zero_weight_is_ignored():
    weight = frame_with_hole()
    values = torch.rand(1, 2, 45, 61, generator=torch.Generator().manual_seed(1))
    assert torch.equal(diffuse(values, weight), diffuse(values + 9 * (1 - weight), weight))


@pytest.mark.parametrize("share", [0.001, 0.1, 0.9])
def test_a_constant_stays_constant(share):
    weight = (torch.rand(1, 1, 50, 70, generator=torch.Generator().manual_seed(2)) < share).float()
    weight[..., 0, 0] = 1
    filled = diffuse(torch.full((1, 3, 50, 70), 0.37), weight)
    torch.testing.assert_close(filled, torch.full_like(filled, 0.37), atol=1e-5, rtol=0)


def test_no_weight_gives_zero():
    assert not diffuse(torch.rand(1, 2, 20, 30), torch.zeros(1, 1, 20, 30)).any()


def test_a_slope_is_continued_through_a_hole():
    y, x = torch.meshgrid(torch.arange(45.0), torch.arange(61.0), indexing="ij")
    slope = (0.01 * x - 0.006 * y)[None, None]
    weight = frame_with_hole()
    error = (diffuse(slope, weight) - slope).abs().max()
    assert error < 0.5 * 0.01 * 22  # less than half of what the hole spans; a constant would miss by all of it


def test_the_fill_lies_between_the_extremes():
    weight = frame_with_hole()
    values = torch.rand(1, 1, 45, 61, generator=torch.Generator().manual_seed(3))
    filled, known = diffuse(values, weight), values[weight == 1]
    assert known.min() - 1e-5 <= filled.min()
    assert filled.max() <= known.max() + 1e-5


def test_flipping_flips():
    weight = frame_with_hole(32, 64)
    values = torch.rand(1, 2, 32, 64, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(diffuse(values.flip(-1), weight.flip(-1)).flip(-1), diffuse(values, weight))
