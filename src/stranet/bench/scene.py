"""Frames of a moving camera, and a hole that moves through them: functions of the frame's number and nothing else."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.bench.scenery import Scenery, make_scenery
from stranet.types import HoleArray, Size

PARALLAX = 1.5
"""How much faster the near plane moves."""
NOISE = 2.0
"""Standard deviation of the sensor's noise, 8-bit levels."""
_SPARE = 64
"""Places to begin reading a sheet of noise from, along each axis."""


class Scene:
    """A camera that pans, turns, zooms and shakes a little over two planes."""

    def __init__(self, size: Size) -> None:
        """
        Args:
            size: of the frames.

        Raises:
            StraNetError: the photographs are not installed.
        """
        self._size, self._planes = size, make_scenery(size)
        sheet = np.random.default_rng(0).standard_normal((size.height + _SPARE, size.width + _SPARE, 3), np.float32)
        self._noise = np.rint(NOISE * sheet).astype(np.int8)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """(H, W, 3) RGB, frame ``index``."""
        planes: Scenery = self._planes
        far, near = self._seen(planes.far, index, 1.0), self._seen(planes.near, index, PARALLAX)
        opaque = near[..., 3:].astype(np.uint16)
        mixed = (near[..., :3] * opaque + far * (255 - opaque) + 127) // 255
        row, column = np.random.default_rng(index).integers(0, _SPARE, 2)
        noise = self._noise[row : row + self._size.height, column : column + self._size.width]
        return (mixed.astype(np.int16) + noise).clip(0, 255).astype(np.uint8)

    def _seen(self, plane: NDArray[np.uint8], index: int, faster: float) -> NDArray[np.uint8]:
        matrix = camera(index, self._size, faster)
        matrix[:, 2] += np.array((plane.shape[1] - 1, plane.shape[0] - 1)) / 2
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(plane, matrix, self._size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        return seen.astype(np.uint8, copy=False)


def camera(index: int, size: Size, faster: float = 1.0) -> NDArray[np.float64]:
    """(2, 3): pixel (x, y) of frame ``index`` -> offset from the middle of a plane, in pixels.

    Pans at up to 1 % of the width per frame and comes back, so that a clip may be of any length.

    Args:
        index: number of the frame.
        size: of the frame, in pixels.
        faster: factor on the displacement, for a nearer plane.
    """
    pan = (
        0.22 * _wave(index, 150) + 0.001 * _wave(index, 7.3),
        0.12 * _wave(index, 110, 1.0) + 0.001 * _wave(index, 5.9),
    )
    turn, zoom = math.radians(_wave(index, 130)), 1 + 0.05 * _wave(index, 170)
    cosine, sine = math.cos(turn) / zoom, math.sin(turn) / zoom
    linear = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([size.width - 1, size.height - 1]) / 2
    shift = faster * np.array((pan[0] * size.width, pan[1] * size.height)) - linear @ middle
    return np.column_stack((linear, shift))


def moving_hole(index: int, size: Size, share: float) -> HoleArray:
    """(H, W) bool: a blob that wobbles and wanders, of exactly ``share`` of the frame, whole chroma samples.

    Args:
        index: number of the frame.
        size: of the frame, in pixels; even.
        share: area over that of the frame, 0 to 1.
    """
    width, height = size.width // 2, size.height // 2
    across = (np.arange(width, dtype=np.float32) + 0.5) / width - (0.5 + 0.19 * _wave(index, 70))
    down = (np.arange(height, dtype=np.float32) + 0.5) / height - (0.5 + 0.14 * _wave(index, 52, 2.0))
    angle = np.arctan2(down[:, None], across[None])
    radius = 1 + 0.12 * np.sin(3 * angle + 0.1 * index) + 0.08 * np.sin(5 * angle - 0.07 * index)
    distance = np.hypot(down[:, None], across[None]) / radius
    count = max(1, round(share * distance.size))
    inside = np.zeros(distance.size, np.uint8)
    inside[np.argpartition(distance, count - 1, axis=None)[:count]] = 1
    return inside.reshape(height, width).repeat(2, 0).repeat(2, 1).view(bool)


def _wave(index: int, period: float, phase: float = 0.0) -> float:
    """-1 to 1."""
    return math.sin(2 * math.pi * index / period + phase)
