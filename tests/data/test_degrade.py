"""What cameras and codecs do."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.data.degrade import DegradeOptions, degrade
from stranet.errors import ConfigError
from textures import psnr, texture

TIMES = np.array([0, 3, -24])


def clip() -> np.ndarray:
    return np.stack([texture(48, 64)] * 3)


def run(seed: int = 0, **only: float) -> np.ndarray:
    """One kind of degradation, always."""
    options = {"exposure": 0, "blur": 0, "noise": 0, "compression": 0, **only}
    return degrade(clip(), TIMES, np.random.default_rng(seed), DegradeOptions(**options))  # type: ignore[arg-type]


def test_nothing_is_nothing() -> None:
    np.testing.assert_array_equal(run(), clip())
    np.testing.assert_array_equal(degrade(clip(), TIMES, np.random.default_rng(0), DegradeOptions.none()), clip())


@pytest.mark.parametrize("seed", range(4))
def test_light_drifts_from_the_target_within_bounds(seed: int) -> None:
    lit = run(seed, exposure=1, most_exposure=0.2).astype(float)
    middle = clip()[0].astype(float)
    inside = (middle > 40) & (middle < 180)
    assert abs(lit[0] - middle).max() <= 1, "the target keeps its light"
    for frame in lit[1:]:
        assert (abs(frame - middle)[inside] <= 0.25 * middle[inside] + 4).all()
    assert (lit[2] != lit[0]).any()


def test_noise_has_the_strength_that_was_asked_for() -> None:
    for seed in range(4):
        noise = run(seed, noise=1, most_noise=8).astype(float) - clip()
        assert 3 < noise.std() < 9.5
        assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.2, "every frame has its own"


@pytest.mark.parametrize("seed", range(4))
def test_blur_keeps_the_mean_and_takes_detail(seed: int) -> None:
    blurred = run(seed, blur=1, most_blur=6).astype(float)
    assert abs(blurred.mean() - clip().mean()) < 1
    assert np.diff(blurred, axis=2).std() < np.diff(clip().astype(float), axis=2).std()


def test_compression_is_mild_and_keeps_colours() -> None:
    assert 25 < psnr(run(1, compression=1, worst_quality=60), clip()) < 60


def test_the_same_seed_gives_the_same() -> None:
    np.testing.assert_array_equal(run(5, noise=1, blur=1), run(5, noise=1, blur=1))


@pytest.mark.parametrize("bad", [{"noise": 2}, {"most_blur": -1}, {"most_exposure": 1}, {"worst_quality": 0}])
def test_bad_options_are_named(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        DegradeOptions(**bad)  # type: ignore[arg-type]
