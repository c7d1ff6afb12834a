"""Resizing by OpenCV is resizing by PyTorch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from stranet.geometry.averages import SMALL
from stranet.geometry.resize import resize

SIZES = [(1, 1), (2, 3), (7, 9), (15, 18), (20, 36), (31, 8)]


def test_both_ways_are_tested():
    areas = [height * width for height, width in SIZES]
    assert min(areas) < SMALL < max(areas)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [(3, 7, 9), (2, 3, 7, 9), (2, 4, 1, 7, 9), (1, 1, 1, 1)])
def test_agrees_with_pytorch(shape, size):
    planes = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    wanted = F.interpolate(planes.reshape(-1, 1, *shape[-2:]), size, mode="bilinear", align_corners=False)
    found = resize(planes, *size)
    assert found.shape == (*shape[:-2], *size)
    torch.testing.assert_close(found, wanted.view(found.shape), atol=5e-6, rtol=0)


@pytest.mark.parametrize("times", [2, 4])
def test_slices_and_permuted_planes(times):
    planes = torch.randn(1, 9, 12, 3).movedim(-1, 1)[..., 1:8, 2:]
    size = 7 * times, 10 * times
    torch.testing.assert_close(resize(planes, *size), resize(planes.contiguous(), *size), atol=0, rtol=0)


@pytest.mark.parametrize("times", [2, 8])
def test_a_gradient_gets_through(times):
    planes = torch.randn(1, 2, 4, 5, dtype=torch.float32, requires_grad=True)
    size = 4 * times, 5 * times
    resize(planes, *size).sum().backward()
    assert planes.grad is not None
    torch.testing.assert_close(planes.grad, torch.full_like(planes, float(times**2)))
    torch.testing.assert_close(resize(planes.detach(), *size), resize(planes, *size).detach(), atol=1e-6, rtol=0)
