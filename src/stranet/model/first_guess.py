"""Where the registration of a box starts: from the motion of the whole frame, or from that of the box's surroundings.

The surroundings tell what happens behind a hole when near and far things move differently; but they may also be filled
by somebody who walks past. So they must show that they know better.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from stranet.geometry.homography import apply_homography, corners
from stranet.model.chain import Chain
from stranet.model.low_frame import LowFrame
from stranet.model.registration import brought_onto
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
    places = corners(box)
    if np.abs(apply_homography(near, places) - apply_homography(whole, places)).max() <= SAME:
        return False
    (of_near, near_shown), (of_whole, whole_shown) = (
        _difference(target, reference, guess, box) for guess in (near, whole)
    )
    both = near_shown & whole_shown
    return both.sum() >= FEWEST and of_near[both].mean() < CLEARLY * of_whole[both].mean()


def _difference(target: LowFrame, reference: LowFrame, guess: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) in 8-bit levels, and where both show something, (h, w) bool."""
    gray, shown = brought_onto(reference, guess, box)
    difference = np.minimum(cv2.absdiff(gray, target.gray[box.slices]), WORST)
    return difference, shown & target.visible[box.slices]
