"""The low resolution and the residual that it loses."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stranet.geometry.scale import Scale, downsample, merge_residual, split_residual, to_tensor, upsample
from stranet.types import Box, Size
from textures import texture


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 8])
def test_merge_undoes_split(factor):
    image = torch.rand(2, 3, factor * 7, factor * 9, generator=torch.Generator().manual_seed(factor))
    low, residual = split_residual(image, factor)
    assert low.shape == (2, 3, 7, 9)
    torch.testing.assert_close(merge_residual(low, residual), image, atol=1e-6, rtol=0)


def test_a_smooth_picture_has_no_residual():
    assert split_residual(torch.full((1, 3, 12, 16), 0.4), 4)[1].abs().max() < 1e-6


@pytest.mark.parametrize(
    ("size", "factor"),
    [((480, 270), 1), ((864, 480), 2), ((1280, 720), 3), ((1920, 1080), 4), ((3840, 2160), 8), ((33, 17), 1)],
)
def test_the_low_resolution_is_a_fixed_budget(size, factor):
    assert Scale.fit(Size(*size), 480 * 270).factor == factor


def test_low_covers_the_frame():
    for width, height, factor in [(33, 17, 4), (32, 16, 4), (1, 1, 5), (7, 7, 3)]:
        low = Scale(Size(width, height), factor).low
        assert 0 <= low.width * factor - width < factor
        assert 0 <= low.height * factor - height < factor


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_down_is_the_mean_over_squares(dtype, factor):
    rgb = texture(12 * factor, 15 * factor).astype(dtype) * (257 if dtype == np.uint16 else 1)
    low = Scale(Size(15 * factor, 12 * factor), factor).down(rgb)
    top = np.iinfo(dtype).max
    mean = rgb.reshape(12, factor, 15, factor, 3).mean((1, 3)) / top
    area = cv2.resize(rgb, (15, 12), interpolation=cv2.INTER_AREA) / top
    assert low.dtype == np.float32
    assert np.abs(low - mean).max() <= 0.51 / 255
    assert np.abs(low - area).max() <= 0.51 / 255


def test_sizes_that_do_not_divide_are_padded_by_replication():
    rgb, factor = texture(17, 33), 4
    low = Scale(Size(33, 17), factor).down(rgb)
    assert low.shape == (5, 9, 3)
    padded = np.pad(rgb, ((0, 3), (0, 3), (0, 0)), mode="edge")
    mean = padded.reshape(5, 4, 9, 4, 3).mean((1, 3)) / 255
    assert np.abs(low - mean).max() <= 0.51 / 255


def test_a_square_is_visible_when_all_of_it_is():
    rng = np.random.default_rng(0)
    hole = rng.random((17, 33)) > 0.93
    visible = Scale(Size(33, 17), 4).down_visible(hole)
    for y in range(5):
        for x in range(9):
            assert visible[y, x] == (not hole[4 * y : 4 * y + 4, 4 * x : 4 * x + 4].any())


def test_a_low_box_is_a_full_box():
    assert Scale(Size(33, 17), 4).to_full(Box(1, 2, 9, 5)) == Box(4, 8, 36, 20)


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_down_of_up_of_a_slope_is_the_slope_inside(factor):
    slope = torch.linspace(0, 1, 12).expand(1, 1, 10, 12)
    back = downsample(upsample(slope, factor), factor)
    torch.testing.assert_close(back[..., 1:-1, 1:-1], slope[..., 1:-1, 1:-1], atol=1e-6, rtol=0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tensors_are_in_zero_to_one(dtype):
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    tensor = to_tensor(np.full((3, 5, 3), top, dtype))
    assert tensor.shape == (1, 3, 3, 5)
    assert tensor.dtype == torch.float32
    assert (tensor == 1).all()
