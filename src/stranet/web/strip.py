"""Strips: small copies of the frames of a video on disk, one JPEG each, so that any of them can be shown at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import DecodeError
from stranet.tracking.scene import LENGTH, chain_of
from stranet.types import HoleArray, Size
from stranet.video.images import as_rgb, read_image
from stranet.video.marked import read_mask
from stranet.video.reader import VideoReader
from stranet.video.shots import ShotDetector, thinned
from stranet.video.stage import ReadAhead

LONG_SIDE = 1280
"""Pixels of the longer side of a small copy, at most."""
QUALITY = 85
"""Of JPEG, 0 to 100."""


def frame_file(folder: Path, index: int) -> Path:
    """Where a strip keeps a frame."""
    return folder / f"{index:06d}.jpg"


def hole_file(folder: Path, index: int) -> Path:
    """Where a strip of holes keeps the hole of a frame."""
    return folder / f"{index:06d}.png"


def small_size(size: Size) -> Size:
    """The size of a small copy, with the same shape; never larger than the frame."""
    scale = min(1.0, LONG_SIDE / max(size))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def write_strip(
    video: Path,
    folder: Path,
    *,
    step: Callable[[int, float], object],
    max_seconds: float | None = None,
) -> list[float]:
    """Make the strip of a video file: upright frames, 8 bits.

    Args:
        video: the file.
        folder: where the copies go; it must exist.
        step: called after every frame with the frames done and the time of the frame; it may raise to stop.
        max_seconds: longer videos are refused.

    Returns:
        Times of the frames, seconds from the first.

    Raises:
        VideoError: the file is damaged, or too long.
    """
    times: list[float] = []
    with VideoReader(video) as reader, ReadAhead(reader.pictures()) as pictures:
        turns = -reader.info.rotation // 90
        size = small_size(reader.info.size)
        for time, picture in pictures:
            if max_seconds is not None and time > max_seconds:
                raise DecodeError(f"{video}: longer than {max_seconds / 60:g} minutes, which is the limit here")
            small = picture.reformat(width=size.width, height=size.height, format="bgr24", interpolation="AREA")
            upright = np.rot90(small.to_ndarray(), turns)
            data = _encoded(".jpg", np.ascontiguousarray(upright), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            frame_file(folder, len(times)).write_bytes(data)
            times.append(time)
            step(len(times), time)
    return times


def hole_png(hole: HoleArray, size: Size) -> bytes:
    """A small copy of an upright hole as PNG: white, opaque where something is to vanish and clear elsewhere."""
    small = hole.astype(np.uint8) * 255
    if (hole.shape[1], hole.shape[0]) != size:
        small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    marked = np.where(small >= 128, np.uint8(255), np.uint8(0))
    return _encoded(".png", cv2.merge([marked] * 4), [cv2.IMWRITE_PNG_COMPRESSION, 1])


def read_small(folder: Path, index: int) -> NDArray[np.uint8]:
    """A frame of a strip, (h, w, 3) RGB.

    Raises:
        OpenError: it is not there.
    """
    return as_rgb(read_image(frame_file(folder, index)))  # type: ignore[return-value]


def read_chain(folder: Path, index: int, count: int, rgb: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Small copies of frames of the same shot, ever farther away from a frame, on the side where there are more.

    Args:
        folder: of the strip.
        index: the frame.
        count: frames in the strip.
        rgb: (h, w, 3), the small copy of the frame.

    Returns:
        (h, w, 3) RGB each, as `stranet.tracking.outline.find_outline` looks at them.

    Raises:
        OpenError: a frame is not there.
    """
    later = _up_to_cut(folder, rgb, chain_of(index, index, count))
    if len(later) == LENGTH:
        return later
    return max(later, _up_to_cut(folder, rgb, chain_of(index, 0, index + 1)), key=len)


def write_hole(folder: Path, index: int, hole: HoleArray, size: Size) -> None:
    """Put a hole into a strip, see `hole_png`."""
    hole_file(folder, index).write_bytes(hole_png(hole, size))


def read_hole(folder: Path, index: int) -> HoleArray:
    """A hole of a strip, (h, w) bool.

    Raises:
        OpenError: it is not there.
    """
    return read_mask(hole_file(folder, index))


def _up_to_cut(folder: Path, rgb: NDArray[np.uint8], others: range) -> list[NDArray[np.uint8]]:
    detector, frames = ShotDetector(), []
    detector.push(thinned(rgb))
    for other in others:
        frame = read_small(folder, other)
        if detector.push(thinned(frame)):
            break
        frames.append(frame)
    return frames


def _encoded(suffix: str, pixels: NDArray, options: list[int]) -> bytes:
    _, data = cv2.imencode(suffix, pixels, options)
    return data.tobytes()
