"""From the user's mask to the effective hole: the only pixels that change."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError
from stranet.pages import own_pages
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
    # Only the mask's surroundings can change; on a large frame with a small mask that is most of the time saved.
    around = _surroundings(mask, dilate, chroma_shift)
    if around is None or (dilate == 0 and chroma_shift == (0, 0)):
        return mask
    part = mask[around]
    if dilate:
        part = cv2.dilate(part.view(np.uint8), _disc(dilate), borderValue=0).view(bool)  # type: ignore[call-overload]
    grown = own_pages(mask.shape, mask.dtype)
    grown[around] = align_to_chroma(part, chroma_shift)
    return grown


def _surroundings(mask: HoleArray, margin: int, chroma_shift: tuple[int, int]) -> tuple[slice, slice] | None:
    """Index of the mask's bounding box, grown by ``margin`` and to whole chroma blocks; None for an empty mask."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))  # type: ignore[call-overload]
    if not width:
        return None
    across, down = 1 << chroma_shift[0], 1 << chroma_shift[1]
    top, left = max(0, y - margin) // down * down, max(0, x - margin) // across * across
    bottom, right = -(-(y + height + margin) // down) * down, -(-(x + width + margin) // across) * across
    return slice(top, bottom), slice(left, right)


def _disc(radius: int) -> NDArray[np.uint8]:
    """(2r + 1, 2r + 1): 1 where the distance from the centre is at most ``radius``."""
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)
