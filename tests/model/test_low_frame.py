"""The small copy of a frame: nothing under the hole reaches it."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.geometry.scale import Scale
from stranet.model.low_frame import LowFrame
from stranet.types import Size
from textures import texture


def a_hole() -> np.ndarray:
    hole = np.zeros((50, 66), bool)
    hole[13:31, 21:40] = True
    return hole


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_nothing_under_the_hole_reaches_it(factor):
    scale, hole, rgb = Scale(Size(66, 50), factor), a_hole(), texture(50, 66)
    lows = [LowFrame.of(np.where(hole[..., None], np.uint8(value), rgb), hole, scale) for value in (0, 255)]
    assert np.array_equal(lows[0].rgb, lows[1].rgb)
    assert np.array_equal(lows[0].gray, lows[1].gray)


def test_the_visible_is_the_frame_itself():
    hole, rgb = a_hole(), texture(50, 66)
    low = LowFrame.of(rgb, hole, Scale(Size(66, 50), 1))
    assert np.array_equal(low.visible, ~hole)
    np.testing.assert_allclose(low.rgb[~hole], rgb[~hole] / 255, atol=2**-12)  # half precision below 1


@pytest.mark.parametrize("factor", [1, 3])
def test_sixteen_bits_are_eight_bits_and_more(factor):
    scale, hole, rgb = Scale(Size(66, 50), factor), a_hole(), texture(50, 66)
    eight, sixteen = LowFrame.of(rgb, hole, scale), LowFrame.of(rgb.astype(np.uint16) * 257, hole, scale)
    assert np.abs(eight.rgb - sixteen.rgb).max() <= 0.6 / 255
    assert np.abs(eight.gray.astype(int) - sixteen.gray).max() <= 1


def test_a_frame_that_is_all_hole_is_black_and_finite():
    low = LowFrame.of(texture(50, 66), np.ones((50, 66), bool), Scale(Size(66, 50), 2))
    assert not low.visible.any()
    assert not low.rgb.any()
