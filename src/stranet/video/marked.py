"""Which pixels of a mask picture say "remove this"."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray
from stranet.video.images import read_image

NOISE = 100
"""Of 255: less is compression noise in a lossy mask; a little under half, so that a label colour of 128 survives."""
_LOSSY_SUFFIXES = (".jpg", ".jpeg", ".webp")


def marked_pixels(color: NDArray, alpha: NDArray | None = None, *, lossy: bool, alpha_top: int = 255) -> HoleArray:
    """What a mask picture marks: where its alpha, if it is not opaque throughout, or else any colour, is not zero.

    Args:
        color: (H, W) or (H, W, 3), uint8 or uint16, full range of its type.
        alpha: (H, W), or None.
        lossy: compression may have left noise: only values that reach ``NOISE`` of 255 count.
        alpha_top: the value of opaque alpha.

    Returns:
        (H, W) bool.
    """
    if alpha is not None and (alpha < alpha_top).any():
        return alpha >= (alpha_top * NOISE / 255 if lossy else 1)
    highest_noise = np.iinfo(color.dtype).max * NOISE // 255 - 1 if lossy else 0
    return cv2.inRange(color, (0,) * 4, (highest_noise,) * 4) == 0  # type: ignore[return-value]


def read_mask(path: Path) -> HoleArray:
    """What an image file marks, (H, W) bool; JPEG and WebP count as lossy.

    Raises:
        OpenError: it cannot be read.
    """
    pixels = read_image(path)
    alpha = pixels[:, :, 3] if pixels.ndim == 3 and pixels.shape[2] == 4 else None
    color = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, :3])
    lossy = path.suffix.lower() in _LOSSY_SUFFIXES
    return marked_pixels(color, alpha, lossy=lossy, alpha_top=np.iinfo(pixels.dtype).max)
