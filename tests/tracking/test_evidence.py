"""What motion says about a box: whether the fence is right, and what the object is not."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.tracking.fence import DOUBTED, MOST, agreement, fenced
from stranet.tracking.rivals import ENOUGH, SHARE, counterexamples

SHAPE = 60, 80
OUTSIDE = np.ones(SHAPE, bool)
OUTSIDE[10:50, 10:70] = False
OBJECT = np.zeros(SHAPE, bool)
OBJECT[20:40, 30:45] = True
STILL = np.zeros(SHAPE, np.float32)


def lab_of(object_light: float) -> np.ndarray:
    lab = np.full((*SHAPE, 3), (50, 0, 0), np.float32)
    lab[OBJECT] = object_light, 0, 0
    return lab


def test_an_object_of_another_colour_is_fenced_off() -> None:
    fence = fenced(lab_of(90), STILL, OUTSIDE)
    assert fence[OBJECT].mean() > 0.9 * MOST
    assert fence[~OBJECT & ~OUTSIDE].mean() < 0.2 * fence[OBJECT].mean()


def test_motion_alone_is_a_fence() -> None:
    assert not fenced(lab_of(50), STILL, OUTSIDE).any()
    moving = np.where(OBJECT, np.float32(2), np.float32(-1))
    fence = fenced(lab_of(50), moving, OUTSIDE)
    assert fence[25:35, 34:41].min() > 0.9 * MOST
    assert fence[~OBJECT & ~OUTSIDE].mean() < 0.1 * fence[OBJECT].mean()


def test_a_fence_around_what_moves_is_believed_and_one_around_what_is_still_is_not() -> None:
    fence = np.where(OBJECT, np.float32(MOST), np.float32(-MOST))
    elsewhere = np.roll(OBJECT, 20, axis=1)
    assert agreement(fence, STILL, OUTSIDE) == 1
    assert agreement(fence, np.where(OBJECT, np.float32(1), np.float32(-1)), OUTSIDE) == 1
    assert agreement(fence, np.where(elsewhere, np.float32(1), np.float32(-1)), OUTSIDE) == DOUBTED
    assert agreement(np.abs(fence), np.ones(SHAPE, np.float32), OUTSIDE) == 1, "nothing to compare with"


def test_what_moves_outside_gets_a_share_of_its_own() -> None:
    moving = np.full(SHAPE, -1, np.float32)
    moving[:4] = 2
    weights = counterexamples(OUTSIDE, moving).reshape(SHAPE)
    assert weights.sum() == pytest.approx(1)
    assert not weights[~OUTSIDE].any()
    rivals = OUTSIDE & (moving > 0)
    assert weights[rivals].sum() == pytest.approx(SHARE + (1 - SHARE) * rivals.sum() / OUTSIDE.sum())
    assert np.allclose(weights[OUTSIDE & ~rivals], (1 - SHARE) / OUTSIDE.sum())


def test_a_few_moving_pixels_do_not_speak_for_all() -> None:
    moving = STILL.copy()
    moving[0, :12] = 1
    weights = counterexamples(OUTSIDE, moving)
    share = SHARE * 12 / (ENOUGH * OUTSIDE.size)
    assert weights[:12].sum() == pytest.approx(share + (1 - share) * 12 / OUTSIDE.sum())
    assert np.allclose(counterexamples(OUTSIDE, STILL), OUTSIDE.ravel() / OUTSIDE.sum())
    assert not counterexamples(np.zeros(SHAPE, bool), moving).any()
