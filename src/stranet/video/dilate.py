"""From the user's mask to the effective hole: the only pixels that change."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError
from stranet.types import HoleArray, Size
from stranet.video.color import align_to_chroma

_PIXELS_PER_STEP = 128
"""Rows of the shorter side per pixel of automatic dilation."""


def auto_dilate(size: Size) -> int:
    """How far masks grow by default, in pixels: 4 at 480 rows, 8 at 1080, 17 at 2160, at least 1.

    Masks rarely reach the last blurred pixel of an object's edge, and that fringe grows with the resolution.
    """
    return max(1, round(min(size) / _PIXELS_PER_STEP))


def effective_hole(mask: HoleArray, dilate: int, chroma_shift: tuple[int, int]) -> HoleArray:
    """Grow a mask by a round margin, then to whole chroma blocks.

    Args:
        mask: (H, W) bool, stored orientation.
        dilate: margin in pixels: every pixel within this distance of the mask joins it; 0 = the mask itself.
        chroma_shift: log2 of the (width, height) of the pixels that share a chroma sample, see `VideoInfo`.

    Returns:
        (H, W) bool; the same array when nothing had to grow.

    Raises:
        ConfigError: ``dilate`` is negative.
    """
    if dilate < 0:
        raise ConfigError(f"dilate is {dilate}, but must be 0 or more pixels")
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return mask
    if dilate:
        # Only the mask's surroundings can change; on a large frame with a small mask that is most of the time saved.
        top, left = max(0, rows[0] - dilate), max(0, columns[0] - dilate)
        around = slice(top, rows[-1] + dilate + 1), slice(left, columns[-1] + dilate + 1)
        grown = np.zeros_like(mask)
        grown[around] = cv2.dilate(mask[around].view(np.uint8), _disc(dilate), borderValue=0).view(bool)  # type: ignore[call-overload]
        mask = grown
    return align_to_chroma(mask, chroma_shift)


def _disc(radius: int) -> NDArray[np.uint8]:
    """(2r + 1, 2r + 1): 1 where the distance from the centre is at most ``radius``."""
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)
