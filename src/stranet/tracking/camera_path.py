"""The camera's motion through a shot, worked out once per pair of neighbours and composed for any pair."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.geometry.homography import IDENTITY, compose
from stranet.tracking.holes import HoleStore
from stranet.tracking.motion import Flow
from stranet.tracking.tracker import FrameStore
from stranet.types import HoleArray

KEPT = 128
"""Reduced frames in memory at most, about 0.3 MB each."""


class CameraPath:
    """Frames of a video at the reduced size of `Flow`, each seen from any other of its shot.

    Args:
        frames: the video.
        objects: what moves by itself in each frame, which says nothing about the camera.
    """

    def __init__(self, frames: FrameStore, objects: HoleStore) -> None:
        self._frames, self._objects = frames, objects
        self._flow = Flow(frames.size)
        self._reduced: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._steps: dict[int, NDArray[np.floating]] = {}

    def small(self, index: int) -> NDArray[np.uint8]:
        """(h, w, 3) RGB, a frame at the reduced size."""
        if index not in self._reduced:
            height, width = self._flow.shape
            self._reduced[index] = cv2.resize(self._frames[index], (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            if len(self._reduced) > KEPT:
                self._reduced.popitem(last=False)
        self._reduced.move_to_end(index)
        return self._reduced[index]

    def small_hole(self, index: int) -> HoleArray:
        """(h, w) bool: what moves by itself, at the reduced size, no pixel of it left out."""
        height, width = self._flow.shape
        return cv2.resize(self._objects[index].astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) > 0

    def motion(self, target: int, reference: int) -> NDArray[np.floating]:
        """(3, 3), reduced pixels, target -> reference; both in one shot."""
        total = IDENTITY
        for index in range(min(target, reference), max(target, reference)):
            total = compose(self._step(index), total)
        return total if reference >= target else np.linalg.inv(total)

    def _step(self, index: int) -> NDArray[np.floating]:
        """From a frame to the next."""
        if index not in self._steps:
            here, there = (cv2.cvtColor(self.small(each), cv2.COLOR_RGB2GRAY) for each in (index, index + 1))
            flow = self._flow.between(here, there)  # type: ignore[arg-type]
            self._steps[index] = self._flow.camera(flow, self._objects[index])
        return self._steps[index]
