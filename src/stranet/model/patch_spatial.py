"""Spatial aggregation: what no frame shows is composed of patches that the target itself shows.

Paper section 3.2, "Multi-scale spatial aggregation network", here with fixed features (colours): from coarse to fine,
every leftover patch attends to its most similar known patch, and overlapping patches vote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.resize import resize
from stranet.model.aggregation import SpatialOutput
from stranet.model.patch_peel import peel
from stranet.model.patch_search import KnownPatches
from stranet.model.patch_vote import Ballot

SETTLED = 0.02
"""Once no larger share of the positions than this changes its source, a level is done."""


class Level(NamedTuple):
    """The picture at one size."""

    image: Tensor
    """(1, 3, h, w); means anything only where known."""
    leftover: Tensor
    """(1, 1, h, w) bool, what is to be filled."""
    known: Tensor
    """(1, 1, h, w) bool, what may be copied."""

    def halved(self) -> Level:
        """Half as large: known only what is known all over, leftover what is so anywhere."""
        share = F.avg_pool2d(self.known.float(), 2)
        leftover = F.max_pool2d(self.leftover.float(), 2) > 0
        return Level(
            F.avg_pool2d(self.image * self.known, 2) / share.clamp(min=1e-6), leftover, (share > 0.99) & ~leftover
        )


@dataclass(frozen=True)
class PatchSpatialAggregation:
    """Patch attention without learned weights."""

    side: int = 7
    """Side of a patch, in pixels of each level, odd."""
    rounds: int = 8
    """How often attention and vote alternate on each level, at most; half as often on the finest."""
    coarsest: int = 32
    """Levels are halved until the leftover is at most about this many pixels wide."""
    most_keys: int = 4096
    """Known patches that are looked at on one level; more are thinned out evenly."""
    few: int = 2000
    """Positions of a level up to which every key is looked at; more look only around what coarser levels found."""
    nearness: float = 0.01
    """Cost of every position between a patch and the one that it is taken from, in squared colour units."""

    def __call__(self, image: Tensor, leftover: Tensor, known: Tensor) -> SpatialOutput:
        """Fill the leftover of one box.

        Args:
            image: (1, 3, h, w) in [0, 1].
            leftover: (1, 1, h, w) bool, what is to be filled.
            known: (1, 1, h, w) bool, what may be copied; disjoint from ``leftover``.
        """
        levels = [Level(image, leftover, known)]
        widest = float(leftover.float().sum().sqrt())
        while widest > self.coarsest and min(levels[-1].image.shape[-2:]) >= 4 * self.side:
            half = levels[-1].halved()
            if not half.known.any():
                break
            levels.append(half)
            widest /= 2

        filled, source = peel(levels[-1].image, levels[-1].known, self.side, self.most_keys, self.nearness), None
        for level in reversed(levels):
            size = (level.image.shape[-2], level.image.shape[-1])
            if filled.shape[-2:] != size:
                filled = resize(filled, *size)
                source = None if source is None else _finer(source, size)
            filled = torch.where(level.leftover, filled, level.image)
            if level.known.any() and level.leftover.any():
                filled, source = self._compose(level, filled, source, self.rounds // (2 if level is levels[0] else 1))
        own = _identity(filled)
        source = own if source is None else torch.where(leftover[0], source, own)
        return SpatialOutput(filled, source[None])

    def _compose(self, level: Level, filled: Tensor, source: Tensor | None, rounds: int) -> tuple[Tensor, Tensor]:
        """Attend and vote on one level. Returns the image and where every position comes from, (2, h, w)."""
        known = KnownPatches(filled, level.known, self.side, self.most_keys, self.nearness)
        ballot = Ballot(level.leftover, self.side)
        way = known.way_to_keys(ballot.queries) if len(ballot.queries) <= self.few else None
        before = None
        for _ in range(rounds):
            codes = known.encode(ballot.patches(filled))
            if source is None or way is not None:
                best = known.anywhere(codes, ballot.queries, way)
            else:
                best = known.nearby(codes, ballot.queries, source)
            if before is not None and (best != before).float().mean() <= SETTLED:
                break
            before = best
            filled, source = ballot.vote(filled, known.patches[best]), ballot.sources(best)
        return filled, _identity(filled) if source is None else source


def _finer(source: Tensor, size: tuple[int, int]) -> Tensor:
    """(2, h, w) -> (2, H, W), the same places on a level of twice the size."""
    height, width = size
    rows = torch.arange(height, device=source.device).clamp(max=2 * source.shape[1] - 1)
    columns = torch.arange(width, device=source.device).clamp(max=2 * source.shape[2] - 1)
    coarse = source[:, rows[:, None] // 2, columns // 2]
    return 2 * coarse + torch.stack(torch.broadcast_tensors(rows[:, None] % 2, columns % 2))


def _identity(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((rows, columns)).to(image.device)
