"""All marks of one object on one frame, joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.prompts import Prompt
from stranet.tracking.region import Rect, Region, bounding_rect
from stranet.types import HoleArray, Size

POINT = 0.008
"""Radius of a point, in multiples of the shorter side of the frame."""
POINT_REACH = 0.35
"""Without a box or a mask an object lies within this distance of its points, in multiples of the shorter side."""


class LocalMarks(NamedTuple):
    """Marks on the grid of a region."""

    prior: NDArray[np.floating]
    """(h, w) log odds of the place alone, where no mask is known."""
    outside: HoleArray
    """Certainly not the object: outside of the box."""
    yes: HoleArray
    """Marked as the object."""
    no: HoleArray
    """Marked as not the object."""


@dataclass(frozen=True, eq=False)
class Marks:
    """What is marked on a frame."""

    rect: Rect
    """(x, y, width, height): the object lies inside."""
    boxed: bool
    """The user gave that box; it is not a guess."""
    known: HoleArray | None
    """(H, W) a mask that is given, or that is to be corrected."""
    exact: bool
    """Nothing is left to be found."""
    yes: HoleArray
    """(H, W) certainly the object."""
    no: HoleArray
    """(H, W) certainly not the object."""

    @classmethod
    def of(cls, prompts: Sequence[Prompt], before: HoleArray | None, frame: Size) -> Self:
        """Join prompts whose coordinates are pixels of the frame."""
        yes, no = (np.zeros((frame.height, frame.width), bool) for _ in range(2))
        radius = max(1, round(POINT * min(frame)))
        for prompt in prompts:
            for where, points, strokes in (
                (yes, prompt.points, prompt.strokes),
                (no, prompt.not_points, prompt.not_strokes),
            ):
                for x, y in points:
                    cv2.circle(where.view(np.uint8), (int(x), int(y)), radius, 1, -1)  # type: ignore[call-overload]
                if strokes is not None:
                    where |= strokes
        no &= ~yes
        masks = [prompt.mask for prompt in prompts if prompt.mask is not None]
        boxes = [prompt.box for prompt in prompts if prompt.box is not None]
        known = np.logical_or.reduce(masks) if masks else (before if not boxes else None)
        marked = bool(yes.any() or no.any())
        rect = _joined(boxes)
        if rect is None:
            reach = POINT_REACH * min(frame)
            rect = _widened(yes, reach)
            if known is not None and known.any():
                x, y, width, height = bounding_rect(known)
                room = 0.15 * (width * height) ** 0.5
                rect = _joined(
                    [each for each in ((x - room, y - room, width + 2 * room, height + 2 * room), rect) if each]
                )
        if rect is None:  # only marks beside the object
            rect = 0.0, 0.0, float(frame.width), float(frame.height)
        exact = known is not None and (not marked or not (known.any() or yes.any()))
        return cls(rect, bool(boxes), known, exact, yes, no)

    def on(self, region: Region) -> LocalMarks:
        """The marks on the grid of a region, which holds all of `rect`."""
        grid = region.grid()
        x, y, width, height = self.rect
        place = (grid + 0.5 - (x + width / 2, y + height / 2)) / (width / 2, height / 2)
        outside = (np.abs(place) > 1).any(-1)
        yes = region.cut(self.yes.astype(np.float32)) > 0.2
        no = (region.cut(self.no.astype(np.float32)) > 0.2) & ~yes
        if self.boxed:
            prior = -(place**2).sum(-1)
        elif yes.any():
            distance = cv2.distanceTransform((~yes).view(np.uint8), cv2.DIST_L2, 3) / region.scale
            prior = 1 - 3 * distance / max(1.0, 0.5 * max(width, height))
        else:
            prior = np.zeros(grid.shape[:2])
        return LocalMarks(prior.astype(np.float32), outside & ~yes, yes, no)

    @property
    def extent(self) -> float:
        """About how large the object is, in pixels: that of what is known of it, or of `rect`."""
        known = bounding_rect(self.known)[2:] if self.known is not None and self.known.any() else self.rect[2:]
        return (known[0] * known[1]) ** 0.5

    def reach(self, frame: Size) -> HoleArray:
        """(H, W) bool: `rect`."""
        x, y, width, height = self.rect
        where = np.zeros((frame.height, frame.width), bool)
        where[max(0, int(y)) : max(0, int(y + height)) + 1, max(0, int(x)) : max(0, int(x + width)) + 1] = True
        return where

    def applied(self, hole: HoleArray) -> HoleArray:
        """A mask as found, corrected by the marks themselves."""
        return (hole | self.yes) & ~self.no


def _joined(rects: Sequence[Rect]) -> Rect | None:
    if not rects:
        return None
    x0, y0 = (min(rect[axis] for rect in rects) for axis in (0, 1))
    x1, y1 = (max(rect[axis] + rect[axis + 2] for rect in rects) for axis in (0, 1))
    return x0, y0, x1 - x0, y1 - y0


def _widened(marked: HoleArray, reach: float) -> Rect | None:
    x, y, width, height = bounding_rect(marked)
    return (x - reach, y - reach, width + 2 * reach, height + 2 * reach) if width else None
