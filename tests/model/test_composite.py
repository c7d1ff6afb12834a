"""The composite: hole pixels change, no other."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.model.composite import composite
from stranet.types import Box


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bit_exact_outside_and_the_fill_inside(dtype):
    rng = np.random.default_rng(0)
    top = np.iinfo(dtype).max
    frame = rng.integers(0, top, (30, 40, 3), dtype=dtype, endpoint=True)
    before = frame.copy()
    hole = np.zeros((30, 40), bool)
    hole[10:30, 25:40] = rng.random((20, 15)) > 0.4
    box = Box(24, 8, 42, 32)  # passes the frame's edge by two
    fill = rng.random((3, 24, 18)).astype(np.float32) * 1.4 - 0.2
    filled = composite(frame, [(box, fill)], hole)
    assert filled.dtype == dtype
    assert np.array_equal(frame, before)
    assert np.array_equal(filled[~hole], frame[~hole])
    expected = np.rint(np.moveaxis(fill, 0, 2)[:22, :16].clip(0, 1).astype(np.float64) * top)
    inside = hole[8:30, 24:40]
    rounding = 1 if dtype == np.uint16 else 0
    assert np.abs(filled[8:30, 24:40][inside] - expected[inside]).max() <= rounding


def test_several_boxes_are_filled_in_one_copy():
    frame = np.full((20, 30, 3), 7, np.uint8)
    hole = np.zeros((20, 30), bool)
    hole[2:6, 2:6] = hole[10:18, 20:28] = hole[18, 0] = True  # the last lies in no box
    boxes = (Box(0, 0, 8, 8), Box(16, 8, 30, 20))
    fills = (
        (box, np.full((3, box.y1 - box.y0, box.x1 - box.x0), 0.2 * order, np.float32))
        for order, box in enumerate(boxes, 1)
    )
    expected = frame.copy()
    expected[2:6, 2:6], expected[10:18, 20:28] = 51, 102
    assert np.array_equal(composite(frame, fills, hole), expected)


def test_without_a_fill_it_is_a_copy():
    frame = np.full((4, 4, 3), 9, np.uint8)
    filled = composite(frame, [], np.ones((4, 4), bool))
    assert np.array_equal(filled, frame)
    assert not np.shares_memory(filled, frame)
