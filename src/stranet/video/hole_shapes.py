"""Masks written by hand: a TOML or JSON list of boxes and polygons, each with the time when it counts.

.. code-block:: toml

    size = [1920, 1080]             # the coordinates below are meant at this resolution; default: as displayed

    [[box]]                         # the same logo corner throughout
    x = 1700
    y = 40
    width = 180
    height = 90

    [[polygon]]
    points = [[100, 200], [400.5, 180], [380, 600]]
    start = "0:01.5"                # from 1.5 s after the first frame ...
    end = 4                         # ... up to, not including, 4 s

    [[box]]
    x = 0
    y = 0
    width = 64
    height = 64
    start_frame = 12                # frames 12 to 29, the first frame being 0
    end_frame = 30

The JSON form has the same keys: ``{"box": [{"x": 1700, ...}], "polygon": [...]}``. Coordinates are those of the upright
picture; (0, 0) is the top left corner of its top left pixel. A pixel belongs to a shape when its centre does.
"""

from __future__ import annotations

import datetime
import difflib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from stranet.errors import HoleError
from stranet.types import HoleArray, Size

_TOP_KEYS = ("size", "box", "polygon")
_TIME_KEYS = ("start", "end", "start_frame", "end_frame")
_BOX_KEYS = ("x", "y", "width", "height")
_CLOCK = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?)")
"""[[hours:]minutes:]seconds[.fraction]"""


@dataclass(frozen=True)
class Shape:
    """A polygon and the time when it is a hole."""

    points: tuple[tuple[float, float], ...]
    """Corners (x, y)."""
    start: Fraction | None = None
    """Seconds from the first frame; None = from the beginning."""
    end: Fraction | None = None
    """Seconds from the first frame, exclusive; None = to the end."""
    start_frame: int | None = None
    """First frame; None = from the beginning."""
    end_frame: int | None = None
    """Frame after the last; None = to the end."""

    def active(self, index: int, time: Fraction) -> bool:
        """Whether the shape counts in frame ``index``, ``time`` seconds after the first frame."""
        return (
            (self.start is None or time >= self.start)
            and (self.end is None or time < self.end)
            and (self.start_frame is None or index >= self.start_frame)
            and (self.end_frame is None or index < self.end_frame)
        )


@dataclass(frozen=True)
class ShapeList:
    """The content of a shape file."""

    shapes: tuple[Shape, ...]
    size: Size | None = None
    """Resolution in which the corners are given; None = that of the upright video."""

    @classmethod
    def load(cls, path: Path) -> ShapeList:
        """Read a ``.toml`` or ``.json`` file.

        Raises:
            HoleError: it cannot be read, or says something that is not understood.
        """
        try:
            text = path.read_text("utf-8-sig")
            table = (
                json.loads(text, parse_float=Decimal)
                if path.suffix.lower() == ".json"
                else tomllib.loads(text, parse_float=Decimal)
            )
        except (OSError, ValueError) as error:  # both parsers' errors are ValueErrors
            raise HoleError(f"{path}: cannot be read as a list of shapes: {error}") from error
        try:
            return _parse(table)
        except HoleError as error:
            raise HoleError(f"{path}: {error}") from None

    def active(self, index: int, time: Fraction) -> tuple[Shape, ...]:
        """The shapes that count in a frame."""
        return tuple(shape for shape in self.shapes if shape.active(index, time))


def draw(shapes: Iterable[Shape], size: Size, scale: tuple[float, float] = (1, 1)) -> HoleArray:
    """(H, W) bool: True where a pixel's centre lies in any of the shapes (even-odd rule); corners are scaled first."""
    canvas = np.zeros((size.height, size.width), bool)
    for shape in shapes:
        canvas |= _fill(np.array(shape.points, float) * scale, size)
    return canvas


def parse_time(value: object) -> Fraction:
    """Seconds, exactly: a number, "seconds", "minutes:seconds" or "hours:minutes:seconds", with or without a fraction.

    Raises:
        HoleError: it is none of these.
    """
    if isinstance(value, datetime.time):  # an unquoted 00:01:30 in TOML
        value = value.isoformat()
    if isinstance(value, str) and (match := _CLOCK.fullmatch(value.strip())):
        hours, minutes, seconds = match.groups()
        return 3600 * int(hours or 0) + 60 * int(minutes or 0) + Fraction(seconds)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite():
        return Fraction(str(value))
    raise HoleError(f"{value!r} is no time; write seconds, or [hours:]minutes:seconds such as 0:01.5")


def _fill(points: np.ndarray, size: Size) -> HoleArray:
    """Scan conversion: every edge toggles the columns to its right on the rows whose centre it crosses."""
    toggles = np.zeros((size.height, size.width + 1), bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        first, last = (int(np.clip(np.ceil(y - 0.5), 0, size.height)) for y in (y0, y1))
        if first == last:
            continue
        rows = np.arange(first, last)
        crossings = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
        toggles[rows, np.clip(np.ceil(crossings - 0.5), 0, size.width).astype(int)] ^= True
    return np.logical_xor.accumulate(toggles[:, :-1], axis=1)


def _parse(table: Any) -> ShapeList:
    if not isinstance(table, dict):
        raise HoleError('expected "box" and "polygon" lists at the top level')
    _check_keys("the top level", table, _TOP_KEYS)
    shapes: list[Shape] = []
    for kind, read in (("box", _box), ("polygon", _polygon)):
        entries = table.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise HoleError(f"{kind} must be a list of tables, written [[{kind}]] in TOML")
        for number, entry in enumerate(entries, 1):
            try:
                shapes.append(Shape(read(entry), **_times(entry)))
            except HoleError as error:
                raise HoleError(f"{kind} {number}: {error}") from None
    if not shapes:
        raise HoleError("there is no box and no polygon in it")
    size = None
    if "size" in table:
        width, height = _numbers("size", table["size"], 2)
        if min(width, height) < 1 or width % 1 or height % 1:
            raise HoleError("size must be [width, height] in whole pixels")
        size = Size(int(width), int(height))
    return ShapeList(tuple(shapes), size)


def _box(entry: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    _check_keys("a box", entry, _BOX_KEYS + _TIME_KEYS, required=_BOX_KEYS)
    x, y, width, height = _numbers("x, y, width and height", [entry[key] for key in _BOX_KEYS], 4)
    if width <= 0 or height <= 0:
        raise HoleError(f"width and height are {width:g} and {height:g}, but must be more than 0")
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def _polygon(entry: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    _check_keys("a polygon", entry, ("points", *_TIME_KEYS), required=("points",))
    points = entry["points"]
    if not isinstance(points, list) or len(points) < 3:
        raise HoleError("points must be a list of at least three [x, y]")
    return tuple((x, y) for x, y in (_numbers("a point", point, 2) for point in points))


def _times(entry: dict[str, Any]) -> dict[str, Any]:
    times: dict[str, Any] = {key: parse_time(entry[key]) for key in ("start", "end") if key in entry}
    for key in ("start_frame", "end_frame"):
        if key in entry:
            if type(entry[key]) is not int or entry[key] < 0:
                raise HoleError(f"{key} is {entry[key]!r}, but must be a whole number, 0 or more")
            times[key] = entry[key]
    for start, end in (("start", "end"), ("start_frame", "end_frame")):
        if start in times and end in times and times[end] <= times[start]:
            raise HoleError(f"{end} ({entry[end]}) must come after {start} ({entry[start]})")
    return times


def _numbers(name: str, values: Any, count: int) -> list[float]:
    valid = isinstance(values, list) and len(values) == count
    if not valid or not all(type(value) in (int, Decimal) and Decimal(value).is_finite() for value in values):
        raise HoleError(f"{name} must be {count} numbers")
    return [float(value) for value in values]


def _check_keys(where: str, table: dict[str, Any], known: tuple[str, ...], required: tuple[str, ...] = ()) -> None:
    for key in table:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, 1, 0)[0]
            raise HoleError(f"unknown key {key!r} in {where}; did you mean {nearest!r}? Known: {', '.join(known)}")
    if missing := [key for key in required if key not in table]:
        raise HoleError(f"{where} needs {' and '.join(missing)}")
