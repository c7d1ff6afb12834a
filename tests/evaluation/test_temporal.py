from __future__ import annotations

import numpy as np
import pytest

from stranet.evaluation.temporal import truth_motion, warp_error


@pytest.fixture
def hole() -> np.ndarray:
    hole = np.zeros((64, 96), bool)
    hole[20:44, 30:60] = True
    return hole


def test_motion_of_a_slide_is_found(clips):
    previous, frame = clips["slide"][:2]
    motion = truth_motion(frame, previous)
    inside = (slice(16, 48), slice(24, 72))
    # The content moves to the left by two pixels, so it was two pixels further right.
    assert np.abs(motion.x[inside] - np.arange(24, 72) - 2).mean() < 0.2
    assert np.abs(motion.y[inside] - np.arange(16, 48)[:, None]).mean() < 0.2
    assert motion.predictable[inside].mean() > 0.95


def test_truth_itself_hardly_errs(clips, hole):
    previous, frame = clips["slide"][:2]
    error = warp_error(truth_motion(frame, previous), frame, previous, hole)
    assert error is not None
    assert error < 0.2


def test_flicker_in_closed_form(clips, hole):
    frame = clips["still"][0]
    motion = truth_motion(frame, frame)
    dark, bright = np.full_like(frame, 100), np.full_like(frame, 151)  # a fifth of the range apart
    assert warp_error(motion, bright, dark, hole) == pytest.approx(0.2**2 * 1000)
    assert warp_error(motion, dark, dark, hole) == 0


def test_outputs_outside_the_hole_do_not_matter(clips, hole):
    frame = clips["still"][0]
    motion = truth_motion(frame, frame)
    other = np.where(hole[..., None], frame, 255 - frame)
    assert warp_error(motion, other, frame, hole) == warp_error(motion, frame, frame, hole)


def test_unpredictable_truth_is_not_judged(hole):
    black, white = np.zeros((64, 96, 3), np.uint8), np.full((64, 96, 3), 255, np.uint8)
    assert warp_error(truth_motion(white, black), white, black, hole) is None
    assert warp_error(truth_motion(black, black), white, black, np.zeros_like(hole)) is None
