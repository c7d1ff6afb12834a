"""What every tracker can do: find an object from marks on one frame, and follow it along a run of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stranet.tracking.prompts import Prompt
from stranet.types import HoleArray, Shot, Size


class Tracked(NamedTuple):
    """One object in one frame."""

    hole: HoleArray
    """(h, w) bool, all False where the object is lost or hidden."""
    confidence: float
    """0 = guessed or lost, 1 = certain."""
    possible: HoleArray | None = None
    """(h, w) bool, ``hole`` and what may be the object as well; None = ``hole`` alone."""


class FrameStore(Protocol):
    """Frames at the resolution of tracking, upright, any of them at any time."""

    size: Size

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB."""
        ...


class Tracker(Protocol):
    """Follows objects, one at a time."""

    def segment(
        self, frames: FrameStore, shot: Shot, index: int, prompts: Sequence[Prompt], before: HoleArray | None
    ) -> Tracked:
        """The object in one frame, with a confidence of 1: the user has marked it.

        Args:
            frames: the video.
            shot: the frames between two cuts that may be looked at.
            index: the frame.
            prompts: all marks of the object on it, in pixels of ``frames.size``.
            before: (h, w) bool, what was tracked so far and is to be corrected; None = nothing.
        """
        ...

    def follow(self, frames: FrameStore, order: range, hole: HoleArray) -> Iterator[Tracked]:
        """Follow an object through neighbouring frames of one shot.

        Args:
            frames: the video.
            order: frames to visit, forwards or backwards by one; the first is the one in which it is known.
            hole: (h, w) bool, the object in ``order[0]``.

        Yields:
            One result for each of ``order[1:]``.
        """
        ...
