"""The cost volume against an explicit loop, and its gradient against finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stranet.model.cost_volume import comparable, cost_volume


def by_loop(target: Tensor, reference: Tensor, radius: int) -> Tensor:
    batch, _, height, width = target.shape
    side = 2 * radius + 1
    costs = torch.zeros(batch, side * side, height, width)
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            channel = (dy + radius) * side + dx + radius
            for y in range(height):
                for x in range(width):
                    if 0 <= y + dy < height and 0 <= x + dx < width:
                        costs[:, channel, y, x] = (target[:, :, y, x] * reference[:, :, y + dy, x + dx]).sum(1)
    return costs


@pytest.mark.parametrize(("size", "radius"), [((5, 7), 2), ((3, 2), 3), ((1, 1), 1), ((4, 4), 0)])
def test_costs_are_those_of_a_loop(size, radius):
    target, reference = torch.randn(2, 2, 3, *size, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(cost_volume(target, reference, radius), by_loop(target, reference, radius))


def test_gradient_is_that_of_the_loop():
    values = torch.randn(2, 1, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    weight = torch.randn(1, 9, 4, 5, generator=torch.Generator().manual_seed(1))
    ours, plain = values.clone().requires_grad_(), values.clone().requires_grad_()
    (cost_volume(*ours, 1) * weight).sum().backward()
    (by_loop(*plain, 1) * weight).sum().backward()
    torch.testing.assert_close(ours.grad, plain.grad)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (2, -1), (-3, 3)])
def test_the_largest_cosine_is_at_the_shift(dx, dy):
    radius = 3
    target = comparable(torch.randn(1, 8, 16, 20, generator=torch.Generator().manual_seed(0)))
    reference = target.roll((dy, dx), (2, 3))  # found (dx, dy) further on
    best = cost_volume(target, reference, radius).argmax(1)[..., 3:-3, 3:-3]
    assert (best == (dy + radius) * (2 * radius + 1) + dx + radius).all()


def test_comparable_is_of_length_one_and_blind_to_gain_and_offset():
    features = torch.randn(2, 5, 6, 8, generator=torch.Generator().manual_seed(0))
    ours = comparable(features)
    torch.testing.assert_close(ours.norm(dim=1), torch.ones(2, 6, 8), atol=1e-4, rtol=0)
    torch.testing.assert_close(comparable(3 * features + 2), ours, atol=1e-3, rtol=0)
    assert not comparable(torch.ones(1, 2, 3, 3)).any()


def test_comparable_tells_rectified_features_apart():
    features = 10 + torch.rand(1, 8, 12, 12, generator=torch.Generator().manual_seed(0))
    ours = comparable(features)[0].flatten(1)
    cosines = (ours.T @ ours).fill_diagonal_(0)
    assert cosines.mean().abs() < 0.05
