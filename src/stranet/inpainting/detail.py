"""Full resolution: sample each chosen reference once, on the box around the hole."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.geometry.scale import scaled, upsample
from stranet.inpainting.window import WindowFrame
from stranet.types import Box, HoleArray, RgbArray, Size


class TargetCrop(NamedTuple):
    """The box of the target at full resolution, a multiple of the scale's factor on each side."""

    rgb: np.ndarray
    """(H, W, 3) integers."""
    hole: np.ndarray
    """(H, W) bool."""
    box: Box
    """In full-resolution pixels; may pass the frame's edge by less than the factor."""

    @classmethod
    def of(cls, rgb: RgbArray, hole: HoleArray, box: Box) -> TargetCrop:
        """Cut out the box; beyond the frame's edge the edge is replicated."""
        height, width = hole.shape
        pad = (0, max(0, box.y1 - height), 0, max(0, box.x1 - width))
        crop = cv2.copyMakeBorder(rgb[box.slices], *pad, cv2.BORDER_REPLICATE)
        shut = cv2.copyMakeBorder(hole[box.slices].view(np.uint8), *pad, cv2.BORDER_REPLICATE).view(bool)
        return cls(crop, shut, box)


class SampledReference(NamedTuple):
    """A reference on the target's box."""

    rgb: np.ndarray
    """(H, W, 3) integers."""
    inside: np.ndarray
    """(H, W) bool: lies within the reference."""
    visible: np.ndarray
    """(H, W) bool: the reference shows it, unspoilt by its own hole."""


def full_position(low_position: Tensor, low_box: Box, factor: int) -> np.ndarray:
    """(1, 2, h, w) low-resolution positions on ``low_box`` -> (2, H, W) float32 full-resolution positions, x and y."""
    columns, rows = _coordinates(low_box)
    flow = low_position[0].numpy() - np.stack(np.broadcast_arrays(columns, rows))
    position = upsample(torch.from_numpy(flow)[None], factor)[0].numpy() * np.float32(factor)
    columns, rows = _coordinates(scaled(low_box, factor))
    position[0] += columns
    position[1] += rows
    return position


def _coordinates(box: Box) -> tuple[np.ndarray, np.ndarray]:
    """x of the columns (w,) and y of the rows (h, 1), float32."""
    return np.arange(box.x0, box.x1, dtype=np.float32), np.arange(box.y0, box.y1, dtype=np.float32)[:, None]


def sample_reference(frame: WindowFrame, position: np.ndarray) -> SampledReference:
    """Sample a frame once, with a cubic kernel, at (2, H, W) full-resolution positions, x and y."""
    x, y = np.ascontiguousarray(position)
    rgb = cv2.remap(frame.rgb, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = _inside(frame.scale.full, x, y)
    return SampledReference(rgb, inside, _visible(frame, x, y) & inside)


def sample_again(frame: WindowFrame, position: np.ndarray) -> SampledReference:
    """Sample what was sampled before, and will be again for the next frame, so that no pattern grows.

    OpenCV's cubic kernel sharpens a little, which adds up from frame to frame; the linear one blurs a little more.
    """
    sampled = sample_reference(frame, position)
    x, y = np.ascontiguousarray(position)
    linear = cv2.remap(frame.rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled._replace(rgb=cv2.addWeighted(sampled.rgb, 0.5, linear, 0.5, 0))


def _inside(size: Size, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x >= -0.5) & (x <= size.width - 0.5) & (y >= -0.5) & (y <= size.height - 0.5)


def _visible(frame: WindowFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if frame.shut is None:
        return np.ones(x.shape, bool)
    packed, box = frame.shut
    pixels = packed.unpack().view(np.uint8)
    return cv2.remap(pixels, x - np.float32(box.x0), y - np.float32(box.y0), cv2.INTER_NEAREST) == 0
