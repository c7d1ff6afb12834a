"""Correct an alignment on the ring around the hole, at a finer resolution, and carry the correction inward.

Twice the low resolution is fine enough, whatever the frame's own: flow is found to a fraction of a pixel, and a larger
frame costs nothing more.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import Scale, downsample, scaled, upsample
from stranet.model.flow import FlowEstimator, flow_where_both_show
from stranet.types import Box, HoleArray, RgbArray

REACH = 3
"""How far flow is disturbed around a hole, in low-resolution pixels."""
LARGEST = 2.0
"""A correction is at most this large, in low-resolution pixels: alignment has already done the rest."""
FINENESS = 2
"""Most fine pixels along one side of a low-resolution pixel."""
WORTHWHILE = 0.8
"""A correction must lower the mismatch on the ring to this share: fitting noise lowers it too, a little."""


class FineFrame(NamedTuple):
    """A whole frame at up to `FINENESS` times the low resolution: never finer than it is."""

    gray: np.ndarray
    """(h * fineness, w * fineness) uint8 luma."""
    visible: HoleArray
    """The same size: no pixel of the low-resolution square is missing."""
    fineness: int
    """Fine pixels along one side of a low-resolution pixel."""

    @classmethod
    def of(cls, rgb: RgbArray, visible: HoleArray, scale: Scale) -> FineFrame:
        """Of an (H, W, 3) frame and what is visible of its (h, w) small copy."""
        fineness = min(FINENESS, scale.factor)
        fine_visible = visible.repeat(fineness, axis=0).repeat(fineness, axis=1)
        return cls(scale.down_gray(rgb, fineness), fine_visible, fineness)


def refine_alignment(
    flow: FlowEstimator, target: FineFrame, reference: FineFrame, position: Tensor, box: Box
) -> Tensor:
    """The position corrected, where that fits the ring around the hole clearly better.

    Args:
        flow: estimates the correction.
        target, reference: whole frames.
        position: (1, 2, h, w), where in the reference the pixels of the box are found, in low-resolution pixels.
        box: of the target, at low resolution.

    Returns:
        (1, 2, h, w), in low-resolution pixels.
    """
    fineness, there = target.fineness, scaled(box, target.fineness).slices
    own, shown = np.ascontiguousarray(target.gray[there]), np.ascontiguousarray(target.visible[there])
    plain, plain_visible = _glance(reference, position)
    remainder, trusted = flow_where_both_show(flow, own, shown, plain, plain_visible, REACH * fineness)
    corrected = position + _carried_inward(remainder, trusted, fineness)
    better, better_visible = _glance(reference, corrected)
    ring = (shown & plain_visible & better_visible).view(np.uint8)
    return corrected if _spread(own, better, ring) < _spread(own, plain, ring) * WORTHWHILE else position


def _carried_inward(remainder: np.ndarray, trusted: np.ndarray, fineness: int) -> Tensor:
    """Flow (H, W, 2) in fine pixels, as far as it is trusted -> (1, 2, h, w) everywhere, in low-resolution pixels."""
    planes = torch.from_numpy(np.stack(cv2.split(remainder)))[None].clamp(-LARGEST * fineness, LARGEST * fineness)
    weight = torch.from_numpy(trusted)[None, None].float()
    mass = downsample(weight, fineness)
    return diffuse(downsample(planes * weight, fineness) / mass.clamp(min=1e-6), mass) / fineness


def _glance(frame: FineFrame, position: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) uint8 and visible, at low-resolution positions made finer: luma is enough to judge an alignment."""
    x, y = upsample(position * frame.fineness + (frame.fineness - 1) / 2, frame.fineness)[0].numpy()
    sampled = cv2.remap(frame.gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # What lies beyond the frame is not visible.
    visible = cv2.remap(frame.visible.view(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return sampled, visible.view(bool)


def _spread(target: np.ndarray, aligned: np.ndarray, where: np.ndarray) -> float:
    """Standard deviation of the difference: a change of light alone is no misalignment."""
    return float(cv2.meanStdDev(cv2.subtract(target, aligned, dtype=cv2.CV_16S), mask=where)[1][0, 0])
