"""The effective hole: a round margin, then whole chroma blocks."""

import numpy as np
import pytest

from stranet.errors import ConfigError
from stranet.types import Size
from stranet.video.dilate import auto_dilate, effective_hole


def blob(seed: int, height: int = 37, width: int = 53) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width)) > 0.995


def within(mask: np.ndarray, distance: int) -> np.ndarray:
    """Brute force: pixels at most ``distance`` from the mask."""
    near = np.zeros_like(mask)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    for row, column in np.argwhere(mask):
        near |= (y - row) ** 2 + (x - column) ** 2 <= distance**2
    return near


@pytest.mark.parametrize("dilate", [0, 1, 2, 5, 9, 100])
@pytest.mark.parametrize("seed", [1, 2])
def test_margin_is_every_pixel_within_the_distance(dilate, seed):
    mask = blob(seed)
    assert np.array_equal(effective_hole(mask, dilate, (0, 0)), within(mask, dilate))


@pytest.mark.parametrize("shift", [(1, 1), (1, 0), (0, 1), (2, 0)])
@pytest.mark.parametrize("dilate", [0, 3])
def test_grows_to_whole_chroma_blocks_and_no_further(shift, dilate):
    hole = effective_hole(blob(3), dilate, shift)
    plain = within(blob(3), dilate)
    across, down = 1 << shift[0], 1 << shift[1]
    for y in range(0, hole.shape[0], down):
        for x in range(0, hole.shape[1], across):
            block = slice(y, y + down), slice(x, x + across)
            assert hole[block].all() == hole[block].any() == plain[block].any()


def test_no_dilation_is_the_mask_itself():
    mask = blob(4)
    assert effective_hole(mask, 0, (0, 0)) is mask


def test_nothing_grows_out_of_nothing():
    empty = np.zeros((20, 30), bool)
    assert not effective_hole(empty, 8, (1, 1)).any()


def test_the_mask_is_left_as_it_was():
    mask = blob(5)
    before = mask.copy()
    effective_hole(mask, 4, (1, 1))
    assert np.array_equal(mask, before)


def test_negative_margin_is_refused():
    with pytest.raises(ConfigError, match="dilate is -1"):
        effective_hole(blob(6), -1, (0, 0))


def test_default_margin_scales_with_the_resolution():
    sizes = [Size(64, 48), Size(854, 480), Size(1920, 1080), Size(1080, 1920), Size(3840, 2160)]
    assert [auto_dilate(size) for size in sizes] == [1, 4, 8, 8, 17]
