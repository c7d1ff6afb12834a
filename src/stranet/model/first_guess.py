"""Where the registration of a box starts: from the motion of the whole frame, or from that of the box's surroundings.

The surroundings tell what happens behind a hole when near and far things move differently; but they may also be filled
by somebody who walks past. So they must show that they know better.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from stranet.geometry.homography import apply_homography
from stranet.model.chain import Chain
from stranet.model.low_frame import LowFrame
from stranet.types import Box

SAME = 1.0
"""Guesses no further apart than this, in low-resolution pixels, lead to the same result."""
CLEARLY = 0.85
"""The surroundings must leave less than this share of what the whole frame's motion leaves unexplained."""
WORST = 40
"""A difference counts at most this many 8-bit levels: beyond it, it is another object."""
FEWEST = 50
"""Fewer low-resolution pixels tell nothing."""


def first_guesses(target: LowFrame, references: Sequence[LowFrame], chain: Chain, box: Box) -> list[np.ndarray]:
    """(3, 3) per reference, target -> reference, in low-resolution pixels.

    Args:
        target: the frame to be filled.
        references: those of the chain.
        chain: from the target to them.
        box: the part of the target that is to be registered.
    """
    pairs = zip(references, chain.homographies(), chain.homographies(near=box), strict=True)
    return [near if _knows_better(target, reference, near, whole, box) else whole for reference, whole, near in pairs]


def _knows_better(target: LowFrame, reference: LowFrame, near: np.ndarray, whole: np.ndarray, box: Box) -> bool:
    corners = np.array([(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)], np.float32)
    if np.abs(apply_homography(near, corners) - apply_homography(whole, corners)).max() <= SAME:
        return False
    (of_near, near_shown), (of_whole, whole_shown) = (
        _difference(target, reference, guess, box) for guess in (near, whole)
    )
    both = near_shown & whole_shown
    return both.sum() >= FEWEST and of_near[both].mean() < CLEARLY * of_whole[both].mean()


def _difference(target: LowFrame, reference: LowFrame, guess: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) in 8-bit levels, and where both show something, (h, w) bool."""
    matrix = guess @ np.array([[1, 0, box.x0], [0, 1, box.y0], [0, 0, 1]], np.float64)
    size, flags = (box.x1 - box.x0, box.y1 - box.y0), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    gray = cv2.warpPerspective(reference.gray, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.warpPerspective(reference.visible.astype(np.uint8) * 255, matrix, size, flags=flags)
    difference = np.minimum(cv2.absdiff(gray, target.gray[box.slices]), WORST)
    return difference, (shown == 255) & target.visible[box.slices]
