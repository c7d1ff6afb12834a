"""The part of a frame around an object, resampled to about the same number of pixels whatever the object's size."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray, Size

PIXELS = 160 * 160
"""Most pixels of a resampled part; cost follows it."""
MARGIN = 0.3
"""Surroundings on every side, in multiples of the object's size."""
LEAST_MARGIN = 12
"""Surroundings on every side are at least so many pixels wide."""
NARROWEST = 16
"""A part is at least so many pixels wide and high."""

Rect = tuple[float, float, float, float]
"""(x, y, width, height) in pixels."""


class Region(NamedTuple):
    """A rectangle of a frame and the grid on which it is sampled."""

    x0: int
    y0: int
    x1: int
    y1: int
    size: Size
    """Of the grid."""

    @classmethod
    def around(cls, rect: Rect, frame: Size, margin: float = MARGIN, pixels: int = PIXELS) -> Region:
        """The surroundings of a rectangle, as far as they lie inside the frame."""
        x, y, width, height = rect
        room = margin * (width * height) ** 0.5 + LEAST_MARGIN
        x0, x1 = _span(x - room, x + width + room, frame.width)
        y0, y1 = _span(y - room, y + height + room, frame.height)
        scale = min(1.0, (pixels / ((x1 - x0) * (y1 - y0))) ** 0.5)
        return cls(x0, y0, x1, y1, Size(max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale))))

    @property
    def scale(self) -> float:
        """Grid pixels to a frame pixel."""
        return self.size.width / (self.x1 - self.x0)

    def grid(self) -> NDArray[np.float32]:
        """(h, w, 2): the (x, y) in the frame of every grid pixel, pixel centres at integers."""
        across = self.x0 + (np.arange(self.size.width) + 0.5) * ((self.x1 - self.x0) / self.size.width) - 0.5
        down = self.y0 + (np.arange(self.size.height) + 0.5) * ((self.y1 - self.y0) / self.size.height) - 0.5
        return np.stack(np.meshgrid(across, down), -1).astype(np.float32)

    def cut(self, image: NDArray) -> NDArray:
        """An image of the frame, on the grid; areas are averaged."""
        part = np.ascontiguousarray(image[self.y0 : self.y1, self.x0 : self.x1])
        return cv2.resize(part, self.size, interpolation=cv2.INTER_AREA)

    def cut_hole(self, hole: HoleArray) -> HoleArray:
        """A mask of the frame, on the grid."""
        return self.cut(hole.astype(np.float32)) > 0.5

    def paste(self, hole: HoleArray, frame: Size) -> HoleArray:
        """A mask on the grid, in a frame that is empty otherwise."""
        whole = np.zeros((frame.height, frame.width), bool)
        size = (self.x1 - self.x0, self.y1 - self.y0)
        whole[self.y0 : self.y1, self.x0 : self.x1] = cv2.resize(hole.astype(np.float32), size) > 0.5
        return whole


def bounding_rect(hole: HoleArray) -> tuple[int, int, int, int]:
    """(x, y, width, height) of what is marked; zeros where nothing is."""
    return cv2.boundingRect(np.ascontiguousarray(hole).view(np.uint8))  # type: ignore[return-value, call-overload]


def without_crumbs(hole: HoleArray, share: float) -> HoleArray:
    """A mask without pieces smaller than ``share`` of the largest."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    if count <= 2:
        return hole
    areas = stats[:, cv2.CC_STAT_AREA]
    kept = areas >= share * areas[1:].max()
    kept[0] = False
    return kept[labels]


def _span(low: float, high: float, length: int) -> tuple[int, int]:
    narrowest = min(NARROWEST, length)
    first = int(np.clip(low, 0, length - narrowest))
    return first, int(np.clip(high, first + narrowest, length))
