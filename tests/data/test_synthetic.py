"""Synthetic clips: what they say about themselves is true."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from stranet.data.clip import TrainingClip
from stranet.data.degrade import DegradeOptions
from stranet.data.images import ProceduralImages
from stranet.data.mixture import Mixture
from stranet.data.silhouettes import ProceduralSilhouettes
from stranet.data.synthetic import SyntheticClips, SyntheticOptions
from stranet.errors import ConfigError
from stranet.geometry.homography import apply_homography, pixel_grid
from stranet.geometry.warp import warp
from stranet.types import Box

SIDE = 64
CLEAN = SyntheticOptions(size=SIDE, degrade=DegradeOptions.none())


def clips(options: SyntheticOptions = CLEAN, seed: int = 0) -> SyntheticClips:
    return SyntheticClips(ProceduralImages(20, (128, 160)), ProceduralSilhouettes(), options, seed)


def assert_equal(one: TrainingClip, other: TrainingClip) -> None:
    for name, part in one._asdict().items():
        np.testing.assert_array_equal(part, getattr(other, name), err_msg=name)


@pytest.mark.parametrize(("parallax", "objects"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_references_warped_by_the_truth_are_the_target(parallax: float, objects: float) -> None:
    """To interpolation error: 2 % on average on textures with lines one pixel wide."""
    source = clips(dataclasses.replace(CLEAN, parallax=parallax, objects=objects))
    errors: list[float] = []
    for index in range(6):
        clip = source[index]
        frames = torch.from_numpy(clip.frames).movedim(-1, 1)
        warped = warp(frames, torch.from_numpy(clip.position).movedim(-1, 1)).image.movedim(1, -1).numpy()
        wrong = abs(warped - clip.frames[0]).mean(-1)
        assert clip.shown[0].all()
        assert wrong[0].max() < 1e-5
        errors += [float(wrong[frame][clip.shown[frame]].mean()) for frame in range(1, 5) if clip.shown[frame].any()]
    assert len(errors) > 12
    assert np.mean(errors) < 0.02
    assert max(errors) < 0.05


def test_without_the_truth_they_are_not() -> None:
    """The comparison above can fail: frames that are not warped differ far more."""
    moving = dataclasses.replace(CLEAN, camera=dataclasses.replace(CLEAN.camera, static=0, slowest=3))
    clip = clips(moving)[0]
    assert abs(clip.frames[1:] - clip.frames[0]).mean() > 0.05


def test_clips_have_the_promised_form() -> None:
    source = clips(dataclasses.replace(SyntheticOptions(), size=SIDE, references=3, reach=9))
    shares: list[float] = []
    for index in range(10):
        clip = source[index]
        assert clip.frames.shape == (4, SIDE, SIDE, 3)
        assert clip.frames.dtype == np.float32
        assert clip.frames.min() >= 0
        assert clip.frames.max() <= 1
        np.testing.assert_allclose(clip.frames * 255, np.rint(clip.frames * 255), atol=1e-4)
        assert clip.position.dtype == np.float32
        assert np.isfinite(clip.position).all()
        assert clip.shown.dtype == clip.holes.dtype == bool
        assert clip.shown.shape == clip.holes.shape
        assert clip.times[0] == 0
        assert clip.apart[1:].min() >= 1
        assert clip.apart.max() <= 9
        shares.append(float(clip.holes[0].mean()))
    assert min(shares) >= 0.015
    assert max(shares) <= 0.375
    assert len(set(shares)) == 10


def test_references_lie_on_both_sides_near_and_far() -> None:
    source = clips(dataclasses.replace(CLEAN, size=16))
    times = np.concatenate([source[index].times[1:] for index in range(20)])
    assert times.min() < -12
    assert times.max() > 12
    assert (abs(times) <= 2).mean() > 0.1
    assert 0.3 < (times > 0).mean() < 0.7


def test_the_first_guess_is_the_background_and_a_still_camera_is_still() -> None:
    plain = dataclasses.replace(CLEAN, parallax=0, objects=0)
    grid = pixel_grid(Box(0, 0, SIDE, SIDE))
    for index in range(4):
        clip = clips(plain)[index]
        for frame in range(5):
            guessed = apply_homography(clip.homographies[frame], grid)
            assert np.linalg.norm(guessed - clip.position[frame], axis=-1).max() < 1.5
    still = clips(dataclasses.replace(plain, camera=dataclasses.replace(plain.camera, static=1)))[0]
    np.testing.assert_allclose(still.homographies, np.tile(np.eye(3), (5, 1, 1)), atol=1e-9)
    np.testing.assert_array_equal(still.frames[1], still.frames[0])


def test_a_clip_is_a_function_of_seed_and_index() -> None:
    source = clips(SyntheticOptions(size=SIDE), seed=3)
    first = source[5]
    source[6]
    assert_equal(source[5], first)
    assert_equal(clips(SyntheticOptions(size=SIDE), seed=3)[5], first)
    assert (source[6].frames != first.frames).any()
    assert (clips(SyntheticOptions(size=SIDE), seed=4)[5].frames != first.frames).any()


def test_a_mixture_draws_by_weight_and_changes_nothing() -> None:
    tiny = dataclasses.replace(CLEAN, size=16)
    one, two = (clips(tiny, seed=seed)[0] for seed in (1, 2))

    class Numbered:
        def __init__(self, clip: TrainingClip) -> None:
            self.clip = clip

        def __getitem__(self, index: int) -> TrainingClip:
            return self.clip._replace(times=self.clip.times + index)

    mixed = Mixture((Numbered(one), Numbered(two)), (3, 1), seed=9)
    drawn = [mixed[index].frames is one.frames for index in range(200)]
    assert 125 <= sum(drawn) <= 175
    for index in range(20):
        assert_equal(mixed[index], Numbered(one if drawn[index] else two)[index])
    assert [mixed[index].frames is one.frames for index in range(200)] == drawn
    other = Mixture((Numbered(one), Numbered(two)), (3, 1), seed=8)
    assert [other[index].frames is one.frames for index in range(200)] != drawn
    assert_equal(Mixture((Numbered(one), Numbered(two)), (0, 1))[3], Numbered(two)[3])


@pytest.mark.parametrize("weights", [(1,), (1, -1), (0, 0)])
def test_weights_that_cannot_work(weights: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="weights"):
        Mixture((clips(), clips()), weights)


@pytest.mark.parametrize(
    "bad",
    [{"size": 8}, {"references": 0}, {"reach": 2}, {"objects": 1.1}, {"coarsest": 0}, {"finest": 3}, {"nearest": 0.5}],
)
def test_bad_options_are_named(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        SyntheticOptions(**bad)  # type: ignore[arg-type]
