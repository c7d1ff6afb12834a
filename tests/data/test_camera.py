"""Random motion."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.data.camera import MotionOptions, draw_motion
from stranet.data.times import draw_times
from stranet.errors import ConfigError

TIMES = np.array([0, 1, -1, 5, -24, 24])
STEADY = MotionOptions(static=0, slowest=2, fastest=2, turn=0, zoom=0, shear=0, tilt=0, shake=0)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_has_moved_at_time_zero(seed: int) -> None:
    matrices = draw_motion(np.random.default_rng(seed), TIMES, MotionOptions(static=0)).matrices(64, nearer=2)
    np.testing.assert_allclose(matrices[0], np.eye(3), atol=1e-12)
    assert not np.allclose(matrices[4], np.eye(3))
    np.testing.assert_allclose(matrices[:, 2, 2], 1, atol=0.5)


def test_static_is_exactly_static() -> None:
    matrices = draw_motion(np.random.default_rng(0), TIMES, MotionOptions(static=1)).matrices(64)
    np.testing.assert_array_equal(matrices, np.tile(np.eye(3), (6, 1, 1)))


def test_motion_is_a_function_of_time_alone() -> None:
    """Which other frames are looked at changes nothing; a shaking hand aside, whose noise is drawn in order."""
    options = MotionOptions(static=0, shake=0)
    whole = draw_motion(np.random.default_rng(3), TIMES, options).matrices(64)
    part = draw_motion(np.random.default_rng(3), TIMES[[0, 3, 4]], options).matrices(64)
    np.testing.assert_allclose(part, whole[[0, 3, 4]])


def test_speed_is_what_was_asked_for() -> None:
    speeds: list[float] = []
    for seed in range(200):
        pan = draw_motion(np.random.default_rng(seed), np.array([0, 1]), STEADY).pan
        speeds.append(float(np.hypot(*(pan[1] / (1, 0.5)))))
    assert 1.5 < np.median(speeds) < 2.5


def test_a_nearer_plane_moves_further() -> None:
    motion = draw_motion(np.random.default_rng(1), TIMES, STEADY)
    np.testing.assert_allclose(motion.matrices(64, 3)[:, :2, 2], 3 * motion.matrices(64)[:, :2, 2])


@pytest.mark.parametrize(
    ("options", "key"),
    [({"static": 1.5}, "static"), ({"zoom": -1}, "zoom"), ({"slowest": 0}, "slowest"), ({"fastest": 0.01}, "fastest")],
)
def test_bad_options_are_named(options: dict[str, float], key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        MotionOptions(**options)


def test_times_are_distinct_nearest_first_and_within_the_shot() -> None:
    rng, far = np.random.default_rng(0), 0
    for _ in range(100):
        times = draw_times(rng, 4, target=10, length=35)
        assert times[0] == 0
        assert len(set(times)) == 5
        assert (np.diff(abs(times)) >= 0).all()
        assert times.min() >= -10
        assert times.max() <= 24
        far = max(far, *times)
    assert far == 24
    np.testing.assert_array_equal(sorted(draw_times(rng, 4, 2, 5)), [-2, -1, 0, 1, 2])
