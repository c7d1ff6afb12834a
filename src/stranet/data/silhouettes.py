"""Object silhouettes: the shapes of holes and of things that move."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from stranet.data.stored import StoredFile, find_files
from stranet.errors import OpenError
from stranet.types import HoleArray

Silhouette = tuple[HoleArray, ...]
"""One object: (h, w) bool shapes, cropped, each with at least one True; several in order of time where it moves."""
SUFFIXES = (".png", ".bmp", ".tif", ".tiff")
NUMBERED = re.compile(r"^(?:(.+)-)?\d{5}(?:-(\d+))?$")
"""A frame number of five digits, perhaps a name before it, and perhaps the number of the object behind it."""
MOVING_SHARE = 0.4
"""How often an object with several shapes is drawn, where a source holds both kinds."""


class SilhouetteSource(Protocol):
    """Something that objects are drawn from."""

    def draw(self, rng: np.random.Generator) -> Silhouette:
        """A random object."""
        ...


class StoredSilhouettes:
    """Silhouettes from folders and .tar archives: images whose bright pixels are the object.

    Names in one folder that differ in a frame number of five digits only, as in ``camel-00004-1.png`` and
    ``camel-00008-1.png`` or ``00004.png`` and ``00008.png``, belong to one moving object; the number behind the frame
    number, if there is one, tells the objects of one video apart.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """
        Args:
            paths: folders, looked into recursively, .tar archives and files.

        Raises:
            OpenError: a path is missing or holds no image.
        """
        groups: dict[tuple[str, ...], list[StoredFile]] = {}
        for file in find_files(paths, SUFFIXES, "silhouettes"):
            groups.setdefault(_object(file), []).append(file)
        self._still = [files for files in groups.values() if len(files) == 1]
        self._moving = [files for files in groups.values() if len(files) > 1]

    def __len__(self) -> int:
        """How many objects there are."""
        return len(self._still) + len(self._moving)

    def draw(self, rng: np.random.Generator) -> Silhouette:
        """A random object.

        Raises:
            OpenError: a file is damaged or empty.
        """
        moving = rng.random() < MOVING_SHARE if self._still and self._moving else bool(self._moving)
        objects = self._moving if moving else self._still
        return tuple(_decode(file) for file in objects[rng.integers(len(objects))])


class ProceduralSilhouettes:
    """Made-up shapes: blobs that change, strokes of a brush, boxes."""

    SIDE = 128
    """Of the square in which they are drawn, pixels."""
    STEPS = 6
    """Shapes of a blob."""

    def draw(self, rng: np.random.Generator) -> Silhouette:
        kind = rng.choice(3, p=(0.5, 0.3, 0.2))
        shapes = (self._blob, self._stroke, self._box)[kind](rng)
        return tuple(crop_shape(shape) for shape in shapes)

    def _blob(self, rng: np.random.Generator) -> list[HoleArray]:
        """A closed curve whose radius is a random Fourier series; its phases drift."""
        angles = np.linspace(0, 2 * np.pi, 96, endpoint=False)
        orders = np.arange(1, 7)
        strength, phase = rng.normal(0, 0.35, 6) / orders, rng.uniform(0, 2 * np.pi, 6)
        drift, stretch = rng.normal(0, 0.25, 6), rng.uniform(0.4, 1.0, 2)
        shapes: list[HoleArray] = []
        for step in range(self.STEPS):
            wave = (strength[:, None] * np.cos(orders[:, None] * angles + (phase + step * drift)[:, None])).sum(0)
            radius = self.SIDE * 0.3 * np.exp(wave.clip(-1, 0.6))
            curve = self.SIDE / 2 + radius[:, None] * np.stack((np.cos(angles), np.sin(angles)), -1) * stretch
            canvas = np.zeros((self.SIDE, self.SIDE), np.uint8)
            cv2.fillPoly(canvas, [np.rint(curve).astype(np.int32)], 1)
            shapes.append(canvas.view(bool))
        return shapes

    def _stroke(self, rng: np.random.Generator) -> list[HoleArray]:
        canvas = np.zeros((self.SIDE, self.SIDE), np.uint8)
        points = rng.uniform(0.15, 0.85, (rng.integers(2, 6), 2)) * self.SIDE
        cv2.polylines(canvas, [np.rint(points).astype(np.int32)], False, 1, int(rng.integers(8, 24)))
        return [canvas.view(bool)]

    def _box(self, rng: np.random.Generator) -> list[HoleArray]:
        height, width = rng.integers(self.SIDE // 6, self.SIDE, 2)
        return [np.ones((height, width), bool)]


def crop_shape(shape: HoleArray) -> HoleArray:
    """The smallest rectangle that holds all of a shape."""
    x, y, width, height = cv2.boundingRect(shape.view(np.uint8))
    return shape[y : y + height, x : x + width]


def _object(file: StoredFile) -> tuple[str, ...]:
    """Equal for the shapes of one moving object, different for all others."""
    name, match = Path(file.name), NUMBERED.match(Path(file.name).stem)
    where = (str(file.path if file.offset else file.path.parent), str(name.parent))
    return (*where, "frames", match[1] or "", match[2] or "") if match else (*where, "still", name.name)


def _decode(file: StoredFile) -> HoleArray:
    gray = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise OpenError(f"{file}: not an image, or damaged; take it out")
    shape = gray > 127
    if not shape.any():
        raise OpenError(f"{file}: shows no silhouette (no pixel above 127); take it out")
    return crop_shape(shape)
