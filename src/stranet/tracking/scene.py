"""What moves in a shot, seen over many frames: the rest lies where the camera's motion says.

Looking further than to the next frame tells more: a slow object has moved by then, and what was behind it has come to
light. So neighbouring frames are chained by the camera's homographies and compared with the marked frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.geometry.homography import IDENTITY, compose
from stranet.tracking.appearance import Floats
from stranet.tracking.motion import Flow
from stranet.tracking.tracker import FrameStore
from stranet.types import HoleArray

STRIDE = 2
"""Every so many frames one is looked at."""
LENGTH = 12
"""Most frames that are looked at."""
LOOKED_AT = (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
"""Which of them are compared with the marked frame, as shares of their number."""
QUANTILE = 0.4
"""Of the differences: what is covered by the passing object for a while differs then, but not for good."""
FEWEST = 3
"""With fewer frames nothing is compared."""
BLUR = 1.2
"""Reduced pixels over which colours are compared: registration errs by about one."""
NOISE = 4.0
"""Lab levels by which a scene at rest differs from itself."""


def chain_of(index: int, start: int, stop: int) -> range:
    """Frames to look at from a frame of the shot [start, stop): on the side where there are more."""
    later = range(index + STRIDE, stop, STRIDE)[:LENGTH]
    earlier = range(index - STRIDE, start - 1, -STRIDE)[:LENGTH]
    return later if len(later) >= len(earlier) else earlier


def changed(
    flow: Flow, rgb: NDArray[np.uint8], chain: Sequence[NDArray[np.uint8]], box: HoleArray, around: HoleArray
) -> Floats | None:
    """How much each pixel of a frame differs from the scene behind it as other frames show it.

    Args:
        flow: of frames of this size.
        rgb: (H, W, 3).
        chain: frames of the same shot, ever farther away.
        box: (H, W) bool, where the object is.
        around: (H, W) bool, surroundings that say how much a scene at rest differs here.

    Returns:
        (h, w) at the reduced size of ``flow``, in multiples of the surroundings' difference; None = cannot be told.
    """
    if len(chain) < FEWEST:
        return None
    height, width = flow.reduced(rgb).shape
    here = _blurred(rgb, (width, height))
    looked_at = {max(1, round(share * len(chain))) for share in LOOKED_AT}
    ring = cv2.resize(around.view(np.uint8), (width, height), interpolation=cv2.INTER_AREA) > 0
    previous, to_here, differences = flow.reduced(rgb), IDENTITY, []
    for number, other in enumerate(chain, 1):
        gray = flow.reduced(other)
        to_here = compose(flow.camera(flow.between(previous, gray), box), to_here)
        previous = gray
        if number not in looked_at:
            continue
        there = _blurred(other, (width, height))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpPerspective(there, to_here, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        shown = cv2.warpPerspective(np.ones((height, width), np.uint8), to_here, (width, height), flags=flags) > 0
        difference = _narrowed(np.linalg.norm(here - seen, axis=-1))
        known = ring & shown
        noise = NOISE + (float(np.percentile(difference[known], 70)) if known.sum() > 50 else NOISE)
        differences.append(np.where(shown, difference / noise, np.nan))
    return _lower(np.stack(differences))


def _blurred(rgb: NDArray[np.uint8], size: tuple[int, int], blur: float = BLUR) -> Floats:
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), blur)  # type: ignore[return-value]


OFFSETS = (-16, -8, 8, 16)
"""Frames, along the way of a tracker, that every frame is compared with."""
NEAREST = 4
"""Nearer frames than this are not compared: a slow object is still where it was."""
MOST_CHANGE = 4.0
"""Differences count up to this many times the noise."""
USUAL = 60
"""Percentile of the differences in a frame that is taken for noise."""


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

    def flow_back(self, place: int) -> Floats:
        """(h, w, 2) from the frame at this place of the order to the one before it; places must not go down."""
        self._look_at(place)
        return self._flows[place]

    def change(self, place: int) -> Floats:
        """(h, w): how much a frame differs from the scene as others show it, 0 to ``MOST_CHANGE``."""
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
            difference = _narrowed(np.linalg.norm(here - seen, axis=-1))
            noise = NOISE + float(np.percentile(difference[shown], USUAL)) if shown.any() else NOISE
            differences.append(np.where(shown, difference / noise, np.nan))
        if not differences:
            return np.ones((height, width), np.float32)
        return np.minimum(_lower(np.stack(differences)), MOST_CHANGE)

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
        self._colours[place] = _blurred(rgb, (width // 2, height // 2), BLUR / 2)
        if place:
            if place - 1 not in self._grays:
                self._look_at(place - 1)
            dense = self._flows[place] = self._flow.between(gray, self._grays[place - 1])
            self._cameras[place] = self._flow.camera(dense, None)


def _narrowed(difference: Floats) -> Floats:
    """Without the rim that blurring has laid around everything that differs."""
    return cv2.erode(difference, np.ones((3, 3), np.uint8))  # type: ignore[return-value]


def _lower(stack: Floats) -> Floats:
    """(N, h, w) -> (h, w): the lower ones of several differences; 1 where nothing is shown."""
    stack = np.sort(stack, axis=0)  # what is not shown comes last
    count = np.isfinite(stack).sum(0)
    rank = np.floor(QUANTILE * np.maximum(count - 1, 0)).astype(int)
    lower = np.take_along_axis(stack, rank[None], 0)[0]
    return np.where(count > 0, lower, 1.0).astype(np.float32)
