"""Decoded frames as arrays: one array per component, and replacing what lies in a hole.

Every video is worked on in a planar, little-endian pixel format, one plane per component. Packed formats (NV12, YUYV,
RGB24...) are unpacked once, without any loss, when they are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.errors import OpenError
from stranet.types import Box, HoleArray, RgbArray
from stranet.video.color import ColorSpec, rgb_to_samples, samples_to_rgb, whole_blocks

_PLANAR = re.compile(r"(yuvj?4\d\dp|yuva4\d\dp|gbrp|gbrap|gray)(\d+le)?")
_UNPACKED = {
    "yuv420p": ("nv12", "nv21"),
    "yuv422p": ("nv16", "yuyv422", "uyvy422", "yvyu422"),
    "yuv444p": ("nv24", "nv42"),
    "yuv420p10le": ("p010le", "p010be", "yuv420p10be"),
    "yuv422p10le": ("nv20le", "nv20be", "p210le", "y210le", "yuv422p10be"),
    "yuv444p10le": ("p410le", "yuv444p10be"),
    "yuv420p12le": ("p012le", "yuv420p12be"),
    "yuv420p16le": ("p016le", "p016be"),
    "gbrp": ("rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "0bgr"),
    "gbrap": ("rgba", "bgra", "argb", "abgr", "pal8"),
    "gbrp16le": ("rgb48le", "rgb48be", "bgr48le", "bgr48be"),
    "gbrap16le": ("rgba64le", "rgba64be", "bgra64le", "bgra64be"),
    "gray16le": ("gray16be",),
}
_WORKING = {packed: planar for planar, names in _UNPACKED.items() for packed in names}


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """What a planar pixel format looks like."""

    name: str
    bit_depth: int
    chroma_shift: tuple[int, int]
    """log2 of the (width, height) of the pixels that share one chroma sample."""
    is_rgb: bool
    planes: tuple[int, ...]
    """Plane of each colour component, in the order Y, U, V or R, G, B (alpha left out)."""


def working_format(name: str) -> str:
    """The planar format in which frames of pixel format ``name`` are worked on.

    Raises:
        OpenError: no format is known that would hold it without loss.
    """
    if _PLANAR.fullmatch(name):
        return name
    if name in _WORKING:
        return _WORKING[name]
    raise OpenError(f"pixel format {name} is not supported; convert the video to 4:2:0, 4:2:2, 4:4:4 or RGB first")


@cache
def pixel_layout(name: str) -> PixelLayout:
    """Describe a planar pixel format (one that `working_format` returns)."""
    pixel_format = av.VideoFormat(name, 64, 64)
    color = [component for component in pixel_format.components if not component.is_alpha]
    chroma = color[min(1, len(color) - 1)]  # gray has none and counts as 4:4:4
    shift = 7 - chroma.width.bit_length(), 7 - chroma.height.bit_length()  # 64 pixels: 6 doublings
    planes = tuple(component.plane for component in color)
    return PixelLayout(name, color[0].bits, shift, name.startswith("gbr"), planes)


def native_planes(native: av.VideoFrame) -> list[NDArray]:
    """Views of a frame's planes, in the order in which they are stored, alpha included.

    Returns:
        One (rows, columns) array per plane, uint8 or uint16, sharing memory with the frame; keep the frame alive.
    """
    return [_plane(native, number) for number in range(len(native.planes))]


def replace_hole(native: av.VideoFrame, rgb: RgbArray, hole: HoleArray, color: ColorSpec) -> None:
    """Replace the samples under a hole, in place; every other sample keeps its bits.

    Luma (and RGB) samples change where the hole is True, chroma samples where their whole block is. A buffer that the
    decoder or someone else still reads is copied first.

    Args:
        native: frame in a planar pixel format.
        rgb: (H, W, 3), the new pixels, in the type that the reader gave.
        hole: (H, W) bool.
        color: matrix and range of the video.
    """
    layout = pixel_layout(native.format.name)
    box = _bounding_box(hole, layout.chroma_shift)
    if box is None:
        return
    native.make_writable()
    crop, hole = rgb[box.slices], hole[box.slices]
    across, down = layout.chroma_shift
    if layout.is_rgb:
        samples, holes = _rescaled(crop, layout.bit_depth), [hole] * 3
    else:
        samples = rgb_to_samples(crop, color, layout.bit_depth, layout.chroma_shift)
        small = whole_blocks(hole, layout.chroma_shift)
        holes = [hole, small, small]
    for position, (number, values, where) in enumerate(zip(layout.planes, samples, holes, strict=False)):
        shift = (0, 0) if layout.is_rgb or position == 0 else (across, down)
        top, left = box.y0 >> shift[1], box.x0 >> shift[0]
        target = _plane(native, number)[top : top + where.shape[0], left : left + where.shape[1]]
        np.copyto(target, values, casting="unsafe", where=where)


def frame_to_rgb(native: av.VideoFrame, color: ColorSpec) -> RgbArray:
    """(H, W, 3), uint8 for 8-bit frames, uint16 over the full range for deeper ones; owns its memory."""
    layout = pixel_layout(native.format.name)
    planes = [_plane(native, number) for number in layout.planes]
    if len(planes) == 3 and not layout.is_rgb:
        return samples_to_rgb(planes, color, layout.bit_depth, layout.chroma_shift)
    rgb = cv2.merge(planes * 3 if len(planes) == 1 else planes)
    if 8 < layout.bit_depth < 16:
        rgb = cv2.transform(rgb, np.eye(3, dtype=np.float32) * (65535 / ((1 << layout.bit_depth) - 1)))
    return rgb  # type: ignore[return-value]


def copy_frame(native: av.VideoFrame, name: str) -> av.VideoFrame:
    """A copy under another name of the same layout (yuvj420p and full-range yuv420p hold the same samples)."""
    copy = av.VideoFrame(native.width, native.height, name)
    for target, source in zip(native_planes(copy), native_planes(native), strict=True):
        target[:] = source
    return copy


def _plane(native: av.VideoFrame, number: int) -> NDArray:
    plane = native.planes[number]
    dtype = np.uint8 if pixel_layout(native.format.name).bit_depth == 8 else np.dtype("<u2")
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, abs(plane.line_size))  # type: ignore[call-overload]
    if plane.line_size < 0:  # stored bottom up
        rows = rows[::-1]
    return rows[:, : plane.width * np.dtype(dtype).itemsize].view(dtype)


def _rescaled(rgb: RgbArray, bit_depth: int) -> list[NDArray]:
    """Split RGB into planes of ``bit_depth`` bits."""
    if rgb.dtype == np.uint16 and bit_depth < 16:
        top = (1 << bit_depth) - 1
        rgb = ((rgb.astype(np.uint32) * top + 32767) // 65535).astype(np.uint16)
    return [rgb[:, :, channel] for channel in range(3)]


def _bounding_box(hole: HoleArray, chroma_shift: tuple[int, int]) -> Box | None:
    """The hole's bounding box, grown to whole chroma blocks; None for an empty hole."""
    box = Box.around(hole)
    if box is None:
        return None
    across, down = chroma_shift
    x0, y0 = box.x0 >> across << across, box.y0 >> down << down
    x1, y1 = -(-box.x1 >> across) << across, -(-box.y1 >> down) << down
    return Box(x0, y0, min(x1, hole.shape[1]), min(y1, hole.shape[0]))
