"""The vocabulary: boxes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from stranet.types import Box


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_box_around_a_hole_is_that_of_opencv(count: int) -> None:
    rng = np.random.default_rng(count)
    for _ in range(20):
        hole = np.zeros((13, 17), bool)
        hole[rng.integers(0, 13, count), rng.integers(0, 17, count)] = True
        x, y, width, height = cv2.boundingRect(hole.view(np.uint8))
        box = Box.around(hole)
        assert box == Box(x, y, x + width, y + height)
        assert all(type(side) is int for side in box)
        assert hole[box.slices].sum() == hole.sum()


def test_there_is_no_box_around_nothing() -> None:
    assert Box.around(np.zeros((4, 5), bool)) is None
    assert Box.around(np.ones((4, 5), bool)) == Box(0, 0, 5, 4)
