"""Metrics against scikit-image and against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from stranet.evaluation.metrics import (
    IDENTICAL_PSNR,
    l1,
    largest_difference,
    psnr,
    ssim_in_hole,
    ssim_map,
    surroundings,
)
from stranet.types import Box


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A random picture and a noisy copy, (40, 52, 3) uint8."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 256, (40, 52, 3), dtype=np.uint8)
    noise = random.integers(-30, 31, truth.shape)
    return truth, np.clip(truth + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def hole() -> np.ndarray:
    hole = np.zeros((40, 52), bool)
    hole[12:22, 15:30] = True
    hole[16, 20] = False
    return hole


def test_psnr_is_that_of_scikit_image(pair, hole):
    truth, output = pair
    assert psnr(truth, output) == pytest.approx(peak_signal_noise_ratio(truth, output), abs=1e-9)
    in_hole = peak_signal_noise_ratio(truth[hole], output[hole])
    assert psnr(truth, output, hole) == pytest.approx(in_hole, abs=1e-9)


def test_psnr_in_closed_form():
    black = np.zeros((8, 8, 3), np.uint8)
    assert psnr(black, black + np.uint8(255)) == 0
    assert psnr(black, black + np.uint8(1)) == pytest.approx(20 * math.log10(255))
    assert psnr(black, black) == IDENTICAL_PSNR


def test_ssim_map_is_that_of_scikit_image(pair):
    truth, output = pair
    expected = structural_similarity(truth, output, channel_axis=2, full=True)[1]
    np.testing.assert_allclose(ssim_map(truth, output), expected, rtol=0, atol=1e-9)


def test_ssim_in_hole_is_the_whole_frames_map_over_the_hole(pair, hole):
    truth, output = pair
    whole_frame = structural_similarity(truth, output, channel_axis=2, full=True)[1]
    assert ssim_in_hole(truth, output, hole) == pytest.approx(whole_frame[hole].mean(), abs=1e-9)
    assert ssim_in_hole(truth, truth, hole) == pytest.approx(1)


def test_ssim_of_a_one_pixel_hole_in_the_corner(pair):
    truth, output = pair
    hole = np.zeros(truth.shape[:2], bool)
    hole[0, 0] = True
    assert -1 <= ssim_in_hole(truth, output, hole) <= 1


def test_l1_and_largest_difference_in_closed_form(hole):
    truth = np.full((*hole.shape, 3), 100, np.uint8)
    output = truth.copy()
    output[hole] = 151  # 51 levels = a fifth of the range, upwards
    output[0, 0] = (90, 100, 100)  # and downwards, in one channel
    assert l1(truth, output, hole) == pytest.approx(0.2)
    assert l1(truth, output) == pytest.approx((51 * 3 * hole.sum() + 10) / truth.size / 255)
    assert largest_difference(truth, output, hole) == 51
    assert largest_difference(truth, output, ~hole) == 10
    assert largest_difference(truth, output, np.zeros_like(hole)) == 0


def test_surroundings_stay_in_the_frame(hole):
    assert surroundings(hole, 0) == Box(15, 12, 30, 22)
    assert surroundings(hole, 8) == Box(7, 4, 38, 30)
    assert surroundings(hole, 99) == Box(0, 0, 52, 40)
