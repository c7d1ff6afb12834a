"""What is learned of an object's looks, and how long it is remembered."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from stranet.tracking.looks import Looks
from stranet.tracking.ridge import ANCHOR, Ridge

RNG = np.random.default_rng(0)
HOLE = np.zeros((40, 60), bool)
HOLE[10:30, 20:45] = True


def parts(*, pixels: bool, photo: bool) -> tuple[np.ndarray, np.ndarray]:
    """Features of single pixels and of the network that show the object, or nothing but noise."""
    single = RNG.normal(size=(*HOLE.shape, 17)).astype(np.float32)
    coarse = RNG.normal(size=(10, 15, 6)).astype(np.float32)
    if pixels:
        single[HOLE, :6] += 6
    if photo:
        coarse[HOLE[2::4, 2::4], 0] += 4
    return single.reshape(-1, 17), coarse


@pytest.mark.parametrize(("pixels", "photo"), [(True, False), (False, True)])
def test_either_model_knows_the_object(pixels: bool, photo: bool) -> None:
    features = parts(pixels=pixels, photo=photo)
    looks = Looks(*features)
    looks.learn(looks.seen(*features, HOLE.shape), HOLE)
    score = looks.score(looks.seen(*parts(pixels=pixels, photo=photo), HOLE.shape))
    assert score.shape == HOLE.shape
    assert score[HOLE].mean() > score[~HOLE].mean() + 0.4


def test_unsure_pixels_teach_nothing() -> None:
    features = parts(pixels=True, photo=True)
    looks = Looks(*features)
    seen = looks.seen(*features, HOLE.shape)
    looks.learn(seen, HOLE)
    before = looks.score(seen)
    wrong = np.roll(HOLE, 15, axis=1)
    looks.learn(seen, wrong, (wrong == HOLE).astype(np.float32))
    assert looks.score(seen)[HOLE].mean() > 0.8 * before[HOLE].mean()


def test_the_first_frame_is_never_forgotten() -> None:
    """Hundreds of frames that say the opposite count no more than their share."""
    units = np.eye(2, dtype=np.float32)
    yes, no = np.array((1.0, 0.0)), np.array((0.0, 1.0))
    ridge = Ridge(2, 1e-6)
    ridge.learn(units, yes, no)
    assert np.allclose(ridge.score(units), (1, -1), atol=1e-4)
    for _ in range(300):
        ridge.learn(units, no, yes)
    assert np.allclose(ridge.score(units), (2 * ANCHOR - 1, 1 - 2 * ANCHOR), atol=1e-3)
    ridge.learn(units, yes, no, anew=True)
    assert np.allclose(ridge.score(units), (1, -1), atol=1e-4)


def test_a_frame_without_the_object_can_be_learned_from() -> None:
    ridge = Ridge(2, 1e-2)
    ridge.learn(np.eye(2, dtype=np.float32), np.zeros(2), np.ones(2))
    assert np.isfinite(ridge.weights).all()
    assert (ridge.score(np.eye(2)) < 0).all()


def test_torch_waits_until_something_is_followed() -> None:
    code = "import sys, stranet.tracking.trackers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
