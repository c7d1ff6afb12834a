"""Means by OpenCV are means by PyTorch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from stranet.geometry.averages import SMALL, block_mean, box_mean

SHAPES = [(2, 40, 64), (3, 2, 41, 67), (2, 4, 1, 37, 30), (1, 1, 3, 5), (1, 3, 700), (1, 2, 47, 66)]


def planes(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("side", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("shape", SHAPES)
def test_squares_agree_with_pytorch(shape, side):
    fine = planes(shape)
    wanted = F.avg_pool2d(fine.reshape(-1, 1, *shape[-2:]), side, ceil_mode=True, count_include_pad=False)
    found = block_mean(fine, side)
    assert found.shape == (*shape[:-2], *wanted.shape[-2:])
    torch.testing.assert_close(found, wanted.view(found.shape), atol=1e-6, rtol=0)


def test_both_ways_are_tested():
    areas = [shape[-1] * shape[-2] for shape in SHAPES]
    assert min(areas) < SMALL < max(areas)


@pytest.mark.parametrize("window", [1, 3, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_surroundings_agree_with_pytorch(shape, window):
    fine = planes(shape)
    padded = F.pad(fine.reshape(-1, 1, *shape[-2:]), (window // 2,) * 4, mode="replicate")
    wanted = F.avg_pool2d(padded, window, 1)
    torch.testing.assert_close(box_mean(fine, window), wanted.view(shape), atol=1e-6, rtol=0)


def test_slices_and_permuted_planes():
    part = planes((1, 49, 52, 3)).movedim(-1, 1)[..., 1:48, 2:]
    torch.testing.assert_close(block_mean(part, 4), block_mean(part.contiguous(), 4), atol=0, rtol=0)
    torch.testing.assert_close(box_mean(part, 3), box_mean(part.contiguous(), 3), atol=0, rtol=0)


@pytest.mark.parametrize("mean", [lambda fine: block_mean(fine, 4), lambda fine: box_mean(fine, 5)])
def test_a_gradient_gets_through_and_is_of_the_same_means(mean):
    fine = planes((1, 2, 40, 64)).requires_grad_()
    mean(fine).sum().backward()
    assert fine.grad is not None
    assert fine.grad.abs().min() > 0
    torch.testing.assert_close(mean(fine.detach()), mean(fine).detach(), atol=1e-6, rtol=0)
