from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from stranet.types import Size
from stranet.video.color import ColorSpec, align_to_chroma, rgb_to_samples, samples_to_rgb, whole_blocks

FULL_HD = Size(1920, 1080)
SHIFTS = [(0, 0), (1, 0), (1, 1), (2, 0), (0, 1)]


def spec(matrix: int = 1, range: int = 1, size: Size = FULL_HD) -> ColorSpec:
    return ColorSpec.from_tags(matrix, range, 2, 2, size=size, pixel_format="yuv420p")


def smooth(width: int, height: int, dtype: type = np.uint8) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    planes = [60 + 100 * x / width, 70 + 90 * y / height, 110 + 40 * np.sin((x + y) / 30)]
    return (np.stack(planes, axis=2) * (1 if dtype == np.uint8 else 257)).astype(dtype)


@pytest.mark.parametrize("range_tag", [1, 2])
@pytest.mark.parametrize("matrix", [1, 5, 9])
@pytest.mark.parametrize("depth", [8, 10, 12])
def test_rgb_comes_back_within_one_level(matrix, range_tag, depth):
    rgb = smooth(64, 48, np.uint8 if depth == 8 else np.uint16)
    color = spec(matrix, range_tag)
    back = samples_to_rgb(rgb_to_samples(rgb, color, depth, (0, 0)), color, depth, (0, 0))  # type: ignore[arg-type]
    level = 1 if depth == 8 else 257
    assert np.abs(back.astype(int) - rgb).max() <= 2 * level


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("depth", [8, 10])
def test_samples_come_back_unbiased(depth, shift):
    """Native -> RGB -> native: what was not changed must not drift, least of all in brightness."""
    color, rng = spec(), np.random.default_rng(1)
    height, width = 48, 64
    chroma = (-(-height >> shift[1]), -(-width >> shift[0]))
    unit, dtype = 1 << (depth - 8), np.uint8 if depth == 8 else np.uint16
    planes = [rng.integers(80 * unit, 180 * unit, (height, width)).astype(dtype)]
    planes += [rng.integers(118 * unit, 138 * unit, chroma).astype(dtype) for _ in range(2)]
    back = rgb_to_samples(samples_to_rgb(planes, color, depth, shift), color, depth, shift)
    for new, old in zip(back, planes, strict=True):
        error = new.astype(int) - old
        assert np.abs(error).max() <= unit
        assert abs(error.mean()) < 0.1 * unit


@pytest.mark.parametrize(("matrix", "name"), [(1, "itu709"), (5, "itu601"), (9, "bt2020")])
@pytest.mark.parametrize("range_tag", [1, 2])
def test_matrix_and_range_agree_with_swscale(matrix, name, range_tag):
    rgb = np.array([[[200, 100, 50]] * 16] * 16, np.uint8)
    y, u, v = rgb_to_samples(rgb, spec(matrix, range_tag), 8, (0, 0))
    frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(
        format="yuv444p", dst_colorspace=name, dst_color_range=range_tag, src_color_range=2
    )
    theirs = [np.frombuffer(plane, np.uint8)[0] for plane in frame.planes]
    np.testing.assert_allclose([y[8, 8], u[8, 8], v[8, 8]], theirs, atol=1)


def test_bt601_full_range_agrees_with_opencv():
    rgb = np.random.default_rng(2).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    y, u, v = rgb_to_samples(rgb, spec(5, 2), 8, (0, 0))
    theirs = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    assert np.abs(np.stack([y, v, u], axis=2).astype(int) - theirs).max() <= 1


def test_untagged_video_is_converted_as_players_do():
    assert spec(2, 0, Size(1280, 720)).conversion == 1
    assert spec(2, 0, Size(720, 576)).conversion == 5
    assert spec(9, 0, Size(720, 576)).conversion == 9
    tagged = spec(2, 0)
    assert (tagged.matrix, tagged.range) == (2, 0), "tags are kept as they were"


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("size", [(48, 64), (45, 67)])
def test_aligned_holes_are_the_smallest_union_of_blocks(shift, size):
    hole = np.random.default_rng(3).random(size) > 0.97
    aligned = align_to_chroma(hole, shift)
    across, down = 1 << shift[0], 1 << shift[1]
    expected = np.zeros(size, bool)
    for y, x in np.argwhere(hole):
        top, left = y // down * down, x // across * across
        expected[top : top + down, left : left + across] = True
    np.testing.assert_array_equal(aligned, expected)
    np.testing.assert_array_equal(align_to_chroma(aligned, shift), aligned)


@pytest.mark.parametrize("shift", SHIFTS)
def test_whole_blocks_are_those_that_an_aligned_hole_covers(shift):
    hole = np.random.default_rng(4).random((45, 67)) > 0.6
    inner = whole_blocks(hole, shift)
    for row, column in np.ndindex(inner.shape):
        block = hole[row << shift[1] : (row + 1) << shift[1], column << shift[0] : (column + 1) << shift[0]]
        assert inner[row, column] == block.all()
