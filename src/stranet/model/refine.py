"""Correct an alignment at full resolution on the ring around the hole, and carry the correction inward."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import downsample, upsample
from stranet.model.flow import FlowEstimator, flow_where_both_show

REACH = 3
"""How far flow is disturbed around a hole, in low-resolution pixels."""
LARGEST = 2.0
"""A correction is at most this large, in low-resolution pixels: alignment has already done the rest."""


def refine_alignment(
    flow: FlowEstimator,
    target: np.ndarray,
    target_visible: np.ndarray,
    aligned: np.ndarray,
    visible: np.ndarray,
    factor: int,
) -> np.ndarray:
    """What to add to the position of every pixel of the box.

    Args:
        target, aligned: (H, W) uint8, the box of the target and of the aligned reference.
        target_visible, visible: (H, W) bool.
        factor: full-resolution pixels per low-resolution pixel; H and W are multiples of it.

    Returns:
        (2, H, W) float32, x and y, in full-resolution pixels; smooth at the scale of low-resolution pixels.
    """
    remainder, trusted = flow_where_both_show(flow, target, target_visible, aligned, visible, REACH * factor)
    remainder = np.stack(cv2.split(remainder)).clip(-LARGEST * factor, LARGEST * factor)
    planes = torch.from_numpy(remainder)[None]
    weight = torch.from_numpy(trusted)[None, None].float()
    # The correction is needed where nothing is trusted, so it is diffused on the small grid, which costs little.
    mass = downsample(weight, factor)
    mean = downsample(planes * weight, factor) / mass.clamp(min=1e-6)
    return upsample(diffuse(mean, mass), factor)[0].numpy()
