"""How alike a target and a reference are at every small shift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def cost_volume(target: Tensor, reference: Tensor, radius: int) -> Tensor:
    """Scalar products of features at all shifts of up to ``radius`` positions.

    Args:
        target, reference: (B, C, h, w).
        radius: of the square of shifts.

    Returns:
        (B, (2 * radius + 1) ** 2, h, w) float32. Channel ``(dy + radius) * (2 * radius + 1) + dx + radius`` compares
        the target at (x, y) with the reference at (x + dx, y + dy); zero where that lies outside.
    """
    return _Shifted.apply(target.float(), F.pad(reference.float(), (radius,) * 4), radius)  # type: ignore[return-value]


def comparable(features: Tensor) -> Tensor:
    """Features whose scalar products are cosines that tell positions apart, from the first step of a training on.

    Rectified features all point the same way, and their cosines are all near one. So every channel is brought to mean
    zero and variance one over the frame, then every position's vector to length one.

    Args:
        features: (B, C, h, w).

    Returns:
        (B, C, h, w) float32; zero where a frame shows nothing but one colour.
    """
    features = features.float()
    centred = features - features.mean((-2, -1), keepdim=True)
    spread = centred * torch.rsqrt(centred.square().mean((-2, -1), keepdim=True) + 1e-4)
    return spread * torch.rsqrt(spread.square().sum(1, keepdim=True) + 1e-6)


class _Shifted(torch.autograd.Function):
    """The sums over channels, with a gradient that adds in place: slices would each allocate a whole frame."""

    @staticmethod
    def forward(ctx: Any, target: Tensor, padded: Tensor, radius: int) -> Tensor:
        ctx.save_for_backward(target, padded)
        ctx.radius = radius
        return torch.stack([(target * padded[window]).sum(1) for window in _windows(target, radius)], 1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        target, padded = ctx.saved_tensors
        to_target, to_padded = torch.zeros_like(target), torch.zeros_like(padded)
        for channel, window in enumerate(_windows(target, ctx.radius)):
            grad = grads[0][:, channel, None]  # (B, 1, h, w)
            to_target.addcmul_(padded[window], grad)
            to_padded[window].addcmul_(target, grad)
        return to_target, to_padded, None


def _windows(target: Tensor, radius: int) -> Iterator[tuple[Any, ...]]:
    """The target's frame in the padded reference at every shift, row by row."""
    height, width = target.shape[-2:]
    for dy in range(2 * radius + 1):
        for dx in range(2 * radius + 1):
            yield ..., slice(dy, dy + height), slice(dx, dx + width)
