"""Convolutions with a gate: what a filter finds counts only as far as a second filter, the gate, lets it through.

Gates are how a network that looks at holes learns which positions to trust (Yu et al. 2019, gated convolution); the
depth-wise separable ones are the light form of Yi et al. 2020 (HiFill). No normalisation layers: statistics of a frame
with a hole are those of its hole. Padding is by replication everywhere.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GatedConv(nn.Module):
    """``value * sigmoid(gate)``, both from one convolution; the gate is the only activation."""

    def __init__(self, inputs: int, outputs: int, side: int = 3, stride: int = 1, dilation: int = 1) -> None:
        """``side`` odd; with stride s, (B, inputs, h, w) -> (B, outputs, ceil(h/s), ceil(w/s))."""
        super().__init__()
        self.conv = _conv(inputs, 2 * outputs, side, stride, dilation)
        _start(self.conv, outputs)

    def forward(self, planes: Tensor) -> Tensor:
        return F.glu(self.conv(planes), 1)


class SeparableGatedConv(nn.Module):
    """``GatedConv`` in two steps: one filter per input channel, then a mixture of channels, which costs a ninth."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> None:
        """3 x 3; with stride s, (B, inputs, h, w) -> (B, outputs, ceil(h/s), ceil(w/s))."""
        super().__init__()
        self.depthwise = _conv(inputs, inputs, 3, stride, dilation, groups=inputs)
        self.pointwise = nn.Conv2d(inputs, 2 * outputs, 1)
        nn.init.normal_(self.depthwise.weight, std=1 / 3)  # nine taps: variance is kept
        _start(self.pointwise, outputs)

    def forward(self, planes: Tensor) -> Tensor:
        return F.glu(self.pointwise(self.depthwise(planes)), 1)


class DilatedBlock(nn.Module):
    """Context from ever further away, each step added to what came in: (B, C, h, w) -> (B, C, h, w)."""

    def __init__(self, channels: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.steps = nn.ModuleList(SeparableGatedConv(channels, channels, dilation=step) for step in dilations)

    def forward(self, planes: Tensor) -> Tensor:
        for step in self.steps:
            planes = planes + step(planes)
        return planes


class UpBlock(nn.Module):
    """Twice the size, joined with what is known at that size."""

    def __init__(self, below: int, beside: int, outputs: int) -> None:
        super().__init__()
        self.conv = SeparableGatedConv(below + beside, outputs)

    def forward(self, below: Tensor, beside: Tensor) -> Tensor:
        """(B, below, h, w) and (B, beside, 2h, 2w) -> (B, outputs, 2h, 2w)."""
        doubled = F.interpolate(below, scale_factor=2, mode="nearest")
        return self.conv(torch.cat((doubled, beside), 1))


def _conv(inputs: int, outputs: int, side: int, stride: int, dilation: int, groups: int = 1) -> nn.Conv2d:
    margin = dilation * (side // 2)
    return nn.Conv2d(inputs, outputs, side, stride, margin, dilation, groups, padding_mode="replicate")


def _start(conv: nn.Conv2d, outputs: int) -> None:
    """Values and gates start so that variance is kept: gates stand half open, so values are made twice as large."""
    fan = conv.weight[0].numel()
    nn.init.normal_(conv.weight[:outputs], std=2 / fan**0.5)
    nn.init.normal_(conv.weight[outputs:], std=1 / fan**0.5)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
