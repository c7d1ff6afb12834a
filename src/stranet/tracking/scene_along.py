"""Flow and scene along the way of a tracker, a frame ahead of it: neither waits for what the tracker finds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.geometry.homography import IDENTITY, compose
from stranet.tracking.appearance import Floats
from stranet.tracking.motion import Flow
from stranet.tracking.scene import BLUR, NOISE, blurred, lower, narrowed
from stranet.tracking.tracker import FrameStore

OFFSETS = (-16, -8, 8, 16)
"""Frames, along the way of a tracker, that every frame is compared with."""
NEAREST = 4
"""Nearer frames than this are not compared: a slow object is still where it was."""
MOST_CHANGE = 4.0
"""Differences count up to this many times the noise."""
USUAL = 60
"""Percentile of the differences in a frame that is taken for noise."""


class Step(NamedTuple):
    """What can be known of a frame before the object is found in it."""

    rgb: NDArray[np.uint8]
    """(H, W, 3), the frame."""
    flow: Floats
    """(h, w, 2) from the frame to the one before it on the way, at the reduced size; of the first one empty."""
    change: Floats
    """(h', w'): how much it differs from the scene as others show it, 0 to ``MOST_CHANGE``."""


class SceneAlong:
    """Flow and scene along the way of a tracker: flow from each frame to the one before it, worked out once.

    Args:
        frames: the video.
        order: the frames on the way, neighbours of one shot.
        flow: of frames of this size.
    """

    def __init__(self, frames: FrameStore, order: range, flow: Flow) -> None:
        self._frames, self._order, self._flow = frames, order, flow
        self._grays: dict[int, NDArray[np.uint8]] = {}
        self._colours: dict[int, Floats] = {}
        self._flows: dict[int, Floats] = {}
        self._cameras: dict[int, NDArray[np.floating]] = {}

    def steps(self) -> Iterator[Step]:
        """The frames of the way in order; each is worked out in a thread while the caller is busy with the one before.

        While this goes on the caller must not look at the frames itself.
        """
        with ThreadPoolExecutor(1, "StraNetScene") as ahead:
            coming = ahead.submit(self._step, 0)
            for place in range(1, len(self._order) + 1):
                step = coming.result()
                if place < len(self._order):
                    coming = ahead.submit(self._step, place)
                yield step

    def _step(self, place: int) -> Step:
        change = self._change(place)
        return Step(self._frames[self._order[place]], self._flows.get(place, np.empty((0, 0, 2), np.float32)), change)

    def _change(self, place: int) -> Floats:
        last = min(place + max(OFFSETS), len(self._order) - 1)
        others = sorted({min(max(place + offset, 0), last) for offset in OFFSETS})
        for each in range(max(0, place + min(OFFSETS)), last + 1):
            self._look_at(each)
        for store in (self._grays, self._colours, self._flows):
            for each in [each for each in store if each < place + min(OFFSETS) - 1]:
                del store[each]
        here = self._colours[place]
        height, width = here.shape[:2]
        differences = []
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        for other in others:
            if abs(other - place) < NEAREST:
                continue
            motion = self._half @ self._motion(place, other) @ np.linalg.inv(self._half)
            seen = cv2.warpPerspective(self._colours[other], motion, (width, height), flags=flags)
            shown = cv2.warpPerspective(np.ones((height, width), np.uint8), motion, (width, height), flags=flags) > 0
            difference = narrowed(np.linalg.norm(here - seen, axis=-1))
            noise = NOISE + float(np.percentile(difference[shown], USUAL)) if shown.any() else NOISE
            differences.append(np.where(shown, difference / noise, np.nan))
        if not differences:
            return np.ones((height, width), np.float32)
        return np.minimum(lower(np.stack(differences)), MOST_CHANGE)

    @property
    def _half(self) -> NDArray[np.floating]:
        """From reduced pixels to those of half that size, at which colours are compared."""
        return np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]])

    def _motion(self, place: int, other: int) -> NDArray[np.floating]:
        """(3, 3), reduced pixels, from one frame on the way to another."""
        total = IDENTITY
        for each in range(max(place, other), min(place, other), -1):
            total = compose(self._cameras[each], total)
        return total if other < place else np.linalg.inv(total)

    def _look_at(self, place: int) -> None:
        if place in self._colours:
            return
        rgb = self._frames[self._order[place]]
        gray = self._grays[place] = self._flow.reduced(rgb)
        height, width = gray.shape
        self._colours[place] = blurred(rgb, (width // 2, height // 2), BLUR / 2)
        if place:
            if place - 1 not in self._grays:
                self._look_at(place - 1)
            dense = self._flows[place] = self._flow.between(gray, self._grays[place - 1])
            self._cameras[place] = self._flow.camera(dense, None)
