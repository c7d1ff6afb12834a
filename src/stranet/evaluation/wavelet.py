"""Complex-wavelet SSIM (Sampat, Wang, Gupta, Bovik and Markey 2009), which the paper cites for its SSIM.

It compares local phase patterns, so a small shift or a change of contrast costs little and a change of structure much.
Luma is decomposed into bands of a complex steerable pyramid: raised cosines of one octave to each side over the
logarithm of the frequency, and powers of a cosine over the direction. In every 7x7 window of a band the index is
``(2 |sum a conj(b)| + K) / (sum |a|^2 + sum |b|^2 + K)``. The result is the mean over windows, directions and scales.
The finest octaves, which a shift of a pixel already turns round, are left out. Data range 255; 1 = equal, 0 = unlike.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

DECIMATIONS = (4, 8, 16)
"""Pixels per coefficient of the three scales; a scale's band reaches up to what its grid can hold."""
DIRECTIONS = 8
WINDOW = 7
"""Coefficients; fewer where a band is smaller."""
STABILITY = 0.01
"""K, in squared levels, per coefficient of a window."""

Bands = list[NDArray[np.complex64]]


def cw_ssim(truth: NDArray, output: NDArray) -> float:
    """The index of two (H, W, 3) uint8 RGB or (H, W) pictures of levels 0 to 255."""
    return compare_bands(complex_bands(truth), complex_bands(output))


def complex_bands(picture: NDArray) -> Bands:
    """Bands of one picture, coarse scales last, so that a truth is decomposed only once for all methods.

    Args:
        picture: (H, W, 3) uint8 RGB, or (H, W) numbers, at least 16 pixels to each side.

    Returns:
        DIRECTIONS arrays for each of DECIMATIONS, (about H/d, about W/d).
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    spectrum = cv2.dft(gray.astype(np.float32), flags=cv2.DFT_COMPLEX_OUTPUT)
    spectrum = spectrum.view(np.complex64)[..., 0]  # (H, W)
    bands: Bands = []
    for decimation in DECIMATIONS:
        rows, columns = (_kept(side, decimation) for side in spectrum.shape)
        part = spectrum[np.ix_(rows, columns)]
        scale = part.size / spectrum.size
        for mask in _filters(*spectrum.shape, decimation):
            bands.append(np.fft.ifft2(part * mask).astype(np.complex64) * np.float32(scale))
    return bands


def compare_bands(one: Bands, other: Bands) -> float:
    """The index of two decomposed pictures of the same size."""
    return float(np.mean([_index(a, b) for a, b in zip(one, other, strict=True)]))


def _index(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> float:
    product = a * b.conj()
    energy = np.abs(a) ** 2 + np.abs(b) ** 2
    planes = np.stack((product.real, product.imag, energy), axis=-1)
    side = min(WINDOW, *a.shape)
    mean = cv2.boxFilter(planes, cv2.CV_64F, (side, side), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    real, imaginary, total = np.moveaxis(mean[: a.shape[0] - side + 1, : a.shape[1] - side + 1], -1, 0)
    return float(((2 * np.hypot(real, imaginary) + STABILITY) / (total + STABILITY)).mean())


def _kept(side: int, decimation: int) -> NDArray[np.intp]:
    """Positions of the low frequencies in a spectrum: an even number, all that a decimated grid can hold."""
    half = max(1, side // decimation // 2)
    return np.r_[0:half, side - half : side]


@lru_cache(maxsize=16)
def _filters(height: int, width: int, decimation: int) -> tuple[NDArray[np.float32], ...]:
    """One mask for every direction over the kept part of the spectrum."""
    y = np.fft.fftfreq(height)[_kept(height, decimation)][:, None]
    x = np.fft.fftfreq(width)[_kept(width, decimation)][None, :]
    radius = np.hypot(x, y)
    radius[0, 0] = 1.0  # the mean takes no part; any radius far from the band will do
    octaves = np.log2(radius * 4 * decimation)  # 0 at the band's centre, half of what the grid can hold
    radial = np.where(np.abs(octaves) < 1, np.cos(math.pi / 2 * octaves), 0.0)
    angle = np.arctan2(y, x)
    masks = []
    for direction in range(DIRECTIONS):
        cosine = np.cos(angle - math.pi * direction / DIRECTIONS)
        masks.append((radial * np.where(cosine > 0, cosine, 0.0) ** (DIRECTIONS - 1)).astype(np.float32))
    return tuple(masks)
