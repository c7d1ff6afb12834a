"""Motion between neighbouring frames: dense flow, and the camera's part in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.geometry.homography import IDENTITY, apply_homography, is_plausible
from stranet.types import HoleArray, Size

Floats = NDArray[np.float32]

PIXELS = 427 * 240
"""Flow is worked out at no more than about so many pixels."""
SPACING = 8
"""Every so many pixels a flow vector takes part in the fit of the camera's motion."""
CLEARANCE = 9
"""Flow within about half as many pixels of the object belongs to it, not to the camera."""
SMALLEST = 32
"""Shorter sides than this are padded: the coarsest level of the search needs a whole patch."""


class Flow:
    """Backward flow from a frame to its neighbour, and the camera's homography, on a reduced copy.

    Args:
        size: of the frames.
    """

    def __init__(self, size: Size) -> None:
        self._scale = min(1.0, (PIXELS / (size.width * size.height)) ** 0.5)
        self._size = max(16, round(size.width * self._scale)), max(16, round(size.height * self._scale))
        self._ratio = np.array((self._size[0] / size.width, self._size[1] / size.height), np.float32)
        # The medium preset is worth 0.03 IoU over the fast one: flow is what carries the mask.
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def reduced(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W, 3) -> (h, w) gray."""
        return cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), self._size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

    def between(self, target: NDArray[np.uint8], reference: NDArray[np.uint8]) -> Floats:
        """(h, w) gray twice -> (h, w, 2): where in the reference, relative to itself, a pixel is found."""
        height, width = target.shape
        bottom, right = max(0, SMALLEST - height), max(0, SMALLEST - width)
        if bottom or right:
            target, reference = (
                cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE)  # type: ignore[misc]
                for plane in (target, reference)
            )
        return self._search.calc(target, reference, None)[:height, :width]  # type: ignore[call-overload, return-value]

    def sampled(self, flow: Floats, places: Floats) -> Floats:
        """Flow in frame pixels at (..., 2) places of the frame."""
        low = (places + 0.5) * self._ratio - 0.5
        found = cv2.remap(flow, low.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
        return found / self._ratio

    def sampled_plane(self, plane: Floats, places: Floats) -> Floats:
        """A plane at the reduced size, at (h, w, 2) places of the frame."""
        low = ((places + 0.5) * self._ratio - 0.5).astype(np.float32)
        return cv2.remap(plane, low, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload, return-value]

    def carried(self, hole: HoleArray, flow: Floats) -> HoleArray:
        """A mask of the reference as it appears in the target, (h, w) bool at the reduced size."""
        small = cv2.resize(hole.astype(np.float32), self._size, interpolation=cv2.INTER_AREA)
        height, width = flow.shape[:2]
        places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32) + flow
        return cv2.remap(small, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) > 0.5  # type: ignore[call-overload]

    def enlarged(self, rect: tuple[float, ...]) -> tuple[float, float, float, float]:
        """(x, y, width, height) at the reduced size -> in frame pixels."""
        x, y, width, height = rect
        across, down = (float(value) for value in self._ratio)
        return x / across, y / down, width / across, height / down

    def camera(self, flow: Floats, objects: HoleArray) -> NDArray[np.float64]:
        """(3, 3) homography, in reduced pixels, of what is not the object; the identity where none fits.

        Args:
            flow: (h, w, 2).
            objects: (H, W) bool, where the object is.
        """
        height, width = flow.shape[:2]
        small = cv2.resize(objects.view(np.uint8), (width, height), interpolation=cv2.INTER_AREA)
        near = cv2.dilate(small, np.ones((CLEARANCE, CLEARANCE), np.uint8))
        rows, columns = np.mgrid[SPACING // 2 : height : SPACING, SPACING // 2 : width : SPACING]
        free = near[rows, columns] == 0
        rows, columns = rows[free], columns[free]
        if len(rows) < 20:
            return IDENTITY
        places = np.stack((columns, rows), -1).astype(np.float32)
        found, _ = cv2.findHomography(
            places, places + flow[rows, columns], cv2.USAC_MAGSAC, 1.0, maxIters=200, confidence=0.99
        )
        return found if found is not None and is_plausible(found, Size(width, height)) else IDENTITY

    def moved(self, homography: NDArray[np.float64], places: Floats) -> Floats:
        """(..., 2) places of the frame -> where the homography between reduced frames takes them, in frame pixels."""
        low = (places + 0.5) * self._ratio - 0.5
        return (apply_homography(homography, low) + 0.5) / self._ratio - 0.5
