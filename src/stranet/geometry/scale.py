"""The small copy of a frame, and the residual that it loses.

Convention: the low resolution is the full one divided by a whole number, ``factor``, so that a low pixel is a square of
full pixels and a crop of one is a crop of the other. Frames are padded by replication to a multiple of the factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.device import sent
from stranet.geometry.averages import block_mean
from stranet.geometry.resize import resize
from stranet.types import Box, HoleArray, RgbArray, Size


@dataclass(frozen=True)
class Scale:
    """How full-resolution pixels map to low-resolution ones."""

    full: Size
    factor: int

    @classmethod
    def fit(cls, full: Size, low_pixels: int) -> Scale:
        """The factor whose low resolution comes closest to ``low_pixels`` (a fixed budget: 4K costs little more)."""
        return cls(full, max(1, round(math.sqrt(full.width * full.height / low_pixels))))

    @property
    def low(self) -> Size:
        return Size(-(-self.full.width // self.factor), -(-self.full.height // self.factor))

    def to_full(self, box: Box) -> Box:
        """The full-resolution pixels of a low-resolution box; it may pass the frame's edge by less than ``factor``."""
        return scaled(box, self.factor)

    def down(self, rgb: RgbArray) -> np.ndarray:
        """(H, W, 3) integer -> (h, w, 3) float32 in [0, 1], the mean over every square."""
        padded = _pad(rgb, self)
        low = cv2.resize(padded, tuple(self.low), interpolation=cv2.INTER_AREA)
        return low.astype(np.float32) / np.iinfo(rgb.dtype).max

    def down_gray(self, rgb: RgbArray, fineness: int) -> np.ndarray:
        """(H, W, 3) integer -> (h * fineness, w * fineness) uint8 luma, the mean over every part of a square."""
        gray = cv2.cvtColor(_pad(rgb, self), cv2.COLOR_RGB2GRAY)
        gray = gray if gray.dtype == np.uint8 else cv2.convertScaleAbs(gray, alpha=1 / 257)
        size = self.low.width * fineness, self.low.height * fineness
        return cv2.resize(gray, size, interpolation=cv2.INTER_AREA)

    def down_visible(self, hole: HoleArray) -> HoleArray:
        """(H, W) hole -> (h, w) visible: True where no full pixel of the square is missing."""
        visible, side = np.ones((self.low.height, self.low.width), bool), self.factor
        x, y, width, height = cv2.boundingRect(hole.view(np.uint8))
        if width:  # elsewhere there is nothing to look at
            box = Box(x // side, y // side, -(-(x + width) // side), -(-(y + height) // side))
            full = self.to_full(box)
            bottom, right = max(0, full.y1 - hole.shape[0]), max(0, full.x1 - hole.shape[1])
            part = cv2.copyMakeBorder(hole.view(np.uint8)[full.slices], 0, bottom, 0, right, cv2.BORDER_REPLICATE)
            squares = part.reshape(box.y1 - box.y0, side, box.x1 - box.x0, side)
            visible[box.slices] = squares.max(axis=1).max(axis=2) == 0  # whole rows first: ten times as fast
        return visible


def scaled(box: Box, factor: int) -> Box:
    """The full-resolution pixels of a low-resolution box."""
    return Box(*(side * factor for side in box))


def _pad(array: np.ndarray, scale: Scale) -> np.ndarray:
    low = scale.low
    bottom, right = low.height * scale.factor - array.shape[0], low.width * scale.factor - array.shape[1]
    return cv2.copyMakeBorder(array, 0, bottom, 0, right, cv2.BORDER_REPLICATE) if bottom or right else array


def downsample(image: Tensor, factor: int) -> Tensor:
    """(B, C, H, W) -> (B, C, H/factor, W/factor), mean over squares; H and W are multiples of the factor."""
    return block_mean(image, factor)


def shrink(plane: Tensor, side: int) -> Tensor:
    """(B, C, h, w) of any size -> (B, C, ceil(h/side), ceil(w/side)), mean over squares, those at the edge cut off."""
    return block_mean(plane, side)


def upsample(low: Tensor, factor: int) -> Tensor:
    """(B, C, h, w) -> (B, C, h*factor, w*factor), bilinear, ``align_corners=False``."""
    return resize(low, low.shape[-2] * factor, low.shape[-1] * factor)


def split_residual(image: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """``low = down(X)`` and ``residual = X - up(low)`` (paper section 3.1).

    Args:
        image: (B, C, H, W), H and W multiples of ``factor``.

    Returns:
        low (B, C, H/factor, W/factor) and residual (B, C, H, W), so that ``merge_residual(low, residual) == image``.
    """
    low = downsample(image, factor)
    return low, image - upsample(low, factor)


def merge_residual(low: Tensor, residual: Tensor) -> Tensor:
    """``up(low) + residual``: the inverse of ``split_residual``."""
    factor = residual.shape[-1] // low.shape[-1]
    return upsample(low, factor) + residual


def to_tensor(rgb: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(H, W, C) array -> (1, C, H, W) float32 tensor; integers are scaled to [0, 1]."""
    values = sent(torch.from_numpy(np.ascontiguousarray(rgb)), device)
    top = 1.0 if rgb.dtype.kind == "f" else float(np.iinfo(rgb.dtype).max)
    return values.permute(2, 0, 1)[None].to(torch.float32, memory_format=torch.contiguous_format) / top
