"""Folders of images, as a source and as an output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import DecodeError, OpenError
from stranet.types import Frame, HoleArray, Picture, RgbArray, Size
from stranet.video.color import FULL_RANGE, ColorSpec
from stranet.video.frame_range import FrameRange
from stranet.video.info import VideoInfo

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
DEFAULT_RATE = Fraction(25)
"""Frames per second that an image folder is taken for."""
_SRGB = 13
"""Transfer function of sRGB (H.273)."""


def list_images(folder: Path) -> list[Path]:
    """Images of a folder in natural order (frame2 before frame10), hidden files left out."""
    files = [file for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES and file.name[0] != "."]
    return sorted(files, key=lambda file: [(int(part), "") if part.isdigit() else (-1, part) for part in _parts(file)])


def read_image(path: Path) -> NDArray:
    """Read an image as it is: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16.

    Raises:
        OpenError: it cannot be read, or is no 8- or 16-bit image.
    """
    try:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error) as error:
        raise OpenError(f"{path}: cannot be read ({error})") from error
    if pixels is None:
        raise OpenError(f"{path}: empty, damaged or not an image")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise OpenError(f"{path}: {pixels.dtype} pixels; only 8- and 16-bit images can be used")
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 2:  # gray with alpha
        raise OpenError(f"{path}: gray with alpha; save it as RGBA")
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def write_png(path: Path, pixels: NDArray) -> None:
    """Write (H, W), (H, W, 3) RGB or (H, W, 4) RGBA pixels, uint8 or uint16.

    Raises:
        OSError: no space, or no permission.
    """
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    path.write_bytes(encoded.tobytes())


def as_rgb(pixels: NDArray) -> RgbArray:
    """(H, W, 3) RGB of an image as `read_image` gives it; alpha is left out."""
    rgb = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, :3])
    return rgb  # type: ignore[return-value]


def replace_in_image(pixels: NDArray, rgb: RgbArray, hole: HoleArray) -> NDArray:
    """A copy of an image with the pixels under ``hole`` taken from ``rgb``; gray stays gray, alpha stays as it is."""
    new = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) if pixels.ndim == 2 else rgb
    result = pixels.copy()
    if pixels.ndim == 2:
        np.copyto(result, new, where=hole)
    else:
        np.copyto(result[:, :, :3], new, where=hole[:, :, None])
    return result


class ImageReader:
    """Iterates the images of a folder as `Frame`s, in natural order of their names; `Frame.native` is the raw array.

    Args:
        path: the folder.
        start, end, limit: which images, see `FrameRange`.
        frame_rate: frames per second that the folder stands for.
    """

    damaged: str | None = None

    def __init__(
        self,
        path: str | Path,
        *,
        start: float | None = None,
        end: float | None = None,
        limit: int | None = None,
        frame_rate: Fraction = DEFAULT_RATE,
    ) -> None:
        self.range = FrameRange(start, end, limit)
        folder = Path(path)
        self.files = list_images(folder)
        if not self.files:
            raise OpenError(f"{folder}: no images ({', '.join(IMAGE_SUFFIXES)}) in this folder")
        first = read_image(self.files[0])
        deep = first.dtype == np.uint16
        self.info = VideoInfo(
            path=folder,
            kind="images",
            size=Size(first.shape[1], first.shape[0]),
            rotation=0,
            display_matrix=None,
            sample_aspect_ratio=None,
            time_base=1 / Fraction(frame_rate),
            first_pts=0,
            frame_rate=Fraction(frame_rate),
            frame_count_hint=len(self.files),
            duration=float(len(self.files) / Fraction(frame_rate)),
            pixel_format="rgb48le" if deep else "rgb24",
            bit_depth=16 if deep else 8,
            chroma_shift=(0, 0),
            color=ColorSpec(matrix=0, range=FULL_RANGE, primaries=1, transfer=_SRGB, full=True),
            codec="images",
            audio_tracks=0,
            subtitle_tracks=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        pass  # no file stays open between images

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames of the range.

        Raises:
            OpenError: an image cannot be read.
            DecodeError: an image differs from the first in size or depth.
        """
        tick = self.info.time_base
        for index, file in self.range.select((index * tick, (index, file)) for index, file in enumerate(self.files)):
            pixels = read_image(file)
            rgb = as_rgb(pixels)
            size = Size(rgb.shape[1], rgb.shape[0])
            if size != self.info.size or rgb.itemsize * 8 != self.info.bit_depth:
                raise DecodeError(
                    f"{file}: {size} with {rgb.itemsize * 8} bits, but the first image is {self.info.size} with "
                    f"{self.info.bit_depth} bits; make them all alike"
                )
            yield Frame(index, index, tick, Picture(rgb), pixels)


class ImageWriter:
    """Writes every frame as a PNG file, 8 or 16 bits deep, named after its source image or its number."""

    def __init__(self, folder: Path, source: object) -> None:
        self._folder = folder
        self._names: list[str] = []
        if isinstance(source, ImageReader):
            stems = [file.stem for file in source.files]
            self._names = stems if len(set(stems)) == len(stems) else []

    def write(self, frame: Frame, rgb: RgbArray | None, hole: HoleArray | None) -> None:
        """Write a frame, its pixels under ``hole`` taken from ``rgb``."""
        pixels = frame.native if isinstance(frame.native, np.ndarray) else frame.rgb
        if rgb is not None and hole is not None:
            pixels = replace_in_image(pixels, rgb, hole)
        name = self._names[frame.index] if self._names else f"frame_{frame.index:06d}"
        write_png(self._folder / f"{name}.png", pixels)

    def finish(self, *, damaged: bool) -> None:
        """Nothing is left to do: every file is complete."""

    def abort(self) -> None:
        """Nothing is open."""


def _parts(file: Path) -> list[str]:
    return re.findall(r"\d+|\D+", file.name)
