"""Put the fill into the frame (paper section 3.3): hole pixels only, everything else bit for bit."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from stranet.pages import own_pages
from stranet.types import Box, HoleArray, RgbArray


def composite(frame: RgbArray, fills: Iterable[tuple[Box, np.ndarray]], hole: HoleArray) -> RgbArray:
    """A copy of the frame with its hole filled, box by box.

    Args:
        frame: (H, W, 3) integers.
        fills: boxes of the frame, each with its (3, box height, box width) float32 in [0, 1]; parts of a box beyond
            the frame are ignored. Taken one at a time, so that a generator holds one fill in memory.
        hole: (H, W) effective hole; what no box covers stays as it is.
    """
    filled = own_pages(frame.shape, frame.dtype)
    filled[:] = frame
    for box, fill in fills:
        missing = hole[box.slices]
        height, width = missing.shape
        values = cv2.merge([quantized(plane[:height, :width], frame.dtype) for plane in fill])
        cv2.copyTo(values, missing.view(np.uint8), filled[box.slices])
    return filled


def quantized(plane: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """(h, w) float32 in [0, 1], or beyond -> integers."""
    top = np.float32(np.iinfo(dtype).max)
    scaled = plane * top
    return np.rint(scaled, out=scaled).clip(0, top, out=scaled).astype(dtype)
