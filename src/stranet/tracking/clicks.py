"""What a click or a stroke says about its surroundings: it speaks for what lies near by and is not fenced off from it.

So a mask is corrected where it is clicked on, up to the next edge, and nowhere else.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.barrier import barrier_colours, barrier_distance
from stranet.tracking.graph_cut import cut
from stranet.tracking.marks import LocalMarks
from stranet.tracking.region import Region
from stranet.types import HoleArray, Size

Floats = NDArray[np.floating]

BARRIER = 10.0
"""Lab levels, over all channels, at which a barrier halves what a click says about what is behind it."""
FAR = 0.2
"""Distance, in multiples of the object's size, at which it is halved as well."""
CLICK = 8.0
"""Log odds right where it is clicked."""
KEPT = 3.0
"""Log odds of a mask that is being corrected."""
TOUCHED = 0.1
"""Where a click says less than this, a mask that is being corrected stays as it is."""


def clicked(lab: Floats, marks: LocalMarks, extent: float) -> Floats:
    """(h, w) log odds from points and strokes, -``CLICK`` to ``CLICK``; for the arguments see `spoken_for`."""
    return CLICK * (spoken_for(lab, marks.yes, extent) - spoken_for(lab, marks.no, extent))


def corrected(rgb: NDArray[np.uint8], region: Region, before: HoleArray, marks: LocalMarks, extent: float) -> HoleArray:
    """A mask that points and strokes have changed near them, (H, W) bool.

    Args:
        rgb: (H, W, 3).
        region: the part of the frame that is looked at.
        before: (H, W) bool.
        marks: on the grid of the region.
        extent: see `spoken_for`.
    """
    lab: Floats = cv2.cvtColor(region.cut(rgb).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)  # type: ignore[assignment]
    says = clicked(lab, marks, extent)
    log_odds = np.where(region.cut_hole(before), np.float32(KEPT), np.float32(-KEPT)) + says
    log_odds[marks.yes], log_odds[marks.no] = CLICK, -CLICK
    touched = np.abs(says) > TOUCHED * CLICK
    frame = Size(before.shape[1], before.shape[0])
    found, where = (region.paste(each, frame) for each in (cut(log_odds, lab, marks.no), touched))
    return np.where(where, found, before)


def spoken_for(lab: Floats, clicked: HoleArray, extent: float) -> Floats:
    """How much each pixel is meant by what was clicked.

    Args:
        lab: (h, w, 3) CIE Lab.
        clicked: (h, w) bool.
        extent: the object's size in pixels.

    Returns:
        (h, w), 1 where clicked, falling towards 0 with distance and with what lies between; zeros without a click.
    """
    height, width = clicked.shape
    if not clicked.any():
        return np.zeros((height, width), np.float32)
    colours = barrier_colours(lab)
    seeds = cv2.resize(clicked.astype(np.float32), colours.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
    barrier = cv2.resize(barrier_distance(colours, seeds), (width, height))
    away = cv2.distanceTransform((~clicked).view(np.uint8), cv2.DIST_L2, 3)
    return np.exp2(-((barrier / BARRIER) ** 2) - (away / (FAR * extent)) ** 2).astype(np.float32)
