"""Pictures to look at: what went in, what each method made of it, and the truth; the hole's surroundings are zoomed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError
from stranet.evaluation.protocol import CutCase
from stranet.evaluation.regions import surroundings
from stranet.types import Box, HoleArray

COLUMNS = 5
"""Frames in a strip, spread evenly over the frames that have a hole."""
CELL = (480, 272)
"""Width and height of one picture in a strip, pixels."""
INSET = (216, 162)
"""Width and height of the zoomed part in a corner of it."""
WIDEST_ZOOM = 0.3
"""Of the frame's width."""
FRAME = (255, 220, 0)
"""Colour of the lines around what is zoomed."""
GAP = 4
"""White pixels between pictures."""

Uint8Array = NDArray[np.uint8]


def write_strip(path: Path, cut: CutCase, outputs: Mapping[str, Iterable[Uint8Array]]) -> None:
    """Write one PNG: a row for the input, for every method and for the truth, a column per chosen frame.

    Args:
        path: PNG to write; its folder is made.
        cut: The case.
        outputs: For every method its output frames, as many as the case has.
    """
    chosen = choose_frames(cut.holes)
    if not chosen:
        return
    rows: dict[str, Iterable[Uint8Array]] = {"input": outlined(cut), **outputs}
    if cut.has_truth:
        rows["truth"] = cut.truth
    windows = {index: zoom(cut.holes[index], WIDEST_ZOOM) for index in chosen}
    strips = [_row(name, frames, windows) for name, frames in rows.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), cv2.cvtColor(np.concatenate(strips), cv2.COLOR_RGB2BGR)):
        raise ConfigError(f"cannot write {path}; check the folder and the space on the disk")


def choose_frames(holes: list[HoleArray]) -> list[int]:
    """Up to ``COLUMNS`` positions of frames with a hole, the first and the last among them."""
    with_hole = [index for index, hole in enumerate(holes) if hole.any()]
    if len(with_hole) <= COLUMNS:
        return with_hole
    return [with_hole[round(i)] for i in np.linspace(0, len(with_hole) - 1, COLUMNS)]


def zoom(hole: HoleArray, widest: float = 1.0) -> Box:
    """The box of the hole's largest piece with a quarter of its size around it, widened to the shape of a cell.

    Args:
        hole: (H, W), not empty.
        widest: most that the box may take of the frame's width; of a larger piece it shows the middle.
    """
    height, width = hole.shape
    _, labels, pieces, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
    largest = 1 + np.argmax(pieces[1:, cv2.CC_STAT_AREA])  # piece 0 is what is not missing
    tight = surroundings(labels == largest, 0)
    wanted_width = max(1.5 * (tight.x1 - tight.x0), 1.5 * (tight.y1 - tight.y0) * CELL[0] / CELL[1], 48)
    if widest < 1:
        wanted_width = min(wanted_width, max(48, widest * width))
    wanted_height = wanted_width * CELL[1] / CELL[0]
    x0, x1 = _interval((tight.x0 + tight.x1) / 2, wanted_width, width)
    y0, y1 = _interval((tight.y0 + tight.y1) / 2, wanted_height, height)
    return Box(x0, y0, x1, y1)


def _interval(centre: float, length: float, limit: int) -> tuple[int, int]:
    """About ``length`` pixels around ``centre``, moved and cut to lie in [0, limit)."""
    whole = min(limit, round(length))
    start = min(max(0, round(centre - length / 2)), limit - whole)
    return start, start + whole


def outlined(cut: CutCase) -> Iterable[Uint8Array]:
    """Blanked frames with the hole's rim drawn in red."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    for frame, hole in zip(cut.blanked(), cut.holes, strict=True):
        rim = (cv2.dilate(hole.astype(np.uint8), cross) > 0) & ~hole
        yield np.where(rim[..., None], np.array((255, 0, 0), np.uint8), frame.astype(np.uint8, copy=False))


def _row(name: str, frames: Iterable[Uint8Array], windows: Mapping[int, Box]) -> Uint8Array:
    cells = [_cell(frame, windows[index]) for index, frame in enumerate(frames) if index in windows]
    row = np.concatenate(cells, axis=1)
    (width, height), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)
    cv2.rectangle(row, (0, 0), (width + 16, height + 16), (0, 0, 0), cv2.FILLED)
    cv2.putText(row, name, (8, height + 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return row


def _cell(frame: Uint8Array, window: Box) -> Uint8Array:
    """The frame with what is in the window enlarged in the corner farthest from it; a gap to its right and below."""
    whole, (left, top) = _fitted(frame, CELL)
    factor = whole.shape[1] / frame.shape[1]
    cell = np.full((CELL[1] + GAP, CELL[0] + GAP, 3), 255, np.uint8)
    corner, opposite = ((round(x * factor), round(y * factor)) for x, y in (window[:2], window[2:]))
    cv2.rectangle(whole, corner, opposite, FRAME, 1)
    inset, _ = _fitted(frame[window.slices], INSET)
    inset = cv2.copyMakeBorder(inset, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=FRAME).astype(np.uint8, copy=False)
    height, width = whole.shape[:2]
    tall, wide = min(inset.shape[0], height), min(inset.shape[1], width)
    y = height - tall if (window.y0 + window.y1) * factor < height else 0
    x = width - wide if (window.x0 + window.x1) * factor < width else 0
    whole[y : y + tall, x : x + wide] = inset[:tall, :wide]
    cell[top : top + height, left : left + width] = whole
    return cell


def _fitted(picture: Uint8Array, room: tuple[int, int]) -> tuple[Uint8Array, tuple[int, int]]:
    """The picture scaled to fit a room of (width, height), and where its corner goes for it to lie in the middle."""
    height, width = picture.shape[:2]
    factor = min(room[0] / width, room[1] / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    return scaled.astype(np.uint8, copy=False), ((room[0] - size[0]) // 2, (room[1] - size[1]) // 2)
