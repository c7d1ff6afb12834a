"""Masks of a whole video in little memory: a few hundred bytes to a few kilobytes a frame."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np

from stranet.types import Box, HoleArray, Size


class _Packed(NamedTuple):
    box: Box
    bits: bytes


class HoleStore:
    """One hole per frame, all of one size; a frame without one has an empty hole."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._packed: dict[int, _Packed] = {}

    def __setitem__(self, index: int, hole: HoleArray) -> None:
        box = Box.around(hole)
        if box is None:
            self._packed.pop(index, None)
            return
        self._packed[index] = _Packed(box, zlib.compress(np.packbits(hole[box.slices]).tobytes(), 1))

    def __getitem__(self, index: int) -> HoleArray:
        """(h, w) bool, a new array."""
        hole = np.zeros((self.size.height, self.size.width), bool)
        if packed := self._packed.get(index):
            part = hole[packed.box.slices]
            bits = np.frombuffer(zlib.decompress(packed.bits), np.uint8)
            part[:] = np.unpackbits(bits, count=part.size).reshape(part.shape)
        return hole

    def __contains__(self, index: object) -> bool:
        """Whether anything is marked in a frame."""
        return index in self._packed

    def __len__(self) -> int:
        return len(self._packed)
