"""Residual aggregation: full-resolution detail, moved with the alignment and attention of the low resolution.

Paper section 3.3. A reference is sampled once, at full resolution, with the accumulated motion; what comes out is then
split into the low band, which the low-resolution result already holds, and the residual that is aggregated.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from stranet.geometry.scale import scaled, split_residual, upsample
from stranet.types import Box


class AlignedSource(NamedTuple):
    """One candidate at full resolution, on the box of the target."""

    rgb: Tensor
    """(1, 3, H, W) in [0, 1], sampled once."""
    visible: Tensor
    """(1, 1, H, W) bool; a reference pixel whose footprint touches its own hole is not visible."""
    attention: Tensor
    """(1, 1, h, w), from the temporal aggregation."""


class TemporalResiduals:
    """Accumulates sources one by one, so that memory does not follow their number."""

    def __init__(self, low: Tensor, factor: int) -> None:
        """For a box.

        Args:
            low: (1, 3, h, w), the temporal aggregation's image.
            factor: full-resolution pixels per low-resolution pixel.
        """
        self._factor = factor
        self._base = upsample(low, factor)  # (1, 3, H, W)
        self._residual = torch.zeros_like(self._base)
        self._weight = torch.zeros_like(self._base[:, :1])

    def add(self, source: AlignedSource, part: Box | None = None) -> None:
        """Take one more source; whatever stands where it is not visible changes nothing.

        Args:
            source: on the box.
            part: if given, the source is on this part of it only, in low-resolution pixels.
        """
        place = (...,) if part is None else (..., *scaled(part, self._factor).slices)
        weight = upsample(source.attention, self._factor) * source.visible
        # Next to its own hole a source is compared with what will be there, not with a blank.
        _, residual = split_residual(torch.where(source.visible, source.rgb, self._base[place]), self._factor)
        self._residual[place] += weight * residual
        self._weight[place] += weight

    def result(self, seen: Tensor, detail: Tensor) -> tuple[Tensor, Tensor]:
        """The aggregate.

        Args:
            seen: (1, 1, h, w) bool, C_visible: ``low`` holds what some reference shows.
            detail: (1, 1, h, w) in [0, 1], how much of the residuals is added; 0 = the upsampled low resolution alone.

        Returns:
            image (1, 3, H, W); and covered (1, 1, H, W) bool: a reference shows the pixel. A weight below one is made
            up to one, for a half-seen pixel would be a dark rim.
        """
        covered = upsample(seen.float(), self._factor) > 0.999
        residual = self._residual / self._weight.clamp(min=1e-6)
        return self._base + upsample(detail, self._factor) * residual, covered | (self._weight > MIN_WEIGHT)


MIN_WEIGHT = 0.02
"""Attention below this share is no evidence that a pixel is seen."""
READS = 2
"""How far around its attention a source is needed, in low-resolution pixels: upsampling spreads attention by one, and
the low band of a source is made of what lies one further."""


def aggregate_spatial_residuals(image: Tensor, source: Tensor, low: Tensor, leftover: Tensor) -> Tensor:
    """Fill the leftover with the low-resolution fill and the residuals of the patches it attends to.

    Args:
        image: (1, 3, H, W), the box at full resolution with everything but its leftover in place.
        source: (1, 2, h, w) long, (row, column), the known position that each low position attends to.
        low: (1, 3, h, w), the spatial aggregation's image.
        leftover: (1, 1, H, W) bool.

    Returns:
        (1, 3, H, W).
    """
    factor = image.shape[-1] // low.shape[-1]
    _, residual = split_residual(image, factor)
    inner = torch.arange(factor, device=image.device)
    rows = (source[0, 0, :, None, :, None] * factor + inner[None, :, None, None]).expand(-1, -1, -1, factor)
    columns = (source[0, 1, :, None, :, None] * factor + inner[None, None, None, :]).expand(-1, factor, -1, -1)
    height, width = image.shape[-2:]
    moved = residual[0][:, rows.reshape(height, width), columns.reshape(height, width)][None]
    return torch.where(leftover, upsample(low, factor) + moved, image)
