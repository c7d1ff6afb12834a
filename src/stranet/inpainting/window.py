"""The frames of one shot that are in memory, with what has been worked out about each, computed once and when needed."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from stranet.geometry.homography import IDENTITY, compose
from stranet.geometry.scale import Scale
from stranet.model.flow import FlowEstimator
from stranet.model.low_frame import LowFrame
from stranet.model.registration import register_neighbours
from stranet.types import HoleArray, RgbArray

CUBIC_TAPS = 2
"""A cubic sample reads this many pixels to each side: so close to its own hole a reference shows nothing."""


class WindowFrame:
    """One frame in memory."""

    def __init__(self, index: int, rgb: RgbArray, hole: HoleArray, scale: Scale) -> None:
        self.index, self.rgb, self.hole, self.scale = index, rgb, hole, scale
        self.has_hole = bool(hole.any())
        self.to_next: np.ndarray | None = None
        """(3, 3) homography to the next frame of the shot, at low resolution."""
        self._low: LowFrame | None = None
        self._shut: np.ndarray | None = None

    @property
    def low(self) -> LowFrame:
        if self._low is None:
            self._low = LowFrame.of(self.rgb, self.hole, self.scale)
        return self._low

    @property
    def shut(self) -> np.ndarray | None:
        """(H, W) uint8, 255 where a cubic sample would read the hole; None without a hole."""
        if self._shut is None and self.has_hole:
            side = 2 * CUBIC_TAPS + 1
            self._shut = cv2.dilate(self.hole.view(np.uint8) * 255, np.ones((side, side), np.uint8))
        return self._shut

    def finish(self, filled: RgbArray) -> None:
        """The filled frame serves as a reference from now on; ``shut`` keeps synthesised below seen."""
        self.rgb = filled
        if self._low is not None:
            self._low.fill(filled, self.scale)


class ShotWindow:
    """A sliding window over one shot: ``reach`` frames to each side of the target."""

    def __init__(self, reach: int, flow: FlowEstimator) -> None:
        self._reach, self._flow = reach, flow
        self._frames: deque[WindowFrame] = deque()

    def __getitem__(self, index: int) -> WindowFrame:
        return self._frames[index - self.start]

    @property
    def start(self) -> int:
        return self._frames[0].index

    @property
    def stop(self) -> int:
        return self._frames[-1].index + 1

    def push(self, frame: WindowFrame) -> None:
        self._frames.append(frame)

    def forget_before(self, target: int) -> None:
        """Drop what no later target reaches back to."""
        while self._frames and self._frames[0].index < target - self._reach:
            self._frames.popleft()

    def homographies(self, target: int, references: tuple[int, ...]) -> list[np.ndarray]:
        """(3, 3) each, target -> reference, chained from neighbour to neighbour."""
        chain = {target: IDENTITY}
        for index in range(target, max((*references, target))):
            chain[index + 1] = compose(self._step(index), chain[index])
        for index in range(target, min((*references, target)), -1):
            chain[index - 1] = compose(np.linalg.inv(self._step(index - 1)), chain[index])
        return [chain[index] for index in references]

    def _step(self, index: int) -> np.ndarray:
        frame = self[index]
        if frame.to_next is None:
            frame.to_next = register_neighbours(self._flow, frame.low, self[index + 1].low)
        return frame.to_next
