"""What the camera of the bench sees: two planes with the texture of photographs, at any resolution.

The photographs lie in the wheel of scikit-image and are in the public domain (CC0): "coffee" by Rachel Michetti,
"chelsea" by Stefan van der Walt, "gravel" and "grass" of CC0Textures. None of its code runs.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import StraNetError
from stranet.types import Size

MARGIN = 1.6
"""Sides of a plane over those of a frame; what lies beyond is mirrored."""
PHOTOGRAPHS = ("coffee.png", "chelsea.png", "gravel.png", "grass.png")
CLUMPS = ((0.18, 0.75, 0.10, 0.24), (0.52, 0.30, 0.07, 0.15), (0.83, 0.70, 0.12, 0.18))
"""Ellipses of the near plane: centre x, y and half axes, as shares of the plane."""


class Scenery(NamedTuple):
    """Two planes, the near one with holes to look through."""

    far: NDArray[np.uint8]
    """(h, w, 3) RGB, sides `MARGIN` times those of a frame."""
    near: NDArray[np.uint8]
    """(h, w, 4) RGB and how opaque it is."""


def make_scenery(size: Size) -> Scenery:
    """The planes for frames of a size. Coarse structure comes from one photograph, and detail down to the pixel from
    another, so that frames of every size are as rich as footage of that size.

    Raises:
        StraNetError: The photographs are not installed.
    """
    folder = photographs()
    coffee, chelsea, gravel, grass = (_read(folder / name) for name in PHOTOGRAPHS)
    plane = Size(round(size.width * MARGIN), round(size.height * MARGIN))
    return Scenery(_enriched(coffee, gravel, plane), np.dstack((_enriched(chelsea, grass, plane), _clumps(plane))))


def photographs() -> Path:
    """The folder in which they lie.

    Raises:
        StraNetError: scikit-image, which brings them, is not installed.
    """
    spec = find_spec("skimage")
    places = list(spec.submodule_search_locations or ()) if spec else []
    folder = Path(places[0]) / "data" if places else Path()
    if not places or not all((folder / name).is_file() for name in PHOTOGRAPHS):
        raise StraNetError("the clips need photographs of scikit-image; install them: pip install 'stranet[bench]'")
    return folder


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise StraNetError(f"{path}: not a picture; install scikit-image again")
    return picture.astype(np.uint8, copy=False)


def _enriched(photograph: NDArray[np.uint8], texture: NDArray[np.uint8], plane: Size) -> NDArray[np.uint8]:
    """(h, w, 3): the photograph enlarged over the plane, with the detail that it then lacks from the texture."""
    factor = max(plane.width / photograph.shape[1], plane.height / photograph.shape[0])
    coarse = cv2.resize(photograph, plane, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    levels = texture.astype(np.float32)
    detail = np.rint(0.7 * (levels - cv2.GaussianBlur(levels, (0, 0), max(2.0, 1.5 * factor)))).astype(np.int16)
    mirrored = np.concatenate((detail, detail[:, ::-1]), 1)
    mirrored = np.concatenate((mirrored, mirrored[::-1]), 0)
    times = -(-plane.height // mirrored.shape[0]), -(-plane.width // mirrored.shape[1]), 1
    everywhere = np.tile(mirrored, times)[: plane.height, : plane.width]
    return (coarse + everywhere).clip(0, 255).astype(np.uint8)


def _clumps(plane: Size) -> NDArray[np.uint8]:
    """(h, w): where the near plane is opaque, with an edge as soft as a lens makes it."""
    shape = np.zeros((plane.height, plane.width), np.uint8)
    for x, y, across, down in CLUMPS:
        centre = round(x * plane.width), round(y * plane.height)
        axes = round(across * plane.width), round(down * plane.height)
        cv2.ellipse(shape, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(shape, (3, 3), 0).astype(np.uint8, copy=False)
