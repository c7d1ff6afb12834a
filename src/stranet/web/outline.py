"""From marks on the page to prompts of the tracker, and what the marks of one frame mean, shown at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.types import HoleArray, Size
from stranet.web.marks import Mark, corners, paint
from stranet.web.strip import small_size

OUTLINE_PIXELS = 400 * 225
"""Of the picture on which marks are tried: about a second on one core."""


def prompts_of(marks: Iterable[Mark], size: Size) -> list[Prompt]:
    """Prompts for the tracker, in pixels of the upright picture; strokes are drawn at the size of small copies.

    Args:
        marks: of any frames.
        size: of the upright picture.
    """
    grouped: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        grouped.setdefault((mark.thing, mark.frame), []).append(mark)
    return [prompt for (thing, frame), group in grouped.items() for prompt in _prompts(thing, frame, group, size)]


def outline_of(
    rgb: NDArray[np.uint8],
    marks: Iterable[Mark],
    size: Size,
    before: HoleArray | None,
    chain: Sequence[NDArray[np.uint8]] = (),
) -> HoleArray:
    """What the marks of one frame mean: what the tracker would begin with.

    Args:
        rgb: (h, w, 3), a small copy of the frame.
        marks: all on that frame.
        size: of the upright picture, in whose pixels they are.
        before: (h, w) bool, what was tracked there; None = nothing.
        chain: small copies of other frames, see `read_chain`; none = motion is not known.

    Returns:
        (h, w) bool.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, (OUTLINE_PIXELS / (width * height)) ** 0.5)
    tried = Size(max(1, round(width * scale)), max(1, round(height * scale)))
    picture, *others = (cv2.resize(each, tried, interpolation=cv2.INTER_AREA) for each in (rgb, *chain))
    known = None if before is None else _resized(before, tried)
    by_thing: dict[str, list[Prompt]] = {}
    for prompt in prompts_of(marks, size):
        by_thing.setdefault(prompt.object, []).append(prompt.scaled(size, tried))
    found = np.zeros((tried.height, tried.width), bool)
    for prompts in by_thing.values():
        corrects = all(prompt.refines for prompt in prompts)
        kept = known if corrects and known is not None and known.any() else None
        found |= find_outline(picture, prompts, kept, others).hole  # type: ignore[arg-type]
    return _resized(found, Size(width, height))


def _prompts(thing: int, frame: int, marks: list[Mark], size: Size) -> list[Prompt]:
    name = str(thing + 1)
    prompts: list[Prompt] = []
    for mark in marks:
        if mark.kind == "box" and (box := corners(mark, size)) is not None:
            prompts.append(Prompt(name, frame, box=(box[0], box[1], box[2] - box[0], box[3] - box[1])))
    points = {remove: _points(marks, remove, size) for remove in (True, False)}
    strokes = [mark for mark in marks if mark.kind == "stroke"]
    if points[True] or points[False] or strokes:
        drawn, erased = _strokes(strokes, size)
        prompt_parts = {"points": points[True], "not_points": points[False], "strokes": drawn, "not_strokes": erased}
        if any(part is not None and len(part) for part in prompt_parts.values()):
            prompts.append(Prompt(name, frame, **prompt_parts))  # type: ignore[arg-type]
    return prompts


def _points(marks: list[Mark], remove: bool, size: Size) -> tuple[tuple[float, float], ...]:
    # The right and the bottom edge of the picture belong to its last pixels.
    last = size.width - 0.01, size.height - 0.01
    chosen = [mark.points[0] for mark in marks if mark.kind == "point" and mark.remove == remove]
    return tuple((min(max(x, 0.0), last[0]), min(max(y, 0.0), last[1])) for x, y in chosen)


def _strokes(strokes: list[Mark], size: Size) -> tuple[HoleArray | None, HoleArray | None]:
    """What the brush and what the eraser left in the end: a later stroke counts where it crosses an earlier one."""
    if not strokes:
        return None, None
    drawn_at = small_size(size)
    scale = drawn_at.width / size.width
    nothing = np.zeros((drawn_at.height, drawn_at.width), bool)
    drawn = paint(nothing, strokes, scale)
    touched = paint(nothing, [_as(stroke, True) for stroke in strokes], scale)
    erased = touched & ~drawn
    return (drawn if drawn.any() else None), (erased if erased.any() else None)


def _as(stroke: Mark, remove: bool) -> Mark:
    return Mark(stroke.kind, stroke.frame, stroke.thing, remove, stroke.points, stroke.radius)


def _resized(hole: HoleArray, size: Size) -> HoleArray:
    return cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) >= 0.5
