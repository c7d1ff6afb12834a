"""Masks as files of every kind, and the holes that come out of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from stranet.types import Frame, Picture, Size
from stranet.video.holes import HoleSource
from stranet.video.info import VideoInfo

SIZE = Size(64, 48)
COUNT = 8
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def masks(count: int = COUNT, size: Size = SIZE) -> list[np.ndarray]:
    """A block that moves and touches neither two borders nor the middle: no turn or flip leaves it the same."""
    found = []
    for index in range(count):
        mask = np.zeros((size.height, size.width), bool)
        mask[4 : 4 + size.height // 4, 2 + 4 * index : 2 + 4 * index + size.width // 8] = True
        found.append(mask)
    return found


def write_video(path: Path, pictures, *, codec="ffv1", pixel_format="gray", options=None, matrix=None, rate=25) -> Path:
    """(H, W) or (H, W, 3 | 4) uint8 arrays as a video."""
    names = {2: "gray", 3: "rgb24", 4: "rgba"}
    pictures = [np.ascontiguousarray(picture) for picture in pictures]
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate, options=options or {}, width=width, height=height)
        stream.pix_fmt = pixel_format
        stream.set_display_matrix(matrix)
        for picture in pictures:
            name = names[picture.shape[2] if picture.ndim == 3 else 2]
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, name).reformat(format=pixel_format)))
        output.mux(stream.encode(None))
    return path


def write_folder(path: Path, pictures, suffix: str = ".png") -> Path:
    path.mkdir()
    for index, picture in enumerate(pictures):
        cv2.imwrite(str(path / f"mask{index + 1}{suffix}"), picture)  # mask2 comes before mask10
    return path


def write_masks(folder: Path, kind: str, count: int, suffix: str = ".mkv") -> Path:
    """``count`` masks as a "folder" or a "video"."""
    pictures = list(map(white, (masks() * 2)[:count]))
    if kind == "folder":
        return write_folder(folder / "mask", pictures)
    codec, pixel_format = ("ffv1", "gray") if suffix == ".mkv" else ("libx264", "yuv420p")
    return write_video(folder / f"mask{suffix}", pictures, codec=codec, pixel_format=pixel_format)


def white(mask: np.ndarray) -> np.ndarray:
    return mask.astype(np.uint8) * 255


def frames_of(info: VideoInfo, indices=range(COUNT)) -> list[Frame]:
    """Stand-ins for decoded frames, 1 / 25 s apart."""
    picture = Picture(np.zeros((info.size.height, info.size.width, 3), np.uint8))
    step = round(Fraction(1, 25) / info.time_base)
    return [Frame(index, info.first_pts + index * step, info.time_base, picture) for index in indices]


def holes_of(path: Path, info: VideoInfo, indices=range(COUNT), **options) -> list[np.ndarray]:
    with HoleSource.open(path, info, **options) as source:
        return [hole for _, hole in source.pair(iter(frames_of(info, indices)))]


def assert_same(holes, expected) -> None:
    assert len(holes) == len(expected)
    for hole, wanted in zip(holes, expected, strict=True):
        assert hole.dtype == bool
        assert hole.flags.c_contiguous
        assert np.array_equal(hole, wanted)
