"""A hole that waits for its frame's turn, in an eighth of the memory or less."""

from __future__ import annotations

import numpy as np

from stranet.types import Box, HoleArray


class PackedHole:
    """(H, W) bool, one bit for every pixel of the box around it."""

    def __init__(self, hole: HoleArray) -> None:
        self._shape, self._box = hole.shape, Box.around(hole) or Box(0, 0, 0, 0)
        self._bits = np.packbits(hole[self._box.slices], axis=1)

    def unpack(self) -> HoleArray:
        """The hole as it was, a new array every time."""
        hole, box = np.zeros(self._shape, bool), self._box
        hole[box.slices] = np.unpackbits(self._bits, axis=1, count=box.x1 - box.x0).view(bool)
        return hole
