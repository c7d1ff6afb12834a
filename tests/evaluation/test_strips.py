from __future__ import annotations

import cv2
import numpy as np
import pytest

from stranet.evaluation.strips import CELL, GAP, choose_frames, write_strip, zoom


def holes_at(*with_hole: int, count: int = 30) -> list[np.ndarray]:
    return [np.full((4, 4), i in with_hole) for i in range(count)]


def test_frames_are_spread_over_those_with_a_hole():
    assert choose_frames(holes_at(*range(5, 26))) == [5, 10, 15, 20, 25]
    assert choose_frames(holes_at(3, 9)) == [3, 9]
    assert choose_frames(holes_at()) == []


@pytest.mark.parametrize("box", [(0, 0, 3, 3), (90, 60, 96, 64), (40, 2, 44, 62), (0, 0, 96, 64), (10, 30, 80, 34)])
def test_zoom_holds_the_hole_and_stays_in_the_frame(box):
    x0, y0, x1, y1 = box
    hole = np.zeros((64, 96), bool)
    hole[y0:y1, x0:x1] = True
    window = zoom(hole)
    assert hole[window.slices].sum() == hole.sum()
    assert 0 <= window.x0 < window.x1 <= 96
    assert 0 <= window.y0 < window.y1 <= 64


def test_zoom_goes_to_the_largest_piece():
    hole = np.zeros((64, 96), bool)
    hole[10:20, 10:20] = True
    alone = zoom(hole)
    hole[60:62, 90:92] = True
    assert zoom(hole) == alone
    assert alone.x1 < 60


def test_strip_has_a_row_per_picture_and_a_column_per_frame(still, tmp_path):
    path = tmp_path / "strips/still.png"
    write_strip(path, still, {"same": still.truth, "blank": still.blanked()})
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (4 * (CELL[1] + GAP), 5 * (CELL[0] + GAP), 3)
    rows = np.split(picture, 4)
    np.testing.assert_array_equal(rows[1][40:], rows[3][40:])  # below the labels
    assert (rows[2][40:] != rows[3][40:]).any()


def test_no_hole_no_strip(still, tmp_path):
    for hole in still.holes:
        hole[:] = False
    write_strip(tmp_path / "none.png", still, {})
    assert not (tmp_path / "none.png").exists()
