"""Spatial aggregation: what no frame shows is composed of patches that the target itself shows.

Paper section 3.2, "Multi-scale spatial aggregation network", here with fixed features (colours): from coarse to fine,
every leftover patch attends to its most similar known patch, and overlapping patches vote.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.patches import extract_patches, fold_patches
from stranet.geometry.resize import resize
from stranet.model.aggregation import SpatialOutput


@dataclass(frozen=True)
class PatchSpatialAggregation:
    """Patch attention without learned weights."""

    side: int = 7
    """Side of a patch, in pixels of each level, odd."""
    rounds: int = 8
    """How often attention and vote alternate on each level."""
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
        images, leftovers, knowns = [image], [leftover], [known]
        widest = float(leftover.float().sum().sqrt())
        while widest > self.coarsest and min(images[-1].shape[-2:]) >= 4 * self.side:
            known_share = F.avg_pool2d(knowns[-1].float(), 2)
            colours = F.avg_pool2d(images[-1] * knowns[-1], 2) / known_share.clamp(min=1e-6)
            images.append(colours)
            leftovers.append(F.max_pool2d(leftovers[-1].float(), 2) > 0)
            knowns.append((known_share > 0.99) & ~leftovers[-1])
            widest /= 2

        filled, source = self._peel(images[-1], knowns[-1]), None
        for level in range(len(images) - 1, -1, -1):
            if level < len(images) - 1:
                filled = resize(filled, *images[level].shape[-2:])
                source = None if source is None else _finer(source, (images[level].shape[-2], images[level].shape[-1]))
            filled = torch.where(leftovers[level], filled, images[level])
            if not knowns[level].any():
                continue
            for _ in range(self.rounds if level else self.rounds // 2):
                filled, source = self._round(filled, leftovers[level], knowns[level], source)
        own = _identity(filled)
        source = own if source is None else torch.where(leftover[0], source, own)
        return SpatialOutput(filled, source[None])

    def _peel(self, image: Tensor, known: Tensor) -> Tensor:
        """A first fill of the coarsest level, from the rim inward: each position takes the colour at the middle of the
        known patch that agrees best with what its own patch already shows."""
        width = image.shape[-1]
        keys = self._keys(known)
        if not len(keys):
            return diffuse(image, known.float())
        filled, done = image * known, known.clone()
        offered = extract_patches(filled, self.side)[keys]  # (k, 3*side*side)
        colours = image[0].flatten(1)[:, keys]  # (3, k)
        while not done.all():
            rim = (F.max_pool2d(done.float(), 3, 1, 1) > 0) & ~done
            if not rim.any():
                break
            queries = rim.flatten().nonzero()[:, 0]
            shown = extract_patches(done.float().expand(-1, 3, -1, -1), self.side)[queries]
            wanted = extract_patches(filled, self.side)[queries] * shown
            distance = shown @ (offered**2).T - 2 * wanted @ offered.T + self._far(queries, keys, width)
            filled[0].view(3, -1)[:, queries] = colours[:, distance.argmin(1)]
            done |= rim
        return filled

    def _keys(self, known: Tensor) -> Tensor:
        """Positions that patches are taken from, as indices; more than `most_keys` are thinned out evenly."""
        keys = self._offered(known).nonzero()[:, 0]
        return keys[:: max(1, -(-len(keys) // self.most_keys))]

    def _offered(self, known: Tensor) -> Tensor:
        """(h*w,) bool: positions whose whole patch is known; where there are none, all known positions."""
        whole = -F.max_pool2d(-known.float(), self.side, 1, self.side // 2)[0, 0].flatten() > 0
        return whole if whole.any() else known.flatten()

    def _far(self, queries: Tensor, keys: Tensor, width: int) -> Tensor:
        """(q, k) cost of the way between two positions."""
        here, there = (torch.stack((index // width, index % width), 1).float() for index in (queries, keys))
        return self.nearness * torch.cdist(here, there)

    def _round(self, image: Tensor, leftover: Tensor, known: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
        """Attend, then vote. Returns the image and where every position comes from, (2, h, w), (row, column)."""
        height, width = image.shape[-2:]
        near = F.max_pool2d(leftover.float(), self.side, 1, self.side // 2)[0, 0].flatten() > 0
        queries = near.nonzero()[:, 0]

        patches = extract_patches(image, self.side)  # (h*w, 3*side*side)
        if before is None or len(queries) <= self.few:
            best = self._attend(patches, queries, self._keys(known), width)
        else:
            best = self._attend_near(patches, queries, known, before)

        voted = torch.zeros_like(patches)
        voted[queries] = patches[best]
        count = torch.zeros_like(patches[:, : self.side**2])
        count[queries] = 1
        size = (height, width)
        mean = fold_patches(voted, size, self.side) / fold_patches(count, size, self.side).clamp(min=1)

        source = torch.arange(height * width, device=image.device)
        source[queries] = best
        return torch.where(leftover, mean, image), torch.stack((source // width, source % width)).view(2, height, width)

    def _attend(self, patches: Tensor, queries: Tensor, keys: Tensor, width: int) -> Tensor:
        """The most similar key of every query (one source per pixel: the sharp end of the softmax)."""
        offered = patches[keys]
        norms = (offered**2).sum(1)
        best = torch.empty_like(queries)
        for start in range(0, len(queries), 1024):
            part = queries[start : start + 1024]
            distance = norms - 2 * patches[part] @ offered.T  # (q, k), up to a constant per query
            best[start : start + 1024] = keys[(distance + self._far(part, keys, width)).argmin(1)]
        return best

    def _attend_near(self, patches: Tensor, queries: Tensor, known: Tensor, before: Tensor) -> Tensor:
        """As `_attend`, but only near what a position and its neighbours attended to before: neighbours have the
        same source as a rule, so that pieces stay whole (Barnes et al. 2009)."""
        height, width = known.shape[-2:]
        snap = _nearest(self._offered(known).view(height, width)).flatten()
        row, column = queries // width, queries % width
        best, least = queries, torch.full_like(row, torch.inf, dtype=patches.dtype)
        for down, across, jump_down, jump_across in _steps():
            beside = before[:, (row + down).clamp(0, height - 1), (column + across).clamp(0, width - 1)]
            there_row = (beside[0] - down + jump_down).clamp(0, height - 1)
            there_column = (beside[1] - across + jump_across).clamp(0, width - 1)
            key = snap[there_row * width + there_column]
            way = torch.stack((key // width - row, key % width - column)).float().norm(dim=0)
            cost = (patches[key] - patches[queries]).square_().sum(1) + self.nearness * way
            better = cost < least
            best, least = torch.where(better, key, best), torch.where(better, cost, least)
        return best


def _steps() -> list[tuple[int, int, int, int]]:
    """Which neighbour is asked, and how far from the place that it names: own source and those around it, then the
    continuation of the sources of neighbours near and a little further away."""
    around = [(0, 0, down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return around + [
        (down * far, across * far, 0, 0) for far in (1, 3) for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1))
    ]


def _finer(source: Tensor, size: tuple[int, int]) -> Tensor:
    """(2, h, w) -> (2, H, W), the same places on a level of twice the size."""
    height, width = size
    rows = torch.arange(height, device=source.device).clamp(max=2 * source.shape[1] - 1)
    columns = torch.arange(width, device=source.device).clamp(max=2 * source.shape[2] - 1)
    coarse = source[:, rows[:, None] // 2, columns // 2]
    return 2 * coarse + torch.stack(torch.broadcast_tensors(rows[:, None] % 2, columns % 2))


def _nearest(offered: Tensor) -> Tensor:
    """(h, w) bool -> (h, w) long: index of the nearest position that is offered; there must be one."""
    blank = (~offered).cpu().numpy().astype(np.uint8)
    labels = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1].astype(np.int64)
    place = np.zeros(labels.max() + 1, np.int64)
    place[labels[blank == 0]] = np.flatnonzero(blank == 0)
    return torch.from_numpy(place[labels]).to(offered.device)


def _identity(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((rows, columns)).to(image.device)
