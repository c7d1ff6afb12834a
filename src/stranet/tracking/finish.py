"""From tracked objects to the mask that is written: shadows, overlays, growth, and what neighbouring frames mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stranet.tracking.holes import HoleStore
from stranet.tracking.options import TrackOptions
from stranet.tracking.overlays import find_overlays
from stranet.tracking.shadow import find_shadows
from stranet.tracking.tracker import FrameStore
from stranet.types import HoleArray, Shot, Size
from stranet.video.dilate import effective_hole


class Finish:
    """Joins what was tracked into one mask per frame.

    Args:
        options: ``shadow``, ``overlay``, ``grow`` and ``soften_time``.
        size: of the frames.
        scale: pixels of these frames to a pixel of the video.
    """

    def __init__(self, options: TrackOptions, size: Size, scale: float) -> None:
        self._options, self._size = options, size
        self._grow = round(options.grow * scale)
        self._parts: list[HoleStore] = []
        self._shots: list[Shot] = []

    def work(self, frames: FrameStore, objects: bool) -> int:
        """How many frames `take` counts."""
        return len(frames) * ((self._options.shadow and objects) + self._options.overlay)

    def take(
        self, frames: FrameStore, shots: Sequence[Shot], parts: Sequence[HoleStore], step: Callable[[], object]
    ) -> None:
        """Take the objects that were tracked; find their shadows, and overlays, where that is wanted."""
        found = list(parts)
        if self._options.shadow and parts:
            found.append(find_shadows(frames, shots, _union(parts, len(frames)), step))
        if self._options.overlay:
            found.append(find_overlays(frames, step))
        self._parts, self._shots = found, list(shots)

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


def _union(parts: Sequence[HoleStore], count: int) -> HoleStore:
    if len(parts) == 1:
        return parts[0]
    union = HoleStore(parts[0].size)
    for index in range(count):
        union[index] = np.logical_or.reduce([part[index] for part in parts])
    return union
