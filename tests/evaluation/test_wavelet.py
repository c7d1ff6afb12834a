"""Complex-wavelet SSIM against closed forms, against a plain implementation without tricks, and by what it is for."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from stranet.evaluation.wavelet import DECIMATIONS, DIRECTIONS, STABILITY, cw_ssim


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    noise = np.random.default_rng(3).integers(0, 256, (128, 192), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3).astype(np.float64), np.empty(0), 40, 200, cv2.NORM_MINMAX)


def test_equal_pictures_give_one(picture):
    assert cw_ssim(picture, picture) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("gain", [0.5, 0.8, 1.2])
def test_gain_in_closed_form(picture, gain):
    """Every coefficient is multiplied by it: 2a / (1 + a^2), whatever the picture."""
    assert cw_ssim(picture, gain * picture) == pytest.approx(2 * gain / (1 + gain**2), abs=1e-3)


def test_brightness_does_not_matter(picture):
    assert cw_ssim(picture, picture + 30) == pytest.approx(1, abs=1e-4)


def test_a_negative_is_alike_in_structure(picture):
    """All phases turn by half a circle alike, and the absolute value of the sum takes that out."""
    assert cw_ssim(picture, 255 - picture) == pytest.approx(1, abs=1e-4)


def test_a_shift_costs_less_than_with_plain_ssim_and_noise_more_than_a_shift(picture):
    shifted = np.roll(picture, 2, axis=1)
    other = np.random.default_rng(4).permutation(picture.ravel()).reshape(picture.shape)
    plain = structural_similarity(picture, shifted, data_range=255)
    assert cw_ssim(picture, shifted) > max(0.85, plain)
    assert cw_ssim(picture, other) < 0.6


def test_a_plain_implementation_gives_the_same():
    """Whole-size inverse transforms, thinned out afterwards, and loops over windows; no crop of the spectrum."""
    noise = np.random.default_rng(5)
    one = noise.uniform(0, 255, (64, 96))
    two = np.clip(one + noise.normal(0, 40, one.shape), 0, 255)
    y, x = np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(96), indexing="ij")
    values = []
    for decimation in DECIMATIONS:
        for direction in range(DIRECTIONS):
            mask = np.zeros(one.shape)
            for position in np.ndindex(*one.shape):
                radius = math.hypot(x[position], y[position])
                octave = math.log2(4 * decimation * radius) if radius else math.inf
                cosine = math.cos(math.atan2(y[position], x[position]) - math.pi * direction / DIRECTIONS)
                if abs(octave) < 1 and cosine > 0:
                    mask[position] = math.cos(math.pi / 2 * octave) * cosine ** (DIRECTIONS - 1)
            a, b = (np.fft.ifft2(np.fft.fft2(p) * mask)[::decimation, ::decimation] for p in (one, two))
            side = min(7, *a.shape)
            index = []
            for row in range(a.shape[0] - side + 1):
                for column in range(a.shape[1] - side + 1):
                    u, v = (band[row : row + side, column : column + side] for band in (a, b))
                    top = 2 * abs((u * v.conj()).mean()) + STABILITY
                    index.append(top / ((abs(u) ** 2 + abs(v) ** 2).mean() + STABILITY))
            values.append(np.mean(index))
    assert cw_ssim(one, two) == pytest.approx(np.mean(values), abs=1e-4)


def test_colour_counts_as_luma():
    rgb = np.random.default_rng(6).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    assert cw_ssim(rgb, rgb[::-1]) == cw_ssim(gray, gray[::-1])
