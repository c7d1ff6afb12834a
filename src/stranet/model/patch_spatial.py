"""Spatial aggregation: what no frame shows is composed of patches that the target itself shows.

Paper section 3.2, "Multi-scale spatial aggregation network", here with fixed features (colours): from coarse to fine,
every leftover patch attends to its most similar known patch, and overlapping patches vote.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.patches import extract_patches, fold_patches
from stranet.model.aggregation import SpatialOutput


@dataclass(frozen=True)
class PatchSpatialAggregation:
    """Patch attention without learned weights."""

    side: int = 7
    """Side of a patch, in pixels of each level, odd."""
    rounds: int = 4
    """How often attention and vote alternate on each level."""
    coarsest: int = 12
    """Levels are halved until the leftover is at most about this many pixels wide."""
    most_keys: int = 4096
    """Known patches that are looked at on one level; more are thinned out evenly."""
    nearness: float = 0.002
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

        filled = self._peel(images[-1], knowns[-1])
        source = _identity(filled)
        for level in range(len(images) - 1, -1, -1):
            if level < len(images) - 1:
                filled = F.interpolate(filled, size=images[level].shape[-2:], mode="bilinear", align_corners=False)
            filled = torch.where(leftovers[level], filled, images[level])
            if not knowns[level].any():
                continue
            for _ in range(self.rounds if level else self.rounds // 2):
                filled, source = self._round(filled, leftovers[level], knowns[level])
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
        """Positions whose whole patch is known, as indices; where there are none, all known positions."""
        whole = -F.max_pool2d(-known.float(), self.side, 1, self.side // 2)[0, 0].flatten() > 0
        keys = (whole if whole.any() else known.flatten()).nonzero()[:, 0]
        return keys[:: max(1, -(-len(keys) // self.most_keys))]

    def _far(self, queries: Tensor, keys: Tensor, width: int) -> Tensor:
        """(q, k) cost of the way between two positions."""
        here, there = (torch.stack((index // width, index % width), 1).float() for index in (queries, keys))
        return self.nearness * torch.cdist(here, there)

    def _round(self, image: Tensor, leftover: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Attend, then vote."""
        height, width = image.shape[-2:]
        margin = self.side // 2
        near = F.max_pool2d(leftover.float(), self.side, 1, margin)[0, 0].flatten() > 0
        keys = self._keys(known)
        queries = near.nonzero()[:, 0]

        patches = extract_patches(image, self.side)  # (h*w, 3*side*side)
        best = self._attend(patches, queries, keys, width)

        voted = torch.zeros_like(patches)
        voted[queries] = patches[best]
        count = torch.zeros_like(patches[:, : self.side**2])
        count[queries] = 1
        size = (height, width)
        mean = fold_patches(voted, size, self.side) / fold_patches(count, size, self.side).clamp(min=1)

        source = torch.arange(height * width, device=image.device)
        source[queries] = torch.where(leftover.flatten()[queries], best, queries)
        rows, columns = source // width, source % width
        return torch.where(leftover, mean, image), torch.stack((rows, columns)).view(2, height, width)

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


def _identity(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((rows, columns)).to(image.device)
