"""Overlapping patches vote: what every position of a leftover becomes, given the patch that each one takes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.patches import extract_patches, fold_patches
from stranet.types import Box


class Ballot:
    """The positions of a level whose patches touch its leftover: what they show, and the mean of what they take."""

    def __init__(self, leftover: Tensor, side: int) -> None:
        """(1, 1, h, w) bool, not empty; side of a patch, odd."""
        self._side, self._height, self._width = side, leftover.shape[-2], leftover.shape[-1]
        near = F.max_pool2d(leftover.float(), side, 1, side // 2)[0, 0] > 0
        rows, columns = near.any(1).nonzero()[:, 0].tolist(), near.any(0).nonzero()[:, 0].tolist()
        margin = side // 2  # so that patches of the box are those of the whole
        box = Box(
            max(columns[0] - margin, 0),
            max(rows[0] - margin, 0),
            min(columns[-1] + 1 + margin, self._width),
            min(rows[-1] + 1 + margin, self._height),
        )
        self._box = (..., *box.slices)
        self._size = (box.y1 - box.y0, box.x1 - box.x0)
        self._inside = near[box.slices].flatten().nonzero()[:, 0]
        row, column = self._inside // self._size[1] + box.y0, self._inside % self._size[1] + box.x0
        self.queries = row * self._width + column
        """(q,) the positions, row-major."""
        self._leftover = leftover[self._box]
        self._votes = self._fold(torch.ones(len(self.queries), side * side, device=leftover.device)).clamp(min=1)

    def patches(self, image: Tensor) -> Tensor:
        """(1, 3, h, w) -> (q, 3*side*side)."""
        return extract_patches(image[self._box], self._side)[self._inside]

    def vote(self, image: Tensor, patches: Tensor) -> Tensor:
        """The image with its leftover replaced by the mean of the patches (q, 3*side*side) that cover a position."""
        filled = image.clone()
        filled[self._box] = torch.where(self._leftover, self._fold(patches) / self._votes, image[self._box])
        return filled

    def sources(self, best: Tensor) -> Tensor:
        """(q,) -> (2, h, w) where every position comes from, (row, column); itself where it has no vote."""
        source = torch.arange(self._height * self._width, device=best.device)
        source[self.queries] = best
        return torch.stack((source // self._width, source % self._width)).view(2, self._height, self._width)

    def _fold(self, patches: Tensor) -> Tensor:
        every = patches.new_zeros(self._size[0] * self._size[1], patches.shape[1])
        every[self._inside] = patches
        return fold_patches(every, self._size, self._side)
