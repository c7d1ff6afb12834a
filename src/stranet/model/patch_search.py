"""Which known patch is most like another: the attention of the unlearned spatial aggregation, on one level.

Patches of pictures lie close to a plane of few dimensions, so they are compared there: principal components of what is
known tell which patch is nearest as well as all colours do, for a fraction of the work.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.patches import extract_patches

EXPLAINED = 0.99
"""Share of the variance of known patches that they are compared by."""
TOGETHER = 1024
"""Positions that are compared with every key at once."""


class KnownPatches:
    """The patches of one level that may be copied."""

    def __init__(self, image: Tensor, known: Tensor, side: int, most_keys: int, nearness: float) -> None:
        """
        Args:
            image: (1, 3, h, w); what is not known matters only where no patch is wholly known.
            known: (1, 1, h, w) bool, at least one position.
            side, most_keys, nearness: as in `PatchSpatialAggregation`.
        """
        self.height, self.width = known.shape[-2:]
        self._nearness = nearness
        self.offered = offered(known, side)
        self.keys = thinned(self.offered, most_keys)
        self.patches = extract_patches(image, side)  # (h*w, 3*side*side)
        keys = self.patches[self.keys]
        self._mean = keys.mean(0)
        self._axes = _principal_axes(keys - self._mean)
        self._codes = self.encode(self.patches)

    def encode(self, patches: Tensor) -> Tensor:
        """(n, 3*side*side) -> (n, c): what they are compared by."""
        return (patches - self._mean) @ self._axes

    def anywhere(self, codes: Tensor, queries: Tensor, way: Tensor | None = None) -> Tensor:
        """The key (q,) of least difference and cost of the way (one source per pixel: the sharp end of the softmax).

        Args:
            codes: (q, c).
            queries: (q,) their positions, row-major.
            way: what `way_to_keys` gives for these positions; None: worked out here, part by part.
        """
        if way is None:
            parts = zip(codes.split(TOGETHER), queries.split(TOGETHER), strict=True)
            return torch.cat([self.anywhere(code, some, self.way_to_keys(some)) for code, some in parts])
        return self.keys[torch.addmm(way, codes, self._codes[self.keys].T, alpha=-2).argmin(1)]

    def way_to_keys(self, queries: Tensor) -> Tensor:
        """(q, k): cost of the way from each query to each key, with the part of the difference that is the key's."""
        way = torch.cdist(places(queries, self.width), places(self.keys, self.width))
        return way.mul_(self._nearness).add_(self._codes[self.keys].square().sum(1))

    def nearby(self, codes: Tensor, queries: Tensor, before: Tensor) -> Tensor:
        """As `anywhere`, but only near what a position and its neighbours attended to before: neighbours have the same
        source as a rule, so that pieces stay whole (Barnes et al. 2009).

        Args:
            codes: (q, c).
            queries: (q,) their positions, row-major.
            before: (2, h, w) source of every position, (row, column).
        """
        height, width = self.height, self.width
        row, column = queries // width, queries % width
        best, least = queries, torch.full((len(queries),), torch.inf, device=codes.device)
        for down, across, jump_down, jump_across in _steps():
            beside = before[:, (row + down).clamp(0, height - 1), (column + across).clamp(0, width - 1)]
            there_row = (beside[0] - down + jump_down).clamp(0, height - 1)
            there_column = (beside[1] - across + jump_across).clamp(0, width - 1)
            key = self._nearest_offered[there_row * width + there_column]
            way = torch.hypot((key // width - row).float(), (key % width - column).float())
            cost = (self._codes[key] - codes).square_().sum(1).add_(way, alpha=self._nearness)
            better = cost < least
            best, least = torch.where(better, key, best), torch.where(better, cost, least)
        return best

    @cached_property
    def _nearest_offered(self) -> Tensor:
        """(h*w,) index of the nearest position that is offered."""
        blank = (~self.offered).view(self.height, self.width).cpu().numpy().astype(np.uint8)
        found = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        labels = found[1].astype(np.int64)
        place = np.zeros(labels.max() + 1, np.int64)
        place[labels[blank == 0]] = np.flatnonzero(blank == 0)
        return torch.from_numpy(place[labels]).flatten().to(self.offered.device)


def offered(known: Tensor, side: int) -> Tensor:
    """(h*w,) bool: positions whose whole patch is known; where there are none, all known positions."""
    whole = -F.max_pool2d(-known.float(), side, 1, side // 2)[0, 0].flatten() > 0
    return whole if whole.any() else known.flatten()


def thinned(positions: Tensor, most: int) -> Tensor:
    """(h*w,) bool -> indices, at most about ``most``: more are thinned out evenly."""
    keys = positions.nonzero()[:, 0]
    return keys[:: max(1, -(-len(keys) // most))]


def places(positions: Tensor, width: int) -> Tensor:
    """(n,) row-major -> (n, 2) float: row and column."""
    return torch.stack((positions // width, positions % width), 1).float()


def _principal_axes(patches: Tensor) -> Tensor:
    """(n, d) around zero -> (d, c): the directions in which they differ most."""
    spread, axes = torch.linalg.eigh(patches.T @ patches)  # the largest last
    left_out = spread.clamp(min=0).cumsum(0) < (1 - EXPLAINED) * spread.sum()
    return axes[:, int(left_out.sum()) :].contiguous()


def _steps() -> list[tuple[int, int, int, int]]:
    """Which neighbour is asked, and how far from the place that it names: own source and those around it, then the
    continuation of the sources of neighbours near and a little further away."""
    around = [(0, 0, down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return around + [
        (down * far, across * far, 0, 0) for far in (1, 3) for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1))
    ]
