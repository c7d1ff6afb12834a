"""The vocabulary and the conventions of the whole project, stated once.

================  ==============================================================================================
term              meaning
================  ==============================================================================================
hole              1 (True) = missing, everywhere; ``visible = 1 - hole``
effective hole    the user's mask after ``dilate`` (and growth to whole chroma samples): the only pixels that change
target            the frame that is being filled
reference         another frame of the same shot that it copies from
low               the small copy of a frame on which alignment and attention are worked out
residual          ``X - up(down(X))``: the detail that the low resolution loses
flow              backward, target grid -> reference, in pixels, (dx, dy)
theta             (B, 2, 3), normalised coordinates, ``align_corners=False``, target -> reference
homography        (3, 3), pixel centres at integers, target -> reference
aligned           a reference warped onto the target, with its ``visible`` map
attention         scores over references (temporal) or over patches (spatial); they sum to one
C_visible         sum of the temporal attention over references: 1 where something could be copied
leftover          ``hole * (1 - C_visible)``: hole pixels that no reference shows
shot              the frames between two cuts; references never cross a cut
clip              one target with its references
================  ==============================================================================================

Arrays: RGB, (H, W, 3), uint8 in [0, 255] or uint16 in [0, 65535]; holes (H, W) bool.
Tensors: RGB, float in [0, 1], (B, C, H, W); references on their own axis, (B, R, C, H, W).
Time: integer pts in units of a ``Fraction`` time base, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RgbArray = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W, 3), RGB, full range of its integer type."""

HoleArray = NDArray[np.bool_]
"""(H, W), True = missing."""


class Size(NamedTuple):
    """A frame size in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Box(NamedTuple):
    """A rectangle of pixels: columns [x0, x1) and rows [y0, y1)."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def around(cls, hole: HoleArray) -> Box | None:
        """The smallest box that holds every missing pixel of an (H, W) hole; None where nothing is missing."""
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        if not len(rows):
            return None
        return cls(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the rectangle in an (H, W, ...) array."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)


class Picture:
    """The colours of a frame; memory need not hold them while nobody looks at them."""

    __slots__ = ("_again", "_rgb")

    def __init__(self, rgb: RgbArray, again: Callable[[], RgbArray] | None = None) -> None:
        """
        Args:
            rgb: (H, W, 3), uint8 for 8-bit sources, uint16 (full 16-bit range) for deeper ones.
            again: makes the same once more; without it they stay in memory, whatever is let go.
        """
        self._rgb: RgbArray | None = rgb
        self._again = again or (lambda: rgb)

    @property
    def rgb(self) -> RgbArray:
        """(H, W, 3); made again, and held, if they were let go. May be asked for in several threads."""
        rgb = self._rgb
        if rgb is None:
            rgb = self._rgb = self._again()
        return rgb

    @property
    def held(self) -> bool:
        """Whether memory holds them."""
        return self._rgb is not None

    def let_go(self) -> None:
        """Hold the colours no longer, where they can be made again."""
        self._rgb = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame, in the orientation in which it is stored (rotation is kept as metadata)."""

    index: int
    """Position in the stream, from 0."""
    pts: int
    """Presentation time in units of ``time_base``."""
    time_base: Fraction
    """Seconds per unit of ``pts``."""
    picture: Picture
    """Its colours."""
    native: Any = None
    """What was decoded, in its own pixel format: the writer changes hole pixels in it and nothing else."""

    @property
    def rgb(self) -> RgbArray:
        """(H, W, 3), see `Picture`."""
        return self.picture.rgb

    @property
    def time(self) -> float:
        """Presentation time in seconds."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames [start, stop) between two cuts."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Clip:
    """Positions of one target and of the references that it copies from, all in one shot."""

    target: int
    references: tuple[int, ...]
