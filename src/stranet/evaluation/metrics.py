"""How close one frame is to its truth: PSNR, SSIM and L1, over the frame and inside the hole.

Everything takes uint8 RGB of shape (H, W, 3), so the data range is 255 levels.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import Box, HoleArray

DATA_RANGE = 255.0
"""Levels between black and white."""
IDENTICAL_PSNR = 100.0
"""dB given to pictures without any difference, so that means stay finite."""
SSIM_WINDOW = 7
"""Pixels; the uniform window of Wang et al. 2004 as scikit-image uses it."""
SSIM_MARGIN = 8
"""Pixels around the hole that take part in its SSIM, so that every hole pixel has a whole window."""

Uint8Array = NDArray[np.uint8]


def psnr(truth: Uint8Array, output: Uint8Array, region: HoleArray | None = None) -> float:
    """Peak signal-to-noise ratio in dB (higher is better), over the frame or over the pixels of ``region``."""
    truth, output = _select(truth, output, region)
    mean_square = cv2.norm(truth, output, cv2.NORM_L2SQR) / truth.size
    if mean_square == 0:
        return IDENTICAL_PSNR
    return min(IDENTICAL_PSNR, 10 * math.log10(DATA_RANGE**2 / mean_square))


def l1(truth: Uint8Array, output: Uint8Array, region: HoleArray | None = None) -> float:
    """Mean absolute difference as a share of the data range, 0 to 1 (lower is better)."""
    truth, output = _select(truth, output, region)
    return cv2.norm(truth, output, cv2.NORM_L1) / truth.size / DATA_RANGE


def largest_difference(truth: Uint8Array, output: Uint8Array, region: HoleArray) -> int:
    """Largest absolute difference in ``region``, in levels of 255; 0 for an empty region."""
    return int(np.max(cv2.absdiff(truth, output)[region], initial=0))


def ssim_in_hole(truth: Uint8Array, output: Uint8Array, hole: HoleArray) -> float:
    """Structural similarity averaged over the hole's pixels and the channels (1 = equal).

    It is worked out on the hole's bounding box grown by ``SSIM_MARGIN``; nothing further away matters.
    """
    window = surroundings(hole, SSIM_MARGIN).slices
    return float(ssim_map(truth[window], output[window])[hole[window]].mean())


def ssim_map(truth: Uint8Array, output: Uint8Array) -> NDArray[np.float64]:
    """Structural similarity at every pixel and channel, (H, W, 3); borders are mirrored.

    Uniform 7x7 window, sample covariances, K1 = 0.01, K2 = 0.03, data range 255: scikit-image's defaults.
    """

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return cv2.blur(values, (SSIM_WINDOW, SSIM_WINDOW), borderType=cv2.BORDER_REFLECT).astype(
            np.float64, copy=False
        )

    x, y = truth.astype(np.float64), output.astype(np.float64)
    mean_x, mean_y = mean(x), mean(y)
    unbiased = SSIM_WINDOW**2 / (SSIM_WINDOW**2 - 1)
    variance_x = unbiased * (mean(x * x) - mean_x**2)
    variance_y = unbiased * (mean(y * y) - mean_y**2)
    covariance = unbiased * (mean(x * y) - mean_x * mean_y)
    c1, c2 = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    contrast_structure = (2 * covariance + c2) / (variance_x + variance_y + c2)
    return luminance * contrast_structure


def surroundings(hole: HoleArray, margin: int) -> Box:
    """Bounding box of a hole that is not empty, grown by ``margin`` pixels and kept inside the frame."""
    height, width = hole.shape
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    return Box(
        max(0, int(columns[0]) - margin),
        max(0, int(rows[0]) - margin),
        min(width, int(columns[-1]) + 1 + margin),
        min(height, int(rows[-1]) + 1 + margin),
    )


def _select(truth: Uint8Array, output: Uint8Array, region: HoleArray | None) -> tuple[Uint8Array, Uint8Array]:
    return (truth, output) if region is None else (truth[region], output[region])
