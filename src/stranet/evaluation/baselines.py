"""Simple methods that every table compares with. Each turns blanked frames and holes into filled frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray, RgbArray

Fill = Callable[[Iterable[RgbArray], Iterable[HoleArray]], Iterator[RgbArray]]
"""Blanked frames and their holes in, one filled frame for each out, in order."""

RADIUS = 5
"""Pixels around a point that OpenCV's inpainting looks at."""


def telea(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
    """OpenCV's fast marching inpainting (Telea 2004), every frame for itself."""
    for frame, hole in zip(frames, holes, strict=True):
        yield _inpaint(frame, hole, cv2.INPAINT_TELEA)


def navier_stokes(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
    """OpenCV's fluid-dynamics inpainting (Bertalmio et al. 2001), every frame for itself."""
    for frame, hole in zip(frames, holes, strict=True):
        yield _inpaint(frame, hole, cv2.INPAINT_NS)


def temporal_median(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
    """Median over all frames that show a pixel, without alignment: ideal for a camera on a tripod.

    Of an even number of values it is the lower middle one. What no frame shows is left to Telea.
    """
    video, masks = list(frames), list(holes)
    for frame, hole in zip(video, masks, strict=True):
        shown = ~np.stack([mask[hole] for mask in masks])  # (T, N) over the N pixels of this hole
        median, found = median_of_shown(np.stack([other[hole] for other in video]), shown)
        yield copy_into(frame, hole, median, found)


def nearest_visible(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
    """Each hole pixel from the frame nearest in time that shows it, without alignment; the earlier one of two.

    What no frame shows is left to Telea.
    """
    video, masks = list(frames), list(holes)
    for index, (frame, hole) in enumerate(zip(video, masks, strict=True)):
        values = frame[hole]  # (N, 3)
        found = np.zeros(len(values), bool)
        for other in sorted(range(len(video)), key=lambda i: (abs(i - index), i)):
            takes = ~found & ~masks[other][hole]
            values[takes] = video[other][hole][takes]
            found |= takes
            if found.all():
                break
        yield copy_into(frame, hole, values, found)


def median_of_shown(values: NDArray[Any], shown: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Median over the values that count, channel by channel; of an even number the lower middle one.

    Args:
        values: (T, N, 3).
        shown: (T, N), which of them count.

    Returns:
        (N, 3), and (N,): whether any value counts.
    """
    ordered = values.astype(np.int32)
    ordered[~shown] = np.iinfo(np.int32).max  # sorts behind everything that is shown
    ordered.sort(axis=0)
    count = shown.sum(axis=0)  # (N,)
    middle = np.maximum(count - 1, 0) // 2
    return np.take_along_axis(ordered, middle[None, :, None], axis=0)[0], count > 0


def copy_into(frame: RgbArray, hole: HoleArray, values: NDArray[Any], found: NDArray[np.bool_]) -> RgbArray:
    """Put ``values`` (N, 3) into the N hole pixels where ``found``, and Telea's fill into the others."""
    leftover = hole.copy()
    leftover[hole] = ~found
    filled = frame.copy()
    filled[hole & ~leftover] = values[found]
    return _inpaint(filled, leftover, cv2.INPAINT_TELEA)


def _inpaint(frame: RgbArray, hole: HoleArray, kind: int) -> RgbArray:
    if not hole.any():
        return frame
    painted = cv2.inpaint(frame, hole.astype(np.uint8), RADIUS, kind).astype(frame.dtype, copy=False)
    return np.where(hole[..., None], painted, frame)


BASELINES: dict[str, Fill] = {
    "telea": telea,
    "navier-stokes": navier_stokes,
    "temporal-median": temporal_median,
    "nearest-visible": nearest_visible,
}
