"""What a user marks on the page: boxes, points and brush strokes on frames. Read strictly: it comes from outside."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np

from stranet.errors import ConfigError
from stranet.types import HoleArray, Size

Kind = Literal["box", "point", "stroke"]
MAX_MARKS = 500
MAX_POINTS = 2000
"""Points of one stroke."""
MAX_OBJECTS = 8
_SUBPIXEL = 4
"""Bits below the pixel with which strokes are drawn."""


@dataclass(frozen=True)
class Mark:
    """One mark on one frame, in pixels of the upright picture; (0, 0) is the top left corner of its first pixel."""

    kind: Kind
    frame: int
    """The frame that it is on, from 0."""
    thing: int
    """The object that it means, from 0."""
    remove: bool
    """True: this belongs to the object; False: this does not."""
    points: tuple[tuple[float, float], ...]
    """Two opposite corners of a box, one point, or the line of a stroke."""
    radius: float = 0.0
    """Of a stroke."""

    def to_json(self) -> dict[str, Any]:
        """As `parse` takes it."""
        return {
            "kind": self.kind,
            "frame": self.frame,
            "thing": self.thing,
            "remove": self.remove,
            "points": [list(point) for point in self.points],
            "radius": self.radius,
        }

    @classmethod
    def parse(cls, given: Any) -> Mark:
        """Read one mark.

        Raises:
            ConfigError: it is none.
        """
        if not isinstance(given, dict) or set(given) != {"kind", "frame", "thing", "remove", "points", "radius"}:
            raise ConfigError("a mark has kind, frame, thing, remove, points and radius")
        kind, frame, thing, remove = given["kind"], given["frame"], given["thing"], given["remove"]
        if kind not in get_args(Kind):
            raise ConfigError(f"a mark is one of {', '.join(get_args(Kind))}")
        if type(frame) is not int or type(thing) is not int or frame < 0 or not 0 <= thing < MAX_OBJECTS:
            raise ConfigError(f"frame and thing of a mark are whole numbers from 0, things up to {MAX_OBJECTS - 1}")
        if type(remove) is not bool or (kind == "box" and not remove):
            raise ConfigError("remove of a mark is true or false, and true for a box")
        points, radius = given["points"], given["radius"]
        wanted = {"box": (2, 2), "point": (1, 1), "stroke": (1, MAX_POINTS)}[kind]
        if not isinstance(points, list) or not wanted[0] <= len(points) <= wanted[1]:
            raise ConfigError(f"a {kind} has {wanted[0]} to {wanted[1]} points")
        if not all(isinstance(point, list) and len(point) == 2 and all(map(_finite, point)) for point in points):
            raise ConfigError("a point is two numbers")
        if not _finite(radius) or (kind == "stroke") != (radius > 0):
            raise ConfigError("the radius of a stroke is a number above 0, that of other marks is 0")
        pairs = tuple((float(x), float(y)) for x, y in points)
        return cls(kind, frame, thing, remove, pairs, float(radius))


@dataclass(frozen=True)
class Extras:
    """What else belongs to the mask."""

    shadow: bool = False
    """The soft shadow of what is marked."""
    overlay: bool = False
    """Logos and captions, which need no mark."""

    @classmethod
    def parse(cls, given: Any) -> Extras:
        """Read them.

        Raises:
            ConfigError: they are none.
        """
        if not isinstance(given, dict) or set(given) != {"shadow", "overlay"}:
            raise ConfigError("extras have shadow and overlay")
        if not all(type(value) is bool for value in given.values()):
            raise ConfigError("shadow and overlay are true or false")
        return cls(**given)


def parse_marks(given: Any, size: Size, frames: int | None) -> tuple[Mark, ...]:
    """Read a list of marks.

    Args:
        given: what came from the page.
        size: of the upright picture.
        frames: of the video; None = not known yet.

    Raises:
        ConfigError: it is no such list, or a mark lies outside the video.
    """
    if not isinstance(given, list) or len(given) > MAX_MARKS:
        raise ConfigError(f"marks are a list of at most {MAX_MARKS}")
    marks = tuple(map(Mark.parse, given))
    reach = max(size)
    for mark in marks:
        if frames is not None and mark.frame >= frames:
            raise ConfigError(f"a mark is on frame {mark.frame}, but there are {frames}")
        inside = any(0 <= x <= size.width and 0 <= y <= size.height for x, y in mark.points)
        if not inside and mark.kind == "point":
            raise ConfigError("a point lies outside the picture")
        if any(abs(value) > 4 * reach for point in mark.points for value in point) or mark.radius > reach:
            raise ConfigError("a mark lies far outside the picture")
        if mark.kind == "box" and corners(mark, size) is None:
            raise ConfigError("a box has no area inside the picture")
    return marks


def corners(mark: Mark, size: Size) -> tuple[float, float, float, float] | None:
    """(x0, y0, x1, y1) of a box, cut to the picture; None when nothing is left."""
    (ax, ay), (bx, by) = mark.points
    x0, x1 = max(0.0, min(ax, bx)), min(float(size.width), max(ax, bx))
    y0, y1 = max(0.0, min(ay, by)), min(float(size.height), max(ay, by))
    return (x0, y0, x1, y1) if x1 - x0 >= 1 and y1 - y0 >= 1 else None


def paint(base: HoleArray, strokes: Iterable[Mark], scale: float = 1.0) -> HoleArray:
    """A copy of an upright hole with strokes added and erased, in their order.

    Args:
        base: (H, W) bool.
        strokes: marks of that kind.
        scale: pixels of ``base`` per pixel of the marks.
    """
    canvas = base.astype(np.uint8)
    for stroke in strokes:
        color = (int(stroke.remove),)
        radius = max(1, round(stroke.radius * scale))
        line = np.array(stroke.points) * scale - 0.5
        fixed = np.rint(line * (1 << _SUBPIXEL)).astype(np.int32)
        for point in (fixed[0], fixed[-1]):
            center = (int(point[0]), int(point[1]))
            cv2.circle(canvas, center, radius << _SUBPIXEL, color, cv2.FILLED, cv2.LINE_8, _SUBPIXEL)
        cv2.polylines(canvas, [fixed.reshape(-1, 1, 2)], False, color, 2 * radius, cv2.LINE_8, _SUBPIXEL)
    return canvas.view(bool)


def _finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
