from __future__ import annotations

import cv2
import numpy as np
import pytest

from stranet.evaluation.baselines import BASELINES, RADIUS, nearest_visible, temporal_median


@pytest.mark.parametrize("name", BASELINES)
def test_only_the_hole_changes(still, name):
    outputs = list(BASELINES[name](still.blanked(), still.holes))
    assert len(outputs) == len(still.truth)
    for output, truth, hole in zip(outputs, still.truth, still.holes, strict=True):
        assert output.dtype == np.uint8
        np.testing.assert_array_equal(output[~hole], truth[~hole])


@pytest.mark.parametrize("name", ["temporal-median", "nearest-visible"])
def test_a_still_scene_comes_back_exactly(still, name):
    for output, truth in zip(BASELINES[name](still.blanked(), still.holes), still.truth, strict=True):
        np.testing.assert_array_equal(output, truth)


@pytest.mark.parametrize("name", BASELINES)
def test_what_is_under_the_hole_has_no_influence(still, name):
    poisoned = [
        np.where(hole[..., None], np.uint8(255), truth) for truth, hole in zip(still.truth, still.holes, strict=True)
    ]
    for one, two in zip(
        BASELINES[name](still.blanked(), still.holes), BASELINES[name](poisoned, still.holes), strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_median_and_nearest_in_closed_form():
    frames = [np.full((16, 16, 3), level, np.uint8) for level in (10, 20, 60, 30, 90)]
    holes = [np.zeros((16, 16), bool) for _ in frames]
    holes[2][4:8, 4:8] = True
    holes[1][6, 6] = True
    median = list(temporal_median(frames, holes))[2]
    assert median[4, 4, 0] == 20  # of 10, 20, 30, 90
    assert median[6, 6, 0] == 30  # of 10, 30, 90
    nearest = list(nearest_visible(frames, holes))[2]
    assert nearest[4, 4, 0] == 20
    assert nearest[6, 6, 0] == 30


def test_what_no_frame_shows_is_left_to_telea(still):
    hole = still.holes[0]
    frames, holes = still.truth[:2], [hole, hole]
    expected = cv2.inpaint(frames[0], hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
    for method in (temporal_median, nearest_visible):
        np.testing.assert_array_equal(next(method(frames, holes)), expected)
