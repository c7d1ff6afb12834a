"""Homographies between frames.

Convention: (3, 3) float64 with H[2, 2] = 1, pixel centres at integers, (x, y) order, target -> reference:
``homography @ (x, y, 1)`` is where the target pixel (x, y) is found in the reference.
"""

from __future__ import annotations

import cv2
import numpy as np

from stranet.types import Box, Size

IDENTITY = np.eye(3)


def pixel_grid(box: Box) -> np.ndarray:
    """(h, w, 2) float32: the (x, y) of every pixel of the box."""
    x, y = np.meshgrid(np.arange(box.x0, box.x1, dtype=np.float32), np.arange(box.y0, box.y1, dtype=np.float32))
    return np.stack((x, y), axis=-1)


def corners(box: Box) -> np.ndarray:
    """(4, 2) float32 (x, y)."""
    return np.array([(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)], np.float32)


def apply_homography(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(..., 2) target positions -> (..., 2) float32 reference positions."""
    row = np.ascontiguousarray(points, np.float32).reshape(1, -1, 2)
    return cv2.perspectiveTransform(row, homography).reshape(points.shape) if row.size else row.reshape(points.shape)


def compose(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The homography that applies ``first`` and then ``second``."""
    product = second @ first
    return product / product[2, 2]


def is_plausible(homography: np.ndarray, size: Size) -> bool:
    """Whether the frame's corners keep their order and the area changes by less than a factor of four."""
    frame = np.array([[0, 0], [size.width, 0], [size.width, size.height], [0, size.height]], np.float32)
    depth = frame @ homography[2, :2] + homography[2, 2]
    if not np.isfinite(homography).all() or (depth <= 0.2).any():
        return False
    moved = apply_homography(homography, frame)
    area = cv2.contourArea(moved, oriented=True) / (size.width * size.height)
    return 0.25 < area < 4.0
