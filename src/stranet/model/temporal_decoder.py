"""The decoder of the temporal aggregation: features transferred at every scale, and what copying leaves wrong."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.geometry.averages import box_mean
from stranet.geometry.scale import shrink, upsample
from stranet.model.aggregation import Candidates, Target
from stranet.model.fixed_temporal import copy
from stranet.model.temporal_encoder import DilatedBlock


class Decoded(NamedTuple):
    """What the decoder makes of what was aggregated."""

    image: Tensor
    """(B, 3, h, w)"""
    detail: Tensor
    """(B, 1, h, w) in [0, 1]: how much of the copied detail can be believed; full-resolution residuals heed it too."""


class TemporalDecoder(nn.Module):
    """Aggregated features -> image (paper section 3.2; dilated convolutions as in CPNet's decoder).

    The finest scale of the transfer is the image. It is looked at in squares of 2 x 2, so that no convolution works at
    the full size.
    """

    def __init__(self, coarse: int, width: int, multiscale: bool) -> None:
        super().__init__()
        self.multiscale = multiscale
        self.coarse = nn.Sequential(
            nn.Conv2d(2 * coarse + 2, width, 1),
            nn.ReLU(),
            *(DilatedBlock(width, dilation) for dilation in (2, 4, 8)),
        )
        known = 4 * (9 if multiscale else 6)  # base, copied, visible, seen and doubt, in squares
        self.fine = nn.Sequential(
            nn.Conv2d(width + known, width * 3 // 5, 3, padding=1, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(width * 3 // 5, width * 3 // 5, 3, padding=1, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(width * 3 // 5, 16, 3, padding=1, padding_mode="replicate"),
        )
        # Copy first: an untrained decoder adds nothing and lets all detail pass.
        nn.init.zeros_(self.fine[-1].weight)  # pyright: ignore[reportArgumentType]
        nn.init.zeros_(self.fine[-1].bias)  # pyright: ignore[reportArgumentType]

    def forward(
        self,
        target: Target,
        candidates: Candidates,
        attention: Tensor,
        seen: Tensor,
        copied: Tensor,
        doubt: Tensor,
    ) -> Decoded:
        """Decode.

        Args:
            target, candidates: with their features.
            attention: (B, K, 1, h, w), the shared scores at the finest scale.
            seen: (B, 1, h, w) bool.
            copied: (B, 3, h, w), the image-scale transfer.
            doubt: (B, 1, h, w), how wrong it may be, in colour units: where candidates fit exactly, nothing is added.
        """
        height, width = target.image.shape[-2:]
        maps = torch.cat((target.visible, seen), 1).float()
        moved = transfer(candidates.features[0], attention)
        hidden = self.coarse(torch.cat((target.features[0], moved, shrink(maps, 4)), 1))  # (B, C, h/4, w/4)

        base = torch.where(target.visible, target.image, copied if self.multiscale else target.image)
        maps = torch.cat((maps, doubt * 10), 1)
        known = (base, copied, maps) if self.multiscale else (base, maps)
        squares = F.pixel_unshuffle(to_even(torch.cat(known, 1)), 2)  # (B, 36, h/2, w/2)
        hidden = enlarge(hidden, (squares.shape[-2], squares.shape[-1]))
        said = F.pixel_shuffle(self.fine(torch.cat((hidden, squares), 1)), 2)[..., :height, :width]  # (B, 4, h, w)
        if not self.multiscale:
            return Decoded(base + said[:, :3], torch.ones_like(said[:, :1]))
        correction = doubt * said[:, :3] * ~target.visible
        detail = torch.sigmoid(OPEN + said[:, 3:])
        lost = (1 - detail) * (copied - box_mean(copied, 3)) * ~target.visible
        return Decoded(base + correction - lost, detail)


OPEN = 4.0
"""Logit of the share of detail that an untrained decoder lets pass."""


def transfer(features: Tensor, attention: Tensor) -> Tensor:
    """(B, K, C, h/s, w/s) weighted by the shared attention (B, K, 1, h, w) -> (B, C, h/s, w/s)."""
    side = -(-attention.shape[-1] // features.shape[-1])
    weight = shrink(attention.flatten(0, 1), side).unflatten(0, attention.shape[:2])
    return copy(weight, features)


def to_even(plane: Tensor) -> Tensor:
    """(B, C, h, w) -> the same with even height and width, the edge replicated."""
    return F.pad(plane, (0, plane.shape[-1] % 2, 0, plane.shape[-2] % 2), mode="replicate")


def enlarge(plane: Tensor, size: tuple[int, int]) -> Tensor:
    """Twice as large, bilinear, cut to (height, width)."""
    return upsample(plane, 2)[..., : size[0], : size[1]]
