"""Still images: the textures of synthetic clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.data.stored import find_files
from stranet.errors import OpenError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


class ImageSource(Protocol):
    """A number of still images."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """(H, W, 3) RGB; every image of a size of its own."""
        ...


class StoredImages:
    """Images from folders and .tar archives, decoded when they are asked for."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """
        Args:
            paths: folders, looked into recursively, .tar archives and files.

        Raises:
            OpenError: a path is missing or holds no image.
        """
        self._files = find_files(paths, SUFFIXES, "images")

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """(H, W, 3) RGB.

        Raises:
            OpenError: the file is damaged.
        """
        file = self._files[index]
        decoded = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR_RGB)
        if decoded is None:
            raise OpenError(f"{file}: not an image, or damaged; take it out")
        return decoded  # type: ignore[return-value]


class ProceduralImages:
    """Made-up textures with detail at every scale, edges and lines: nothing has to be downloaded."""

    def __init__(self, count: int = 1000, size: tuple[int, int] = (384, 512), seed: int = 0) -> None:
        """
        Args:
            count: how many there are.
            size: height and width.
            seed: of all of them.
        """
        self._count, self._size, self._seed = count, size, seed

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """(H, W, 3) RGB."""
        if not -self._count <= index < self._count:
            raise IndexError(f"image {index} of {self._count}")
        rng = np.random.default_rng((self._seed, index % self._count))
        picture = _texture(rng, *self._size)
        for _ in range(rng.integers(3, 9)):
            region = _region(rng, *self._size)
            picture = np.where(region[..., None], _texture(rng, *self._size), picture)
        for _ in range(rng.integers(0, 12)):
            ends = rng.integers(0, max(self._size), (2, 2)).tolist()
            colour = rng.integers(0, 256, 3).tolist()
            cv2.line(picture, ends[0], ends[1], colour, int(rng.integers(1, 6)), cv2.LINE_AA)
        return picture


def _texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Smooth random colours with octaves of finer and fainter detail, stretched in a random direction."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = rng.uniform(30, 225, 3)
    contrast, tint = rng.uniform(0.2, 1.2), rng.uniform(0.2, 1.0, 3).astype(np.float32)
    for octave in range(6):
        cells = (2 ** (octave + 1) * rng.uniform(0.5, 2.0, 2)).astype(int) + 2
        coarse = rng.uniform(-1, 1, (*cells, 1)).astype(np.float32) * tint
        picture += 70 * contrast / 1.5**octave * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return picture.clip(0, 255).astype(np.uint8)


def _region(rng: np.random.Generator, height: int, width: int) -> NDArray[np.bool_]:
    """(height, width): a random polygon or ellipse."""
    canvas = np.zeros((height, width), np.uint8)
    centre, reach = rng.uniform(0, (width, height)), rng.uniform(0.05, 0.3) * max(height, width)
    if rng.random() < 0.5:
        axes = (reach * rng.uniform(0.4, 1, 2)).astype(int).tolist()
        cv2.ellipse(canvas, centre.astype(int).tolist(), axes, rng.uniform(0, 180), 0, 360, 1, -1)
    else:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
        corners = centre + reach * np.stack((np.cos(angles), np.sin(angles)), -1)
        cv2.fillPoly(canvas, [corners.astype(np.int32)], 1)
    return canvas.view(bool)
