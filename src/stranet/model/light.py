"""Match a reference's light to the target's on the ring around the hole: no seams under auto-exposure."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import downsample, upsample

LARGEST = 0.1
"""A difference beyond this, in [0, 1] colour units, is another object and not another light."""
SMOOTH = 17
"""Side of the square over which offsets are averaged, in low-resolution pixels, odd."""


def light_offset(target: Tensor, aligned: Tensor, both_visible: Tensor, factor: int) -> Tensor:
    """What to add to an aligned reference so that it continues the target's light into the hole.

    Args:
        target, aligned: (1, 3, H, W) in [0, 1], H and W multiples of ``factor``.
        both_visible: (1, 1, H, W) bool.
        factor: full-resolution pixels per low-resolution pixel.

    Returns:
        (1, 3, H, W), smooth; zero where nothing is visible in both.
    """
    difference = target - aligned
    weight = (both_visible & (difference.abs().amax(1, keepdim=True) < LARGEST)).float()
    mass = downsample(weight, factor)
    offset = diffuse(downsample(difference * weight, factor) / mass.clamp(min=1e-6), mass)
    margin = SMOOTH // 2
    for _ in range(2):  # twice a box is nearly a Gaussian
        offset = F.avg_pool2d(F.pad(offset, (margin,) * 4, mode="replicate"), SMOOTH, 1)
    return upsample(offset, factor) * torch.ones_like(target[:, :1])
