"""Boxes around the pieces of a hole."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.inpainting.regions import GRID, bands, hole_boxes, moved
from stranet.types import Box


def test_a_piece_with_its_margin_within_the_frame():
    hole = np.zeros((50, 80), bool)
    hole[3:9, 40:60] = True
    assert hole_boxes(hole, 6) == [Box(32, 0, 72, 16)], "34, 0, 66, 15, and from there to multiples of 8"


def test_boxes_end_at_multiples_of_the_grid_or_at_the_edge_of_the_frame():
    rng = np.random.default_rng(1)
    for _ in range(40):
        hole = np.zeros((50, 75), bool)
        y, x = rng.integers(0, 44), rng.integers(0, 70)
        hole[y : y + 5, x : x + 4] = True
        for box in hole_boxes(hole, 3):
            assert box.x0 % GRID == box.y0 % GRID == 0
            assert box.x1 % GRID == 0 or box.x1 == 75
            assert box.y1 % GRID == 0 or box.y1 == 50


def test_no_hole_no_box():
    assert hole_boxes(np.zeros((10, 10), bool), 5) == []


def test_boxes_hold_every_piece_and_do_not_overlap():
    rng = np.random.default_rng(0)
    for _ in range(60):
        hole = np.zeros((120, 160), bool)
        for _ in range(rng.integers(1, 9)):
            y, x, h, w = rng.integers(0, 110), rng.integers(0, 150), *rng.integers(1, 14, 2)
            hole[y : y + h, x : x + w] = True
        margin = int(rng.integers(0, 12))
        covered = np.zeros(hole.shape, int)
        for box in hole_boxes(hole, margin):
            assert 0 <= box.x0 < box.x1 <= 160
            assert 0 <= box.y0 < box.y1 <= 120
            covered[box.slices] += 1
        assert covered.max() == 1
        for y, x in np.argwhere(hole)[::7]:
            around = covered[max(0, y - margin) : y + margin + 1, max(0, x - margin) : x + margin + 1]
            assert around.all()


@pytest.mark.parametrize("pixels", [1, 64, 1000, 5000, 10**9])
def test_bands_make_up_the_box_and_see_a_row_more(pixels):
    box, factor = Box(3, 5, 40, 28), 4
    kept = np.zeros((40, 50), int)
    for band in bands(box, factor, pixels):
        place = moved(band.kept, band.rows)
        kept[place.slices] += 1
        assert (band.rows.x0, band.rows.x1) == (place.x0, place.x1) == (box.x0, box.x1)
        assert band.rows.y0 == max(box.y0, place.y0 - 1)
        assert band.rows.y1 == min(box.y1, place.y1 + 1)
    inside = np.zeros_like(kept)
    inside[box.slices] = 1
    assert np.array_equal(kept, inside)
