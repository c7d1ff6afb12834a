"""Gated convolutions against their closed form."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from stranet.model.layers import DilatedBlock, GatedConv, SeparableGatedConv, UpBlock


def planes(channels: int, height: int = 9, width: int = 12) -> torch.Tensor:
    return torch.randn(2, channels, height, width, generator=torch.Generator().manual_seed(channels))


def test_a_gated_convolution_is_value_times_gate():
    layer, given = GatedConv(3, 4), planes(3)
    padded = F.pad(given, (1, 1, 1, 1), mode="replicate")
    value = F.conv2d(padded, layer.conv.weight[:4], layer.conv.bias[:4])
    opening = F.conv2d(padded, layer.conv.weight[4:], layer.conv.bias[4:])
    torch.testing.assert_close(layer(given), value * torch.sigmoid(opening))


def test_a_shut_gate_lets_nothing_through_and_an_open_one_everything():
    layer, given = GatedConv(3, 2, side=1), planes(3)
    with torch.no_grad():
        layer.conv.weight[2:] = 0
        layer.conv.bias[2:] = torch.tensor([-1e4, 1e4])
    passed = layer(given)
    assert not passed[:, 0].any()
    torch.testing.assert_close(passed[:, 1], F.conv2d(given, layer.conv.weight[1:2])[:, 0])


def test_a_separable_one_is_a_full_one_of_rank_one_filters():
    light, full, given = SeparableGatedConv(3, 4), GatedConv(3, 4), planes(3)
    with torch.no_grad():
        full.conv.weight.copy_(light.pointwise.weight * light.depthwise.weight[:, 0])
        inner = light.pointwise.weight[..., 0, 0] @ light.depthwise.bias
        full.conv.bias.copy_(light.pointwise.bias + inner)
    torch.testing.assert_close(light(given), full(given), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", [GatedConv, SeparableGatedConv])
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 12)])
def test_a_stride_halves_and_rounds_up(kind, size):
    assert kind(3, 5, stride=2)(planes(3, *size)).shape == (2, 5, -(-size[0] // 2), -(-size[1] // 2))


@pytest.mark.parametrize("kind", [GatedConv, SeparableGatedConv])
def test_the_edge_is_replicated(kind):
    """A constant stays constant up to the edge: zeros around it would show."""
    flat = kind(6, 6, dilation=4)(torch.full((1, 6, 7, 7), 0.3))
    torch.testing.assert_close(flat, flat[..., 3:4, 3:4].expand_as(flat))


def test_variance_is_about_kept():
    torch.manual_seed(0)
    given = torch.randn(2, 64, 16, 16)
    for layer in (GatedConv(64, 64), SeparableGatedConv(64, 64)):
        assert 0.5 < layer(given).std() < 2


def test_a_dilated_block_adds_and_looks_as_far_as_its_dilations():
    block = DilatedBlock(4, (1, 2))
    given = torch.zeros(1, 4, 11, 11)
    touched = given.clone()
    touched[..., 5, 5] = 1
    changed = (block(touched) - block(given))[0].abs().sum(0) > 0
    assert changed[2:9, 2:9].all()
    assert not changed[:2].any()
    with torch.no_grad():
        for step in block.steps:
            step.pointwise.weight.zero_()
    assert torch.equal(block(touched), touched)


def test_an_up_block_doubles_and_joins():
    block = UpBlock(4, 2, 3)
    below, beside = planes(4, 3, 5), planes(2, 6, 10)
    joined = torch.cat((below.repeat_interleave(2, 2).repeat_interleave(2, 3), beside), 1)
    torch.testing.assert_close(block(below, beside), block.conv(joined))
