"""Temporal median of aligned frames: the classic background plate, as a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from stranet.evaluation.baselines import copy_into, median_of_shown
from stranet.evaluation.regions import surroundings
from stranet.geometry.homography import IDENTITY, compose
from stranet.geometry.scale import Scale
from stranet.model.flow import DISFlow
from stranet.model.low_frame import LowFrame
from stranet.model.registration import register_neighbours
from stranet.references import select_references
from stranet.types import HoleArray, RgbArray, Size

LOW_PIXELS = 480 * 270
REFERENCES = 20
"""As many as StraNet copies from by default."""


def aligned_median(frames: Iterable[RgbArray], holes: Iterable[HoleArray]) -> Iterator[RgbArray]:
    """Median over the frames that show a pixel, each brought onto the target by a homography.

    The homographies are those of StraNet's registration, chained from neighbour to neighbour. What no frame shows is
    left to Telea.
    """
    video, masks = list(frames), list(holes)
    steps = neighbour_steps(video, masks)
    for index, (frame, hole) in enumerate(zip(video, masks, strict=True)):
        if not hole.any() or len(video) == 1:
            yield copy_into(frame, hole, frame[hole], np.zeros(int(hole.sum()), bool))
            continue
        window = surroundings(hole, 0)
        inside = hole[window.slices]
        size = (window.x1 - window.x0, window.y1 - window.y0)
        shift = np.array([[1, 0, window.x0], [0, 1, window.y0], [0, 0, 1]], np.float64)
        values, shown = [], []
        for other in select_references(index, 0, len(video), REFERENCES):
            matrix = _between(steps, index, other) @ shift
            flags = cv2.WARP_INVERSE_MAP
            warped = cv2.warpPerspective(video[other], matrix, size, flags=flags | cv2.INTER_LINEAR)
            visible = (~masks[other]).astype(np.uint8) * 255
            seen = cv2.warpPerspective(visible, matrix, size, flags=flags | cv2.INTER_LINEAR)  # 0 beyond the frame
            values.append(warped[inside])
            shown.append(seen[inside] == 255)
        median, found = median_of_shown(np.stack(values), np.stack(shown))
        yield copy_into(frame, hole, median, found)


def neighbour_steps(video: list[RgbArray], masks: list[HoleArray]) -> list[np.ndarray]:
    """(3, 3) homography from every frame to the next, in full-resolution pixels; stillness where none fits."""
    scale = Scale.fit(Size(video[0].shape[1], video[0].shape[0]), LOW_PIXELS)
    factor = scale.factor
    enlarge = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]], np.float64)
    flow = DISFlow()
    steps: list[np.ndarray] = []
    earlier = LowFrame.of(video[0], masks[0], scale)
    for rgb, hole in zip(video[1:], masks[1:], strict=True):
        later = LowFrame.of(rgb, hole, scale)
        found = register_neighbours(flow, earlier, later).whole
        steps.append(IDENTITY if found is None else compose(enlarge @ found, np.linalg.inv(enlarge)))
        earlier = later
    return steps


def _between(steps: list[np.ndarray], index: int, other: int) -> np.ndarray:
    """(3, 3), frame ``index`` -> frame ``other``."""
    matrix = IDENTITY
    for step in steps[index:other]:
        matrix = compose(step, matrix)
    for step in reversed(steps[other:index]):
        matrix = compose(np.linalg.inv(step), matrix)
    return matrix
