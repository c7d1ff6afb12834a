"""Colour: the tags of a video, and the way from its samples to RGB and back.

Both ways are our own and share one matrix, so that a pixel that was not changed comes back within rounding. swscale's
fast conversions lose a level of brightness on average, which would show as a darker fill.

Matrices, primaries and transfers are code points of ITU-T H.273, as FFmpeg and every container use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.pages import own_pages
from stranet.types import HoleArray, RgbArray, Size

UNSPECIFIED = 2
FULL_RANGE = 2
"""AVCOL_RANGE_JPEG: samples use every value. Anything else counts as limited (16..235 for 8-bit luma)."""

_LUMA_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
"""Conversion matrix -> weights of red and blue in luma; the others have no fixed weights."""
_SAME_MATRIX = {6: 5, 10: 9}
"""Code points with the weights of another one (SMPTE 170M = BT.601; BT.2020 constant luminance is treated as 9)."""
_HD_WIDTH, _HD_HEIGHT = 1280, 576
"""Untagged video at least this wide, or higher than this, is taken for BT.709, smaller for BT.601, as players do."""


@dataclass(frozen=True, slots=True)
class ColorSpec:
    """The colour tags of a video (kept as they are), and the matrix that its RGB is worked out with."""

    matrix: int = UNSPECIFIED
    """Tag: RGB <-> YUV matrix (1 = BT.709, 5 and 6 = BT.601, 9 = BT.2020, 0 = RGB, 2 = not said)."""
    range: int = 0
    """Tag: 2 = full, 1 = limited, 0 = not said."""
    primaries: int = UNSPECIFIED
    """Tag: colour primaries."""
    transfer: int = UNSPECIFIED
    """Tag: transfer function."""
    conversion: int = 5
    """The matrix in use: the tagged one, or the usual one for the frame size when there is no usable tag."""
    full: bool = False
    """The range in use: True when samples take every value of their depth (tagged so, or gray, or RGB)."""

    @classmethod
    def from_tags(
        cls, matrix: int, range: int, primaries: int, transfer: int, *, size: Size, pixel_format: str
    ) -> ColorSpec:
        """Keep the tags and choose the matrix and the range to convert with."""
        full = range == FULL_RANGE or pixel_format.startswith(("gray", "gbr", "yuvj"))
        usual = 1 if size.width >= _HD_WIDTH or size.height > _HD_HEIGHT else 5
        known = _SAME_MATRIX.get(matrix, matrix)
        return cls(matrix, range, primaries, transfer, known if known in _LUMA_WEIGHTS else usual, full)


def align_to_chroma(hole: HoleArray, chroma_shift: tuple[int, int]) -> HoleArray:
    """Grow a hole to whole blocks of pixels that share one chroma sample.

    Args:
        hole: (H, W) bool; blocks start at the top left corner and may be cut off at the right and at the bottom.
        chroma_shift: log2 of the block's (width, height): (1, 1) for 4:2:0, (0, 0) for 4:4:4 and RGB.

    Returns:
        (H, W) bool, True in every block that held a True; the same array when blocks are single pixels.
    """
    if chroma_shift == (0, 0):
        return hole
    height, width = hole.shape
    blocks = _any_in_block(hole, chroma_shift)
    return blocks.repeat(1 << chroma_shift[1], axis=0).repeat(1 << chroma_shift[0], axis=1)[:height, :width]


def whole_blocks(hole: HoleArray, chroma_shift: tuple[int, int]) -> HoleArray:
    """Chroma samples that lie in the hole with their whole block; pixels beyond the frame's edge count as hole.

    Args:
        hole: (H, W) bool.
        chroma_shift: log2 of the block's (width, height).

    Returns:
        (ceil(H / block height), ceil(W / block width)) bool.
    """
    return ~_any_in_block(~hole, chroma_shift)


def samples_to_rgb(
    planes: Sequence[NDArray], color: ColorSpec, bit_depth: int, chroma_shift: tuple[int, int]
) -> RgbArray:
    """Convert the samples of a YUV video to RGB; every pixel takes the chroma of its block as it is.

    Args:
        planes: Y (H, W), U and V (one sample per block), uint8 or uint16.
        color: matrix and range of the video.
        bit_depth: bits of a sample, 8 to 16.
        chroma_shift: log2 of the chroma block's (width, height).

    Returns:
        (H, W, 3), uint8 for 8 bits, uint16 over its full range for more.
    """
    height, width = planes[0].shape
    full = [planes[0], *(_repeat(plane, chroma_shift)[:height, :width] for plane in planes[1:])]
    forward = _rgb_to_yuv(color, bit_depth)
    inverse = np.linalg.inv(forward[:, :3]) * (255 if bit_depth == 8 else 65535)
    matrix = np.hstack([inverse, -inverse @ forward[:, 3:]]).astype(np.float32)
    merged = cv2.merge(full)
    return cv2.transform(merged, matrix, own_pages(merged.shape, merged.dtype))  # type: ignore[return-value]


def rgb_to_samples(
    rgb: RgbArray, color: ColorSpec, bit_depth: int, chroma_shift: tuple[int, int]
) -> tuple[NDArray[np.uint16], ...]:
    """Convert RGB to the samples of a YUV video; the inverse of `samples_to_rgb`, chroma being the mean of its block.

    Args:
        rgb: (H, W, 3) uint8 or uint16, full range of its type.
        color: matrix and range of the video.
        bit_depth: bits of a sample, 8 to 16.
        chroma_shift: log2 of the chroma block's (width, height).

    Returns:
        Y (H, W), U and V (ceil(H / block height), ceil(W / block width)), uint16.
    """
    scale = np.float32(1 / np.iinfo(rgb.dtype).max)
    luma, *chroma = cv2.split(cv2.transform(rgb.astype(np.float32) * scale, _rgb_to_yuv(color, bit_depth)))
    planes = (luma, *(_block_means(plane, chroma_shift) for plane in chroma))
    top = (1 << bit_depth) - 1
    return tuple(np.clip(np.rint(plane), 0, top).astype(np.uint16) for plane in planes)


def _rgb_to_yuv(color: ColorSpec, bit_depth: int) -> NDArray[np.float32]:
    """(3, 4): the affine map from RGB in [0, 1] to sample values."""
    red, blue = _LUMA_WEIGHTS[color.conversion]
    luma = np.array([red, 1 - red - blue, blue])
    blueness = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    redness = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    if color.full:
        gain = np.full(3, (1 << bit_depth) - 1.0)
        offset = np.array([0.0, 1, 1]) * (1 << (bit_depth - 1))
    else:
        gain = np.array([219.0, 224, 224]) * (1 << (bit_depth - 8))
        offset = np.array([16.0, 128, 128]) * (1 << (bit_depth - 8))
    return np.hstack([gain[:, None] * [luma, blueness, redness], offset[:, None]]).astype(np.float32)


def _block_means(plane: NDArray, chroma_shift: tuple[int, int]) -> NDArray:
    """Mean of every chroma block; blocks cut off at the edge repeat their last pixels."""
    if chroma_shift == (0, 0):
        return plane
    across, down = 1 << chroma_shift[0], 1 << chroma_shift[1]
    height, width = plane.shape
    plane = np.pad(plane, ((0, -height % down), (0, -width % across)), mode="edge")
    return cv2.resize(plane, (plane.shape[1] // across, plane.shape[0] // down), interpolation=cv2.INTER_AREA)


def _repeat(plane: NDArray, chroma_shift: tuple[int, int]) -> NDArray:
    """Every sample repeated over its block."""
    if chroma_shift == (0, 0):
        return plane
    size = (plane.shape[1] << chroma_shift[0], plane.shape[0] << chroma_shift[1])
    return cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST)


def _any_in_block(hole: HoleArray, chroma_shift: tuple[int, int]) -> HoleArray:
    """(rows, columns) of blocks, True where a pixel of the block is; blocks may be cut off at the edge."""
    across, down = 1 << chroma_shift[0], 1 << chroma_shift[1]
    height, width = hole.shape
    padded = np.pad(hole, ((0, -height % down), (0, -width % across)))
    blocks = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across)
    return np.logical_or.reduce(blocks, axis=(1, 3))
