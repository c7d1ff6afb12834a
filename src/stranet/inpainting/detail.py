"""Full resolution: sample each chosen reference once, on the box around the hole."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.geometry.scale import scaled, upsample
from stranet.inpainting.window import WindowFrame
from stranet.model.flow import FlowEstimator
from stranet.model.refine import refine_alignment
from stranet.types import Box, HoleArray, RgbArray


class TargetCrop(NamedTuple):
    """The box of the target at full resolution, a multiple of the scale's factor on each side."""

    rgb: np.ndarray
    """(H, W, 3) integers."""
    hole: np.ndarray
    """(H, W) bool."""
    gray: np.ndarray
    """(H, W) uint8."""
    box: Box
    """In full-resolution pixels; may pass the frame's edge by less than the factor."""

    @classmethod
    def of(cls, rgb: RgbArray, hole: HoleArray, box: Box) -> TargetCrop:
        """Cut out the box; beyond the frame's edge the edge is replicated."""
        height, width = hole.shape
        pad = (0, max(0, box.y1 - height), 0, max(0, box.x1 - width))
        crop = cv2.copyMakeBorder(rgb[box.slices], *pad, cv2.BORDER_REPLICATE)
        shut = cv2.copyMakeBorder(hole[box.slices].view(np.uint8), *pad, cv2.BORDER_REPLICATE).view(bool)
        return cls(crop, shut, gray8(crop), box)


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
    inside = _inside(frame, x, y)
    return SampledReference(rgb, inside, _visible(frame, x, y) & inside)


def sample_again(frame: WindowFrame, position: np.ndarray) -> SampledReference:
    """Sample what was sampled before, and will be again for the next frame, so that no pattern grows.

    OpenCV's cubic kernel sharpens a little, which adds up from frame to frame; the linear one blurs a little more.
    """
    sampled = sample_reference(frame, position)
    x, y = np.ascontiguousarray(position)
    linear = cv2.remap(frame.rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled._replace(rgb=cv2.addWeighted(sampled.rgb, 0.5, linear, 0.5, 0))


def refine_position(
    flow: FlowEstimator, target: TargetCrop, frame: WindowFrame, position: np.ndarray, factor: int
) -> np.ndarray:
    """The position corrected on the ring around the hole, where that fits the ring better; (2, H, W)."""
    gray = gray8(frame.rgb)
    plain, plain_visible = _glance(frame, gray, position)
    correction = refine_alignment(flow, target.gray, ~target.hole, plain, plain_visible, factor)
    corrected = position + correction
    better, better_visible = _glance(frame, gray, corrected)
    ring = (~target.hole & plain_visible & better_visible).view(np.uint8)
    return (
        corrected if _spread(target.gray, better, ring) < _spread(target.gray, plain, ring) * WORTHWHILE else position
    )


WORTHWHILE = 0.8
"""A correction must lower the mismatch on the ring to this share: fitting noise lowers it too, a little."""


def _spread(target: np.ndarray, aligned: np.ndarray, where: np.ndarray) -> float:
    """Standard deviation of the difference: a change of light alone is no misalignment."""
    return float(cv2.meanStdDev(cv2.subtract(target, aligned, dtype=cv2.CV_16S), mask=where)[1][0, 0])


def _glance(frame: WindowFrame, gray: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) uint8 and visible: luma alone with a linear kernel is enough to judge an alignment."""
    x, y = position
    sampled = cv2.remap(gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled, _visible(frame, x, y) & _inside(frame, x, y)


def _inside(frame: WindowFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    height, width = frame.rgb.shape[:2]
    return (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)


def _visible(frame: WindowFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if frame.shut is None:
        return np.ones(x.shape, bool)
    pixels, box = frame.shut
    return cv2.remap(pixels, x - np.float32(box.x0), y - np.float32(box.y0), cv2.INTER_NEAREST) == 0


def gray8(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) integers -> (H, W) uint8 luma."""
    if rgb.dtype == np.uint8:
        return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return cv2.convertScaleAbs(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), alpha=1 / 257)
