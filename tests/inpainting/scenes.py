"""Small moving scenes with holes, whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from textures import psnr, texture


@dataclass(frozen=True)
class Scene:
    """Frames as they were, and what is missing of them."""

    clean: list[np.ndarray]
    holes: list[np.ndarray]

    def blanked(self, seed: int = 0) -> list[np.ndarray]:
        """The frames with noise where they are missing."""
        rng = np.random.default_rng(seed)
        frames = [frame.copy() for frame in self.clean]
        for frame, hole in zip(frames, self.holes, strict=True):
            frame[hole] = rng.integers(0, np.iinfo(frame.dtype).max, (int(hole.sum()), 3), frame.dtype, endpoint=True)
        return frames

    def psnr(self, filled: Sequence[np.ndarray]) -> float:
        """Decibels inside the holes, over all frames."""
        return psnr(np.stack(filled), np.stack(self.clean), np.stack(self.holes))


def moving_hole(
    frames: int = 10,
    size: tuple[int, int] = (64, 48),
    pan: int = 0,
    seed: int = 0,
    box: tuple[int, int, int, int] = (6, 14, 12, 14),
    step: int = 4,
) -> Scene:
    """A camera that pans over a texture, and a box (x, y, width, height) that moves to the right in the picture."""
    width, height = size
    place = texture(height, width + pan * frames, seed)
    x, y, across, down = box
    clean, holes = [], []
    for index in range(frames):
        clean.append(np.ascontiguousarray(place[:, pan * index : pan * index + width]))
        hole = np.zeros((height, width), bool)
        hole[y : y + down, x + step * index : x + step * index + across] = True
        holes.append(hole)
    return Scene(clean, holes)


def swaying(scene: Scene, reach: float = 2.0) -> Scene:
    """The same with rows that sway to and fro, each in its own time: no homography brings two frames together."""
    clean = []
    for index, frame in enumerate(scene.clean):
        y, x = np.mgrid[: frame.shape[0], : frame.shape[1]].astype(np.float32)
        x += np.float32(reach) * np.sin(y / 24 + index)
        clean.append(cv2.remap(frame, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT))
    return Scene(clean, scene.holes)


def fill(scene: Scene, seed: int = 0, **options: object) -> list[np.ndarray]:
    """Everything that comes out."""
    return list(Inpainter(InpaintOptions(**options)).inpaint(scene.blanked(seed), scene.holes))


def same(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    """Bit for bit."""
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
