"""Masks of a whole video in little memory: a few hundred bytes to a few kilobytes a frame."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np

from stranet.types import HoleArray, Size


class _Packed(NamedTuple):
    x: int
    y: int
    width: int
    height: int
    bits: bytes


class HoleStore:
    """One hole per frame, all of one size; a frame without one has an empty hole."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._packed: dict[int, _Packed] = {}

    def __setitem__(self, index: int, hole: HoleArray) -> None:
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        if not len(rows):
            self._packed.pop(index, None)
            return
        x, y = int(columns[0]), int(rows[0])
        part = hole[y : int(rows[-1]) + 1, x : int(columns[-1]) + 1]
        self._packed[index] = _Packed(x, y, part.shape[1], part.shape[0], zlib.compress(np.packbits(part).tobytes(), 1))

    def __getitem__(self, index: int) -> HoleArray:
        """(h, w) bool, a new array."""
        hole = np.zeros((self.size.height, self.size.width), bool)
        if packed := self._packed.get(index):
            x, y, width, height, bits = packed
            flat = np.unpackbits(np.frombuffer(zlib.decompress(bits), np.uint8), count=width * height)
            hole[y : y + height, x : x + width] = flat.reshape(height, width)
        return hole

    def __contains__(self, index: object) -> bool:
        """Whether anything is marked in a frame."""
        return index in self._packed

    def __len__(self) -> int:
        return len(self._packed)
