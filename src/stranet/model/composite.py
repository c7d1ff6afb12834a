"""Put the fill into the frame (paper section 3.3): hole pixels only, everything else bit for bit."""

from __future__ import annotations

import numpy as np

from stranet.pages import own_pages
from stranet.types import Box, HoleArray, RgbArray


def composite(frame: RgbArray, fill: np.ndarray, hole: HoleArray, box: Box) -> RgbArray:
    """A copy of the frame with its hole filled.

    Args:
        frame: (H, W, 3) integers.
        fill: (box height, box width, 3) float in [0, 1]; parts of the box beyond the frame are ignored.
        hole: (H, W) effective hole; what lies outside the box stays as it is.
        box: where ``fill`` lies in the frame.
    """
    top = np.iinfo(frame.dtype).max
    missing = hole[box.slices]
    values = np.rint(fill[: missing.shape[0], : missing.shape[1]][missing].clip(0, 1) * top)
    filled = own_pages(frame.shape, frame.dtype)
    filled[:] = frame
    filled[box.slices][missing] = values.astype(frame.dtype)
    return filled
