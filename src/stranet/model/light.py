"""Match a reference's light to the target's on the ring around the hole: no seams under auto-exposure.

Light is a gain for each colour channel, the same everywhere, and an offset that varies smoothly.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from stranet.geometry.averages import box_mean
from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import shrink, upsample

LARGEST = 0.1
"""A difference beyond this once the gain is right, in [0, 1] colour units, is another object and not another light."""
GAINS = (0.7, 1.4)
"""The smallest and the largest gain."""
CELL = 8
"""Side of the squares over which offsets are averaged, in low-resolution pixels: light is smooth."""
SPREAD = 0.1
"""How far gains lie from 1 as a rule, on a log scale: a gain is believed as far as it is known better than this."""
CONTRAST = 0.01
"""Standard deviation of colour below which an area is flat, so that a gain cannot be told from an offset."""
STRIDE = 4
"""Of so many low-resolution pixels one is looked at for the gain, along each axis."""


class Light(NamedTuple):
    """What brings an aligned reference to the light of the target."""

    gain: Tensor
    """(N, 3, 1, 1)"""
    offset: Tensor
    """(N, 3, H, W)"""

    def on(self, aligned: Tensor) -> Tensor:
        """(N, 3, H, W) in the target's light."""
        return torch.addcmul(self.offset, self.gain, aligned)


def match_light(target: Tensor, aligned: Tensor, both_visible: Tensor, factor: int) -> Light:
    """How an aligned reference continues the target's light into the hole.

    Args:
        target: (1 or N, 3, H, W) in [0, 1], H and W multiples of ``factor``.
        aligned: (N, 3, H, W).
        both_visible: (N, 1, H, W) bool.
        factor: full-resolution pixels per low-resolution pixel.

    Returns:
        One gain per channel and a smooth offset; 1 and 0 where nothing is visible in both.
    """
    height, width = target.shape[-2:]
    gain = light_gain(target, aligned, both_visible, factor)
    difference = torch.addcmul(target, gain, aligned, value=-1)
    weight = (both_visible & (difference.abs().amax(1, keepdim=True) < LARGEST)).float()
    cell = CELL * factor
    mass = shrink(weight, cell)
    mean = shrink(difference * weight, cell) / mass.clamp(min=1e-6)
    offset = diffuse(mean, mass)
    offset = box_mean(offset, 3)
    return Light(gain, upsample(offset, cell)[..., :height, :width])


@torch.no_grad()
def light_gain(target: Tensor, aligned: Tensor, both_visible: Tensor, factor: int) -> Tensor:
    """How many times as much contrast the target has as each aligned reference, where both are visible.

    The ratio of standard deviations, which unlike a regression is 1 for two equally noisy views of the same light. A
    slope of light across the picture is taken off both first; pixels far from what the ratio predicts are left out,
    twice. The gain is drawn to 1 (on a log scale) the more, the less the two views agree, the fewer pixels they share
    and the flatter they are.

    Args:
        target: (1, 3, H, W) in [0, 1].
        aligned: (N, 3, H, W).
        both_visible: (N, 1, H, W) bool.
        factor: full-resolution pixels per low-resolution pixel.

    Returns:
        (N, 3, 1, 1) within `GAINS`; 1 where nothing is visible in both.
    """
    stride = STRIDE * factor
    y, x, both = (plane[..., ::stride, ::stride] for plane in (target, aligned, both_visible))
    low, high = GAINS
    same = both & ((y > low * x - LARGEST) & (y < high * x + LARGEST)).all(1, keepdim=True)
    down, across = (torch.linspace(-1, 1, size, device=x.device) for size in x.shape[-2:])
    views = torch.stack(torch.broadcast_tensors(torch.ones_like(x), down[:, None], across, x, y), 2).flatten(3)
    gain = _ratio(_covariance(views, same)[0])
    apart = y - gain * x
    mean = (apart * same).sum((2, 3), keepdim=True) / same.sum((2, 3), keepdim=True).clamp(min=1)
    same = both & ((apart - mean).abs() < LARGEST / 2).all(1, keepdim=True)
    spread, count = _covariance(views, same)
    agreement = spread[..., :1, 1:].clamp(min=0) ** 2 / (spread[..., :1, :1] * spread[..., 1:, 1:]).clamp(min=1e-12)
    independent = (count * (STRIDE / CELL) ** 2).clamp(min=1)  # neighbouring pixels tell the same
    trust = SPREAD**2 / (SPREAD**2 + (1 - agreement).clamp(min=0) / independent)
    majority = 2 * count / both.sum((2, 3), keepdim=True).clamp(min=1)
    return _ratio(spread) ** (trust * majority.clamp(max=1))


def _covariance(views: Tensor, used: Tensor) -> tuple[Tensor, Tensor]:
    """Covariance of x and y (N, 3, 2, 2) without their slopes across the picture, and the count (N, 3, 1, 1).

    Args:
        views: (N, 3, 5, P): 1, both coordinates, x and y.
        used: (N, 1, H, W) bool, where they count.
    """
    sums = (views * used.flatten(2)[:, None]) @ views.mT  # (N, 3, 5, 5): of all products
    count = sums[..., :1, :1]
    for _ in range(3):  # take off what the first row explains
        sums = sums[..., 1:, 1:] - sums[..., 1:, :1] * sums[..., :1, 1:] / sums[..., :1, :1].clamp(min=1e-3)
    return sums / count.clamp(min=1), count


def _ratio(spread: Tensor) -> Tensor:
    """(N, 3, 1, 1): the ratio of standard deviations, 1 where both are flat."""
    flat = CONTRAST**2
    ratio = (spread[..., 1:, 1:].clamp(min=0) + flat) / (spread[..., :1, :1].clamp(min=0) + flat)
    return ratio.sqrt().clamp(*GAINS)
