"""Holes that wait."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.packed_hole import PackedHole


@pytest.mark.parametrize("shape", [(1, 1), (3, 8), (5, 13), (48, 64), (7, 1)])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_hole_comes_out_as_it_went_in(shape, share):
    hole = np.random.default_rng(0).random(shape) < share
    packed = PackedHole(hole)
    out = packed.unpack()
    assert out.dtype == bool
    assert np.array_equal(out, hole)
    out[:] = ~out  # a copy: the packed one stays what it was
    assert np.array_equal(packed.unpack(), hole)
