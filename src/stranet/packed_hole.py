"""A hole that waits for its frame's turn, in an eighth of the memory."""

from __future__ import annotations

import numpy as np

from stranet.types import HoleArray


class PackedHole:
    """(H, W) bool, one bit a pixel."""

    def __init__(self, hole: HoleArray) -> None:
        self._bits, self._width = np.packbits(hole, axis=1), hole.shape[1]

    def unpack(self) -> HoleArray:
        """The hole as it was, a new array every time."""
        return np.unpackbits(self._bits, axis=1, count=self._width).view(bool)
