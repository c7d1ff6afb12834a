"""How close one frame is to its truth: PSNR, SSIM and L1, over the frame or over a region such as the hole or its rim.

Everything takes uint8 RGB of shape (H, W, 3), so the data range is 255 levels.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.evaluation.regions import difference_box
from stranet.types import HoleArray

DATA_RANGE = 255.0
"""Levels between black and white."""
IDENTICAL_PSNR = 100.0
"""dB given to pictures without any difference, so that means stay finite."""
SSIM_WINDOW = 7
"""Pixels; the uniform window of Wang et al. 2004 as scikit-image uses it."""
SSIM_MARGIN = 8
"""Pixels around what differs that are looked at: twice the reach of a window, so that beyond them all is 1."""

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


class Ssim:
    """Structural similarity (Wang et al. 2004) of one output, worked out only where it can differ from 1."""

    def __init__(self, truth: Uint8Array, output: Uint8Array) -> None:
        """Compare two (H, W, 3) uint8 pictures; the data range is 255."""
        self._count = truth.shape[0] * truth.shape[1]
        self._box = difference_box(truth, output, SSIM_MARGIN)
        if self._box is not None:
            window = self._box.slices
            self._map = ssim_map(truth[window], output[window]).mean(axis=2)

    def mean(self, region: HoleArray | None = None) -> float:
        """Mean over the pixels of the frame, or of a region that is not empty; 1 = equal."""
        if self._box is None:
            return 1.0
        if region is None:
            return float(1 + (self._map - 1).sum() / self._count)
        inside = region[self._box.slices]
        return float(1 + (self._map - 1)[inside].sum() / region.sum())


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


def _select(truth: Uint8Array, output: Uint8Array, region: HoleArray | None) -> tuple[Uint8Array, Uint8Array]:
    return (truth, output) if region is None else (truth[region], output[region])
