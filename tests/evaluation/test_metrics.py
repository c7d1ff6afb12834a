"""Metrics against scikit-image and against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from stranet.evaluation.metrics import (
    IDENTICAL_PSNR,
    Ssim,
    l1,
    largest_difference,
    psnr,
    ssim_map,
)
from stranet.evaluation.regions import difference_box, rim, rim_width, surroundings
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


def test_ssim_is_the_whole_frames_map_over_the_frame_and_the_hole(pair, hole):
    truth, output = pair
    whole_frame = structural_similarity(truth, output, channel_axis=2, full=True)[1].mean(axis=2)
    similarity = Ssim(truth, output)
    assert similarity.mean() == pytest.approx(whole_frame.mean(), abs=1e-9)
    assert similarity.mean(hole) == pytest.approx(whole_frame[hole].mean(), abs=1e-9)
    assert Ssim(truth, truth).mean() == Ssim(truth, truth).mean(hole) == 1


@pytest.mark.parametrize("corner", [(0, 0), (20, 26), (39, 51)])
def test_ssim_looks_only_where_it_differs_and_loses_nothing(pair, corner):
    truth, _ = pair
    output = truth.copy()
    output[corner] ^= 255
    whole_frame = structural_similarity(truth, output, channel_axis=2, full=True)[1].mean(axis=2)
    hole = np.zeros(truth.shape[:2], bool)
    hole[corner] = True
    assert Ssim(truth, output).mean() == pytest.approx(whole_frame.mean(), abs=1e-12)
    assert Ssim(truth, output).mean(hole) == pytest.approx(whole_frame[corner], abs=1e-9)


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


def test_difference_box_holds_all_that_differs(pair):
    truth, _ = pair
    assert difference_box(truth, truth, 3) is None
    output = truth.copy()
    output[10, 20, 1] ^= 1
    output[12, 25, 2] ^= 1
    assert difference_box(truth, output, 0) == Box(20, 10, 26, 13)


def test_rim_in_closed_form():
    hole = np.zeros((240, 432), bool)
    hole[100:120, 200:230] = True
    inner = np.zeros_like(hole)
    inner[102:118, 202:228] = True  # two pixels wide at this size
    edge = rim(hole)
    assert rim_width(432) == 2
    assert (edge | inner).sum() == hole.sum()
    np.testing.assert_array_equal(edge, hole & ~inner)


def test_the_edge_of_the_frame_is_no_rim():
    hole = np.zeros((240, 432), bool)
    hole[:, :100] = True
    columns = np.flatnonzero(rim(hole).any(axis=0))
    assert columns.tolist() == [98, 99]
    assert not rim(np.ones_like(hole)).any()
