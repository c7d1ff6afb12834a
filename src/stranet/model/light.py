"""Match a reference's light to the target's on the ring around the hole: no seams under auto-exposure."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import upsample

LARGEST = 0.1
"""A difference beyond this, in [0, 1] colour units, is another object and not another light."""
CELL = 8
"""Side of the squares over which offsets are averaged, in low-resolution pixels: light is smooth."""


def light_offset(target: Tensor, aligned: Tensor, both_visible: Tensor, factor: int) -> Tensor:
    """What to add to an aligned reference so that it continues the target's light into the hole.

    Args:
        target: (1, 3, H, W) in [0, 1], H and W multiples of ``factor``.
        aligned: (N, 3, H, W).
        both_visible: (N, 1, H, W) bool.
        factor: full-resolution pixels per low-resolution pixel.

    Returns:
        (N, 3, H, W), smooth; zero where nothing is visible in both.
    """
    height, width = target.shape[-2:]
    difference = target - aligned
    weight = (both_visible & (difference.abs().amax(1, keepdim=True) < LARGEST)).float()
    cell = CELL * factor
    mass = F.avg_pool2d(weight, cell, ceil_mode=True, count_include_pad=False)
    mean = F.avg_pool2d(difference * weight, cell, ceil_mode=True, count_include_pad=False) / mass.clamp(min=1e-6)
    offset = diffuse(mean, mass)
    offset = F.avg_pool2d(F.pad(offset, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return upsample(offset, cell)[..., :height, :width]
