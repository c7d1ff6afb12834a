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
    here = blurred(rgb, (width, height))
    looked_at = {max(1, round(share * len(chain))) for share in LOOKED_AT}
    ring = cv2.resize(around.view(np.uint8), (width, height), interpolation=cv2.INTER_AREA) > 0
    previous, to_here, differences = flow.reduced(rgb), IDENTITY, []
    for number, other in enumerate(chain, 1):
        gray = flow.reduced(other)
        to_here = compose(flow.camera(flow.between(previous, gray), box), to_here)
        previous = gray
        if number not in looked_at:
            continue
        there = blurred(other, (width, height))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpPerspective(there, to_here, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        shown = cv2.warpPerspective(np.ones((height, width), np.uint8), to_here, (width, height), flags=flags) > 0
        difference = narrowed(np.linalg.norm(here - seen, axis=-1))
        known = ring & shown
        noise = NOISE + (float(np.percentile(difference[known], 70)) if known.sum() > 50 else NOISE)
        differences.append(np.where(shown, difference / noise, np.nan))
    return lower(np.stack(differences))


def blurred(rgb: NDArray[np.uint8], size: tuple[int, int], blur: float = BLUR) -> Floats:
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), blur)  # type: ignore[return-value]


def narrowed(difference: Floats) -> Floats:
    """Without the rim that blurring has laid around everything that differs."""
    return cv2.erode(difference, np.ones((3, 3), np.uint8))  # type: ignore[return-value]


def lower(stack: Floats) -> Floats:
    """(N, h, w) -> (h, w): the lower ones of several differences; 1 where nothing is shown."""
    stack = np.sort(stack, axis=0)  # what is not shown comes last
    count = np.isfinite(stack).sum(0)
    rank = np.floor(QUANTILE * np.maximum(count - 1, 0)).astype(int)
    lower = np.take_along_axis(stack, rank[None], 0)[0]
    return np.where(count > 0, lower, 1.0).astype(np.float32)
