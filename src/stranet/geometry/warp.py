"""Sample a reference where the target's pixels are found in it."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Warped(NamedTuple):
    image: Tensor
    """(N, C, h, w)"""
    inside: Tensor
    """(N, 1, h, w) bool: the position lies between the reference's outermost pixel centres."""


def warp(image: Tensor, position: Tensor, mode: str = "bilinear") -> Warped:
    """Look up ``image`` at ``position``.

    Convention: positions in pixels of ``image``, (x, y) order, pixel centres at integers, target -> reference;
    beyond the edge the edge is replicated. ``position = grid + flow`` for a backward flow.

    Args:
        image: (N, C, H, W) float.
        position: (N, 2, h, w), any h and w: a crop of the target is enough.
        mode: "bilinear" or "bicubic".
    """
    height, width = image.shape[-2:]
    size = torch.tensor([width, height], dtype=position.dtype, device=position.device)
    unit = (position.movedim(1, -1) * 2 + 1) / size - 1  # (N, h, w, 2), align_corners=False
    sampled = F.grid_sample(image, unit, mode=mode, padding_mode="border", align_corners=False)
    x, y = position[:, :1], position[:, 1:]
    return Warped(sampled, (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))
