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
    fill = rng.random((24, 18, 3)).astype(np.float32) * 1.4 - 0.2
    filled = composite(frame, fill, hole, box)
    assert filled.dtype == dtype
    assert np.array_equal(frame, before)
    assert np.array_equal(filled[~hole], frame[~hole])
    expected = np.rint(fill[:22, :16].clip(0, 1).astype(np.float64) * top)
    inside = hole[8:30, 24:40]
    rounding = 1 if dtype == np.uint16 else 0
    assert np.abs(filled[8:30, 24:40][inside] - expected[inside]).max() <= rounding
