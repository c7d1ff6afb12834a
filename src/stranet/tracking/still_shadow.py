"""The soft shadow of an object in one picture alone: ground that is darker than the lit ground around it.

How bright the ground would be is carried in from the surroundings, from ever fewer pixels: those that prove darker than
what is carried in are taken for shaded and left out of the next round.
"""

from __future__ import annotations

import cv2
import numpy as np

from stranet.tracking.appearance import Floats
from stranet.types import HoleArray

ROUNDS = 4
LIT = 0.93
"""Darker than this share of what is carried in is not lit."""
WIDTH = 0.5
"""Deviation over which brightness is carried, in multiples of the object's size."""
BLUR = 1.5
"""Pixels over which brightness is averaged: the grain of the ground does not count."""
STEEPEST = 0.12
"""Most that the brightness of a soft shadow changes from one pixel to the next, as a share of it."""


def shade(rgb: Floats, free: HoleArray, size: float) -> tuple[Floats, HoleArray]:
    """The lit ground as the surroundings suggest it.

    Args:
        rgb: (h, w, 3) linear light.
        free: (h, w) bool, the surroundings of the object, without the object.
        size: of the object, in pixels.

    Returns:
        (h, w, 3) linear light of the ground, and (h, w) bool where the picture changes softly.
    """
    smooth = cv2.GaussianBlur(rgb, (0, 0), BLUR)
    light = smooth.mean(-1)
    lit, ground = free.copy(), smooth
    for _ in range(ROUNDS):
        weight = lit.astype(np.float32)
        total = carried(smooth * weight[..., None], size)
        ground = total / (carried(weight, size) + 1e-4)[..., None]
        lit = free & (light > LIT * ground.mean(-1))
    across, down = (cv2.Sobel(light, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    soft = np.hypot(across, down) < STEEPEST * np.maximum(light, 0.02)
    return ground.astype(np.float32), soft


def carried(plane: Floats, size: float) -> Floats:
    """A wide blur, for which a coarse copy does."""
    step = max(1, int(WIDTH * size / 4))
    height, width = plane.shape[:2]
    small = (max(4, width // step), max(4, height // step))
    coarse = cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), max(0.5, WIDTH * size / step))
    return cv2.resize(coarse, (width, height))  # type: ignore[return-value]
