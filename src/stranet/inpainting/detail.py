"""Full resolution: sample each chosen reference once, on the box around the hole."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stranet.geometry.homography import pixel_grid
from stranet.geometry.scale import to_tensor
from stranet.inpainting.window import WindowFrame
from stranet.model.flow import FlowEstimator
from stranet.model.light import light_offset
from stranet.model.refine import refine_alignment
from stranet.types import Box


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
    def of(cls, frame: WindowFrame, low_box: Box) -> TargetCrop:
        box = frame.scale.to_full(low_box)
        height, width = frame.hole.shape
        pad = (0, max(0, box.y1 - height), 0, max(0, box.x1 - width))
        rgb = cv2.copyMakeBorder(frame.rgb[box.slices], *pad, cv2.BORDER_REPLICATE)
        hole = cv2.copyMakeBorder(frame.hole[box.slices].view(np.uint8), *pad, cv2.BORDER_REPLICATE).view(bool)
        return cls(rgb, hole, gray8(rgb), box)


class SampledReference(NamedTuple):
    """A reference on the target's box."""

    rgb: np.ndarray
    """(H, W, 3) integers."""
    inside: np.ndarray
    """(H, W) bool: lies within the reference."""
    visible: np.ndarray
    """(H, W) bool: the reference shows it, unspoilt by its own hole."""


def full_position(low_position: Tensor, low_box: Box, factor: int) -> np.ndarray:
    """(1, 2, h, w) low-resolution positions on ``low_box`` -> (H, W, 2) float32 full-resolution positions."""
    origin = torch.from_numpy(pixel_grid(low_box)).permute(2, 0, 1)[None]
    flow = low_position - origin
    if factor > 1:
        flow = F.interpolate(flow, scale_factor=factor, mode="bilinear", align_corners=False) * factor
    grid = pixel_grid(Box(*(side * factor for side in low_box)))
    return flow[0].permute(1, 2, 0).numpy() + grid


def sample_reference(frame: WindowFrame, position: np.ndarray) -> SampledReference:
    """Sample a frame once, with a cubic kernel, at (H, W, 2) full-resolution positions."""
    x, y = np.ascontiguousarray(position[..., 0]), np.ascontiguousarray(position[..., 1])
    height, width = frame.hole.shape
    rgb = cv2.remap(frame.rgb, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    visible = inside
    if frame.shut is not None:
        visible = inside & (cv2.remap(frame.shut, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) == 0)
    return SampledReference(rgb, inside, visible)


def refined(
    flow: FlowEstimator, target: TargetCrop, frame: WindowFrame, position: np.ndarray, factor: int
) -> SampledReference:
    """The reference at the position, or at the position corrected on the ring where that fits the ring better."""
    plain = sample_reference(frame, position)
    plain_gray = gray8(plain.rgb)
    correction = refine_alignment(flow, target.gray, ~target.hole, plain_gray, plain.visible, factor)
    better = sample_reference(frame, position + correction)
    ring = ~target.hole & plain.visible & better.visible
    if not ring.any():
        return plain
    before = cv2.mean(cv2.absdiff(target.gray, plain_gray), ring.view(np.uint8))[0]
    after = cv2.mean(cv2.absdiff(target.gray, gray8(better.rgb)), ring.view(np.uint8))[0]
    return better if after < before * WORTHWHILE else plain


WORTHWHILE = 0.8
"""A correction must lower the mismatch on the ring to this share: fitting noise lowers it too, a little."""


def relit(target: TargetCrop, sampled: SampledReference, factor: int, device: torch.device) -> Tensor:
    """(1, 3, H, W) the sampled reference in the target's light."""
    aligned = to_tensor(sampled.rgb, device)
    both = torch.from_numpy(~target.hole & sampled.visible).to(device)[None, None]
    return aligned + light_offset(to_tensor(target.rgb, device), aligned, both, factor)


def gray8(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) integers -> (H, W) uint8 luma."""
    if rgb.dtype == np.uint8:
        return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return cv2.convertScaleAbs(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), alpha=1 / 257)


