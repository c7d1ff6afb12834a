"""The decoder of the temporal aggregation: features transferred at every scale, and what copying leaves wrong."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.geometry.scale import shrink
from stranet.model.aggregation import Candidates, Target
from stranet.model.temporal_encoder import DilatedBlock


class Decoded(NamedTuple):
    """What the decoder makes of what was aggregated."""

    image: Tensor
    """(B, 3, h, w)"""
    detail: Tensor
    """(B, 1, h, w) in [0, 1]: how much of the copied detail can be believed; full-resolution residuals heed it too."""


class TemporalDecoder(nn.Module):
    """Aggregated features -> image (paper section 3.2; dilated convolutions as in CPNet's decoder)."""

    def __init__(self, fine: int, coarse: int, width: int, multiscale: bool) -> None:
        super().__init__()
        self.channels, self.multiscale = coarse, multiscale
        self.coarse = nn.Sequential(
            nn.Conv2d(2 * coarse + 2, width, 1),
            nn.ReLU(),
            *(DilatedBlock(width, dilation) for dilation in (2, 4, 8)),
        )
        self.fine = nn.Sequential(
            nn.Conv2d(width + (2 * fine if multiscale else 0), width // 2, 3, padding=1, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(width // 2, width // 2, 3, padding=1, padding_mode="replicate"),
            nn.ReLU(),
        )
        self.image = nn.Sequential(
            nn.Conv2d(width // 2 + (8 if multiscale else 5), 16, 3, padding=1, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(16, 4, 3, padding=1, padding_mode="replicate"),
        )
        # Copy first: an untrained decoder adds nothing and lets all detail pass.
        nn.init.zeros_(self.image[-1].weight)  # pyright: ignore[reportArgumentType]
        nn.init.zeros_(self.image[-1].bias)  # pyright: ignore[reportArgumentType]

    def forward(
        self, target: Target, candidates: Candidates, attention: Tensor, seen: Tensor, copied: Tensor
    ) -> Decoded:
        """Decode.

        Args:
            target, candidates: with their features.
            attention: (B, K, 1, h, w), the shared scores at the finest scale.
            seen: (B, 1, h, w) bool.
            copied: (B, 3, h, w), the image-scale transfer.

        """
        height, width = target.image.shape[-2:]
        maps = torch.cat((target.visible, seen), 1).float()
        own = target.features[1][:, : self.channels]
        moved = transfer(candidates.features[1][:, :, : self.channels], attention)
        hidden = self.coarse(torch.cat((own, moved, shrink(maps, 4)), 1))  # (B, C, h/4, w/4)

        hidden = enlarge(hidden, (-(-height // 2), -(-width // 2)))
        if self.multiscale:
            hidden = torch.cat((hidden, target.features[0], transfer(candidates.features[0], attention)), 1)
        hidden = enlarge(self.fine(hidden), (height, width))

        base = torch.where(target.visible, target.image, copied if self.multiscale else target.image)
        known = (base, copied) if self.multiscale else (base,)
        said = self.image(torch.cat((hidden, *known, maps), 1))  # (B, 4, h, w)
        if not self.multiscale:
            return Decoded(base + said[:, :3], torch.ones_like(said[:, :1]))
        detail = torch.sigmoid(OPEN + said[:, 3:])
        lost = (1 - detail) * (copied - blur(copied)) * ~target.visible
        return Decoded(base + said[:, :3] - lost, detail)


OPEN = 4.0
"""Logit of the share of detail that an untrained decoder lets pass."""


def blur(image: Tensor) -> Tensor:
    """(B, C, h, w), mean over 3 x 3."""
    return F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), 3, 1)


def transfer(features: Tensor, attention: Tensor) -> Tensor:
    """(B, K, C, h/s, w/s) weighted by the shared attention (B, K, 1, h, w) -> (B, C, h/s, w/s)."""
    side = -(-attention.shape[-1] // features.shape[-1])
    weight = shrink(attention.flatten(0, 1), side).unflatten(0, attention.shape[:2])
    return torch.einsum("bkchw,bkhw->bchw", features, weight[:, :, 0])


def enlarge(plane: Tensor, size: tuple[int, int]) -> Tensor:
    """Twice as large, bilinear, cut to (height, width)."""
    return F.interpolate(plane, scale_factor=2, mode="bilinear", align_corners=False)[..., : size[0], : size[1]]
