"""From tracked objects to the mask that is written: growth, and what neighbouring frames mark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stranet.tracking.holes import HoleStore
from stranet.tracking.options import TrackOptions
from stranet.tracking.tracker import FrameStore
from stranet.types import HoleArray, Shot, Size
from stranet.video.dilate import effective_hole


class Finish:
    """Joins what was tracked into one mask per frame.

    Args:
        options: ``grow`` and ``soften_time``.
        size: of the frames.
        scale: pixels of these frames to one of the video.
    """

    def __init__(self, options: TrackOptions, size: Size, scale: float) -> None:
        self._options, self._size = options, size
        self._grow = round(options.grow * scale)
        self._parts: list[HoleStore] = []
        self._shots: list[Shot] = []

    def take(self, frames: FrameStore, shots: Sequence[Shot], parts: Sequence[HoleStore]) -> None:
        """Take the objects that were tracked."""
        self._parts, self._shots = list(parts), list(shots)

    def hole(self, index: int) -> HoleArray:
        """The finished mask of a frame, (h, w) bool."""
        hole = np.zeros((self._size.height, self._size.width), bool)
        shot = next((shot for shot in self._shots if shot.start <= index < shot.stop), Shot(index, index + 1))
        reach = self._options.soften_time
        for near in range(max(shot.start, index - reach), min(shot.stop, index + reach + 1)):
            for part in self._parts:
                if near in part:
                    hole |= part[near]
        return effective_hole(hole, self._grow, (0, 0))
