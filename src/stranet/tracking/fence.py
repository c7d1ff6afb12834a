"""How well each pixel of a box is fenced off from what is outside of it, and whether motion agrees."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.barrier import barrier_colours, barrier_distance
from stranet.types import HoleArray

Floats = NDArray[np.floating]

MOVES = 10.0
"""Lab levels to one unit of clearly moving, in the barrier."""
MOST = 0.375
"""Barriers count up to this share of the highest, above and below the threshold."""
AGREES = 0.15
"""The fence is believed in full when what it holds moves more often, by this share of pixels, than the rest does."""
DOUBTED = 0.2
"""Weight of a fence that motion contradicts."""


def fenced(lab: Floats, moving: Floats, outside: HoleArray) -> Floats:
    """Barrier towards the outside, against Otsu's threshold between low and high ones.

    Args:
        lab: (h, w, 3) CIE Lab.
        moving: (h, w), how clearly each pixel moves by itself, -1 to 2; 0 everywhere = not known.
        outside: (h, w) bool, certainly not the object.

    Returns:
        (h, w), -``MOST`` to ``MOST``; zeros where nothing is outside, or nothing is fenced off.
    """
    height, width = outside.shape
    colours = barrier_colours(lab)
    size = colours.shape[1::-1]
    channels = np.concatenate((colours, MOVES * cv2.resize(moving, size, interpolation=cv2.INTER_AREA)[..., None]), -1)
    seeds = cv2.resize(outside.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    barrier = barrier_distance(channels, seeds)
    inside = barrier[~seeds]
    if not seeds.any() or not inside.size or not inside.max():
        return np.zeros(outside.shape, np.float32)
    relative = barrier / max(float(np.percentile(inside, 95)), 1e-3)
    levels = (255 * relative.clip(0, 1)).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.clip(cv2.resize(relative, (width, height)) - threshold / 255, -MOST, MOST).astype(np.float32)


def agreement(fence: Floats, moving: Floats, outside: HoleArray) -> float:
    """How far a fence is to be believed, ``DOUBTED`` to 1.

    Where most of a box is background of uneven colour, the fence holds some of that instead of the object. Then what it
    holds moves no more often than the rest of the box.

    Args:
        fence: (h, w), see `fenced`.
        moving: (h, w), above 0 = moves by itself; 0 everywhere = not known, and the fence is believed.
        outside: (h, w) bool, outside of the box.
    """
    held, rest = ~outside & (fence > 0), ~outside & (fence <= 0)
    if not moving.any() or not held.any() or not rest.any():
        return 1.0
    more = float((moving[held] > 0).mean() - (moving[rest] > 0).mean())
    return min(1.0, max(DOUBTED, more / AGREES))
