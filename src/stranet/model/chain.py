"""From neighbour to neighbour to any frame of a shot, by the motion of what lies around one box.

Before a camera that moves sideways what is near moves more than what is far. One motion per frame is that of whatever
fills most of it, and chained over many frames it may be many pixels beside what a hole hides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stranet.geometry.homography import IDENTITY, apply_homography, compose, corners, is_plausible
from stranet.geometry.motion_models import MODELS
from stranet.geometry.robust_fit import MIN_POINTS, fit_motions, unexplained
from stranet.model.registration import TOLERANCE, FrameMotion
from stranet.types import Box, Size

AROUND = 16
"""How far around a box motion still counts as its own, in low-resolution pixels."""
REGION = 32
"""Regions begin and end at multiples of this: as holes move slowly, most have been looked at for the target before."""
EXPLAINED = 0.4
"""Where the motion of the whole frame leaves less than this share of the points unexplained, it will do."""
ROUGHLY = MODELS[:2]
"""Shifts and similarities: the motion is only a start, to be corrected on the box itself."""


class Step:
    """From a frame to the next one."""

    def __init__(self, whole: np.ndarray, motion: FrameMotion, size: Size) -> None:
        """
        Args:
            whole: (3, 3), the motion of most of the frame.
            motion: the points that it was fitted to, if there are any.
            size: of both frames.
        """
        self.whole, self._motion, self._size = whole, motion, size
        self._near: dict[Box, np.ndarray] = {}

    def near(self, box: Box) -> np.ndarray:
        """(3, 3) motion of what lies around a box of the frame; that of most of the frame where too little is known."""
        region = _region(box, self._size)
        if region not in self._near:  # in two threads at once: twice the same
            self._near[region] = self._fit(region)
        return self._near[region]

    def _fit(self, region: Box) -> np.ndarray:
        around = self._motion.within(region)
        if len(around[0]) < MIN_POINTS or unexplained(self.whole, around, TOLERANCE) < EXPLAINED:
            return self.whole
        found = fit_motions([around], TOLERANCE, ROUGHLY, widest=1)[0]
        return self.whole if found is None or not is_plausible(found, self._size) else found


class Chain(NamedTuple):
    """All steps between a target and its references."""

    target: int
    references: tuple[int, ...]
    first: int
    """Index of the frame from which the first step leads to the next."""
    steps: Sequence[Step]

    def homographies(self, near: Box | None = None) -> list[np.ndarray]:
        """(3, 3) each, target -> reference, in low-resolution pixels.

        Args:
            near: a box of the target, by whose surroundings the motion is told; None = by the whole frame.
        """
        target, chain = self.target, {self.target: IDENTITY}
        for index in range(target, max((*self.references, target))):
            step = self.steps[index - self.first]
            chain[index + 1] = compose(step.near(moved(near, chain[index])) if near else step.whole, chain[index])
        for index in range(target, min((*self.references, target)), -1):
            step = self.steps[index - 1 - self.first]
            back = np.linalg.inv(step.whole)
            if near:
                back = np.linalg.inv(step.near(moved(near, compose(back, chain[index]))))
            chain[index - 1] = compose(back, chain[index])
        return [chain[index] for index in self.references]


def moved(box: Box, homography: np.ndarray) -> Box:
    """The box that holds a box of the target in another frame; it may reach beyond that."""
    found = apply_homography(homography, corners(box))
    (x0, y0), (x1, y1) = found.min(0).tolist(), found.max(0).tolist()
    return Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))


def _region(box: Box, size: Size) -> Box:
    """A box with its surroundings on a grid, cut to the frame; what lies beyond the frame is as its edge."""
    x0, x1 = (min(max(x, 0), size.width) for x in (box.x0 - AROUND, box.x1 + AROUND))
    y0, y1 = (min(max(y, 0), size.height) for y in (box.y0 - AROUND, box.y1 + AROUND))
    return Box(x0 // REGION * REGION, y0 // REGION * REGION, -(-x1 // REGION) * REGION, -(-y1 // REGION) * REGION)
