"""Put the fill into the frame (paper section 3.3): hole pixels only, everything else bit for bit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stranet.pages import own_pages
from stranet.types import Box, HoleArray, RgbArray


def composite(frame: RgbArray, fills: Iterable[tuple[Box, np.ndarray]], hole: HoleArray) -> RgbArray:
    """A copy of the frame with its hole filled, box by box.

    Args:
        frame: (H, W, 3) integers.
        fills: boxes of the frame, each with its (box height, box width, 3) float in [0, 1]; parts of a box beyond
            the frame are ignored. Taken one at a time, so that a generator holds one fill in memory.
        hole: (H, W) effective hole; what no box covers stays as it is.
    """
    top = np.iinfo(frame.dtype).max
    filled = own_pages(frame.shape, frame.dtype)
    filled[:] = frame
    for box, fill in fills:
        missing = hole[box.slices]
        values = np.rint(fill[: missing.shape[0], : missing.shape[1]][missing].clip(0, 1) * top)
        filled[box.slices][missing] = values.astype(frame.dtype)
    return filled
