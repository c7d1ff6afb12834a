"""Where work is needed: boxes around the pieces of a hole, so that cost follows the hole and not the frame."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import cv2
import numpy as np

from stranet.types import Box

GRID = 8
"""Boxes begin and end at multiples of this, but for the frame's own edge: then squares of 2, 4 and 8 positions, over
which means are taken, are whole ones, and those of 4 are the ones that an encoder has seen."""


def hole_boxes(hole: np.ndarray, margin: int) -> list[Box]:
    """Boxes that hold every hole position with its surroundings; boxes that overlap are merged.

    Args:
        hole: (h, w) bool.
        margin: how many positions around the hole a box takes in, at least.

    Returns:
        Boxes within (h, w), top to bottom; none where there is no hole.
    """
    height, width = hole.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8), connectivity=8)
    boxes = [
        Box(
            max(0, x - margin) // GRID * GRID,
            max(0, y - margin) // GRID * GRID,
            min(width, -(-(x + w + margin) // GRID) * GRID),
            min(height, -(-(y + h + margin) // GRID) * GRID),
        )
        for x, y, w, h in stats[1:count, :4].tolist()
    ]
    merged: list[Box] = []
    for box in boxes:
        while overlapping := [other for other in merged if _overlap(box, other)]:
            merged = [other for other in merged if other not in overlapping]
            box = Box(
                *(min(b[side] for b in (box, *overlapping)) for side in (0, 1)),
                *(max(b[side] for b in (box, *overlapping)) for side in (2, 3)),
            )
        merged.append(box)
    return sorted(merged, key=lambda box: (box.y0, box.x0))


def core(hole: np.ndarray, margin: int) -> Box:
    """The smallest box around all hole positions with some surroundings, within (h, w) of ``hole``, which has some."""
    height, width = hole.shape
    x, y, w, h = cv2.boundingRect(hole.view(np.uint8))
    return Box(max(0, x - margin), max(0, y - margin), min(width, x + w + margin), min(height, y + h + margin))


BAND_PIXELS = 512 * 1024
"""Full-resolution pixels that are worked on at once: a frame of 1080p with its usual holes is one band."""


class Band(NamedTuple):
    """Some rows of a box, at low resolution."""

    rows: Box
    """What is worked out, counted as the box is: with a row to each side, for upsampling reads a neighbour."""
    kept: Box
    """The part of it that counts, from its own corner."""


def bands(box: Box, factor: int, pixels: int = BAND_PIXELS) -> list[Band]:
    """A box in bands of about so many full-resolution pixels, from top to bottom; what they keep makes up the box."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    count = max(1, min(height, round(width * height * factor**2 / pixels)))
    edges = [box.y0 + height * part // count for part in range(count + 1)]
    cut: list[Band] = []
    for top, bottom in itertools.pairwise(edges):
        rows = Box(box.x0, max(box.y0, top - 1), box.x1, min(box.y1, bottom + 1))
        cut.append(Band(rows, Box(0, top - rows.y0, width, bottom - rows.y0)))
    return cut


def _overlap(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def moved(inner: Box, outer: Box) -> Box:
    """A box within another one, as a box of the frame."""
    return Box(inner.x0 + outer.x0, inner.y0 + outer.y0, inner.x1 + outer.x0, inner.y1 + outer.y0)
