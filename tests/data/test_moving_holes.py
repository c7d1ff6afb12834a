"""Holes that move."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.data.camera import MotionOptions
from stranet.data.moving_holes import HoleOptions, animate, draw_holes, translation
from stranet.data.silhouettes import ProceduralSilhouettes, Silhouette
from stranet.errors import ConfigError

SIDE, TIMES = 64, np.array([0, 1, -2, 9, -20])
STILL = MotionOptions(static=1)
SCENE = np.stack([translation((time, 0)) for time in TIMES])


class Box:
    """Always the same box."""

    def draw(self, rng: np.random.Generator) -> Silhouette:
        return (np.ones((40, 40), bool),)


@pytest.mark.parametrize("seed", range(30))
def test_holes_cover_what_they_should(seed: int) -> None:
    options = HoleOptions(several=0.5)
    holes = draw_holes(np.random.default_rng(seed), ProceduralSilhouettes(), TIMES, SCENE, SIDE, options)
    assert holes.shape == (5, SIDE, SIDE)
    assert holes.dtype == bool
    assert options.least / 2 <= holes[0].mean() <= 1.5 * options.most


def test_a_still_hole_stays_in_the_frame_or_in_the_scene() -> None:
    for in_scene, shift in ((0.0, 0), (1.0, 1)):
        options = HoleOptions(0.1, 0.1, several=0, most_growth=0, in_scene=in_scene, motion=STILL)
        middle = (SIDE / 2, SIDE / 2)
        holes = draw_holes(np.random.default_rng(0), Box(), TIMES[:3], SCENE[:3], SIDE, options, middle)
        for hole, time in zip(holes, TIMES, strict=False):
            np.testing.assert_array_equal(hole, np.roll(holes[0], shift * time, axis=1))


def test_a_hole_hides_what_it_should() -> None:
    options = HoleOptions(0.1, 0.1, several=0)
    hidden = [
        draw_holes(np.random.default_rng(seed), Box(), TIMES, SCENE, SIDE, options, (20.0, 44.0))[0, 44, 20]
        for seed in range(20)
    ]
    assert np.mean(hidden) > 0.9


def test_no_silhouette_that_fits_ends_in_a_disc() -> None:
    class Line:
        def draw(self, rng: np.random.Generator) -> Silhouette:
            return (np.ones((1, 100), bool),)

    options = HoleOptions(0.2, 0.25, several=0, most_growth=0)
    holes = draw_holes(np.random.default_rng(0), Line(), TIMES, SCENE, SIDE, options)
    assert 0.15 < holes[0].mean() < 0.3
    assert holes[0, SIDE // 2, SIDE // 2]


def test_shapes_go_back_and_forth() -> None:
    silhouette = tuple(np.ones((1, width), bool) for width in (1, 2, 3))
    times = np.arange(40) - 20
    widths = [shape.shape[1] for shape in animate(np.random.default_rng(0), silhouette, times)]
    assert set(widths) == {1, 2, 3}
    assert max(abs(np.diff(widths))) == 1
    assert animate(np.random.default_rng(0), silhouette[:1], times) == silhouette[:1] * 40


@pytest.mark.parametrize("bad", [{"least": 0}, {"most": 0.01}, {"several": 2}, {"most_growth": -1}])
def test_bad_options_are_named(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        HoleOptions(**bad)  # type: ignore[arg-type]
