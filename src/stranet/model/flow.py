"""Optical flow behind one interface (paper section 3.2, flow branch)."""

from __future__ import annotations

import math
import threading
from typing import NamedTuple, Protocol

import cv2
import numpy as np


class FlowEstimator(Protocol):
    """Dense backward flow."""

    def __call__(self, target: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """(h, w) uint8 twice -> (h, w, 2) float32: where in the reference, relative to itself, a pixel is found."""
        ...


PATCH = 8
"""Side of the patches of a search, in pixels of a scale."""


class Search(NamedTuple):
    """How thoroughly `DISFlow` searches."""

    finest: int
    """The finest scale: 0 = every pixel, and each further one halves that."""
    stride: int
    """Distance between patches, in pixels of a scale."""
    descents: int
    """Steps of gradient descent for every patch."""
    smoothings: int
    """Rounds of variational refinement of a scale."""


ROUGH = Search(finest=2, stride=4, descents=16, smoothings=5)
"""The library's own choice for speed: wrong by 0.1 to 0.2 pixels in the median."""
THOROUGH = Search(finest=1, stride=4, descents=16, smoothings=5)
"""Wrong by less than a tenth, at four times the time."""


class DISFlow:
    """OpenCV's dense inverse search (Kroeger et al. 2016): no weights, a few milliseconds at low resolution."""

    SMALLEST = 32
    """Shorter sides than this are padded: the coarsest level needs a whole patch."""

    LARGE = 512 * 512
    """Frames of more pixels than this get a search of their own: its buffers take hundreds of bytes a pixel."""

    def __init__(self, search: Search = THOROUGH) -> None:
        self._thoroughness = search
        self._searches = threading.local()  # a search works in buffers of its own, so every thread needs one

    def __call__(self, target: np.ndarray, reference: np.ndarray) -> np.ndarray:
        height, width = target.shape
        bottom, right = max(0, self.SMALLEST - height), max(0, self.SMALLEST - width)
        if bottom or right:
            target, reference = (
                cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE) for plane in (target, reference)
            )
        # The buffers of a search stay as large as the largest frame that it has ever seen.
        search = self._kept() if target.size <= self.LARGE else self._search()
        # Asked for a finest scale that a small frame does not have, a search takes every pixel, and does so ever after.
        search.setFinestScale(min(self._thoroughness.finest, coarsest(*target.shape)))
        flow = search.calc(np.ascontiguousarray(target), np.ascontiguousarray(reference), None)  # type: ignore[call-overload]
        return flow[:height, :width]

    def _kept(self) -> cv2.DISOpticalFlow:
        if not hasattr(self._searches, "dis"):
            self._searches.dis = self._search()
        return self._searches.dis

    def _search(self) -> cv2.DISOpticalFlow:
        search, wanted = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST), self._thoroughness
        search.setPatchStride(wanted.stride)
        search.setGradientDescentIterations(wanted.descents)
        search.setVariationalRefinementIterations(wanted.smoothings)
        return search


def coarsest(height: int, width: int) -> int:
    """The coarsest scale of OpenCV's search in a frame of this size, each side of which holds a patch."""
    shorter, longer = sorted((height, width))
    return min(math.floor(math.log2(longer / (4 * PATCH)) + 0.5), math.floor(math.log2(shorter / PATCH)))


def flow_where_both_show(
    estimate: FlowEstimator,
    target: np.ndarray,
    target_visible: np.ndarray,
    reference: np.ndarray,
    reference_visible: np.ndarray,
    reach: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Flow between a target and an already roughly aligned reference that never sees a blank.

    Dense flow follows the moving edge of a blanked hole, and its patches carry that some way out. So whatever only one
    of the two shows is shown to both, which pulls the flow there towards no motion, and vectors within ``reach`` pixels
    of either hole are not trusted.

    Args:
        target, reference: (h, w) uint8.
        target_visible, reference_visible: (h, w) bool.

    Returns:
        (h, w, 2) float32 flow and (h, w) bool trusted.
    """
    shown = np.where(target_visible, target, np.where(reference_visible, reference, target))
    found = np.where(reference_visible, reference, shown)
    flow = estimate(shown, found)
    return flow, ~grow(~(target_visible & reference_visible), reach)


def grow(region: np.ndarray, radius: int) -> np.ndarray:
    """(h, w) bool, grown by a disc of ``radius`` pixels."""
    if radius <= 0 or not region.any():
        return region
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(region.view(np.uint8), disc).view(bool)
