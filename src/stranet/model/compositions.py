"""Several compositions of one leftover: what they agree on is likely, and their mean is nearer to the truth than any.

One is composed at the low resolution, and detail is taken from it; the others, of larger patches and from other starts,
only say how colours may run on, so they are composed at half of it, for a third of the time.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.resize import resize
from stranet.geometry.scale import shrink
from stranet.model.aggregation import SpatialOutput
from stranet.model.patch_spatial import Level, PatchSpatialAggregation

FIRST = PatchSpatialAggregation()
OTHERS = (PatchSpatialAggregation(side=9, coarsest=48), PatchSpatialAggregation(side=9, coarsest=20))
"""Far from what the first does, and from each other: what they have in common is then no accident."""
MIXED_FROM = 2
"""Other compositions have a say in scales of so many low-resolution pixels; finer detail is that of the first."""
ALONE = 100
"""A smaller leftover, in positions, is composed once only: there is little to be wrong about."""


class Compositions(NamedTuple):
    """K fills of the leftover of B targets."""

    images: Tensor
    """(B, K, 3, h, w): the input with its leftover filled; the first keeps its detail."""
    source: Tensor
    """(B, 2, h, w) long, (row, column): where the first takes every position from; itself where known."""


@torch.no_grad()
def compose(image: Tensor, known: Tensor, others: int = len(OTHERS)) -> Compositions:
    """Everything that is not known, composed of patches of what is, without learning.

    Args:
        image: (B, 3, h, w) in [0, 1]; what is not known has no influence.
        known: (B, 1, h, w) bool.
        others: how many more than the first, 0 to 2.
    """
    image = torch.where(known, image, 0.0)
    with torch.autocast(image.device.type, enabled=False):  # differences of patches are small beside their squares
        first = [FIRST(one.float(), ~here, here) for one, here in zip(image.split(1), known.split(1), strict=True)]
        fills = [torch.cat([output.image for output in first])]
        fills += [_at_half(aggregate, image.float(), known, fills[0]) for aggregate in OTHERS[:others]]
    return Compositions(torch.stack(fills, 1), torch.cat([output.source for output in first]))


def _at_half(aggregate: PatchSpatialAggregation, image: Tensor, known: Tensor, first: Tensor) -> Tensor:
    """(B, 3, h, w) composed at half the size, without its finest detail; as the first where too little is known."""
    height, width = image.shape[-2:]
    even = (0, width % 2, 0, height % 2)
    planes = F.pad(torch.cat((image, known), 1), even, mode="replicate")
    fills: list[Tensor] = []
    for one, stand_in in zip(planes.split(1), first.split(1), strict=True):
        here = one[:, 3:] > 0
        half = Level(one[:, :3], ~here, here).halved()
        fill = resize(aggregate(*half).image, one.shape[-2], one.shape[-1])[..., :height, :width]
        fills.append(fill if half.known.any() else stand_in)
    return torch.where(known, image, torch.cat(fills))


class MixedCompositions:
    """Spatial aggregation without learning: the mean of several compositions, but for the detail of the first."""

    def __call__(self, image: Tensor, leftover: Tensor, known: Tensor) -> SpatialOutput:
        """Fill the leftover; arguments as in `PatchSpatialAggregation`."""
        composed = compose(image, known, len(OTHERS) if leftover.sum() >= ALONE else 0)
        first = composed.images[:, 0]
        filled = first + coarse_part(composed.images.mean(1) - first)
        return SpatialOutput(torch.where(leftover, filled, image), composed.source)


def coarse_part(difference: Tensor) -> Tensor:
    """(B, C, h, w) -> the same without scales finer than `MIXED_FROM`."""
    height, width = difference.shape[-2:]
    return resize(shrink(difference, MIXED_FROM), height + height % MIXED_FROM, width + width % MIXED_FROM)[
        ..., :height, :width
    ]
