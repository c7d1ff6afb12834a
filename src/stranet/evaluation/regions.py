"""Parts of a frame that are looked at: the surroundings of a hole, its rim, and where two pictures differ."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import Box, HoleArray

RIM_SHARE = 1 / 216
"""Width of the rim as a share of the frame's width: 2 pixels at 432, 4 at 864, 8 at 1728."""


def surroundings(hole: HoleArray, margin: int) -> Box:
    """Bounding box of a hole, grown by ``margin`` pixels and kept inside the frame.

    Raises:
        ValueError: the hole is empty.
    """
    height, width = hole.shape
    box = Box.around(hole)
    if box is None:
        raise ValueError("the hole is empty")
    return Box(
        max(0, box.x0 - margin), max(0, box.y0 - margin), min(width, box.x1 + margin), min(height, box.y1 + margin)
    )


def rim_width(width: int) -> int:
    """Pixels of the rim in a frame of this width, at least 2."""
    return max(2, round(width * RIM_SHARE))


def rim(hole: HoleArray) -> HoleArray:
    """The hole's pixels within `rim_width` of one that is not missing: where a seam shows.

    The frame's own edge is no seam."""
    reach = rim_width(hole.shape[1])
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inner = cv2.erode(hole.astype(np.uint8), disc, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0  # type: ignore[call-overload]
    return hole & ~inner


def difference_box(one: NDArray[np.uint8], other: NDArray[np.uint8], margin: int) -> Box | None:
    """Bounding box of the pixels that differ, grown by ``margin``; None where none does."""
    differs = (one != other).any(axis=2)
    return surroundings(differs, margin) if differs.any() else None
