"""Cuts are found, motion and light are not cuts, and what lies inside a hole has no say."""

import numpy as np
import pytest

from stranet.types import Shot
from stranet.video.shots import ShotDetector, split_shots

HEIGHT, WIDTH = 90, 160


def landscape(seed: int, width: int = 640) -> np.ndarray:
    """(HEIGHT, width, 3) uint8 of smooth random colours with edges: one 'place'."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((HEIGHT, width, 3))
    for period in (40, 20, 10):
        coarse = rng.uniform(-1, 1, (HEIGHT // period + 2, width // period + 2, 3))
        fine = np.repeat(np.repeat(coarse, period, 0), period, 1)[:HEIGHT, :width]
        picture += fine * period
    return np.clip(128 + picture * 1.5 + rng.uniform(-40, 40, 3), 0, 255).astype(np.uint8)


def pan(place: np.ndarray, frames: int, step: int) -> list[np.ndarray]:
    return [place[:, step * i : step * i + WIDTH] for i in range(frames)]


def starts(frames, holes=None) -> list[int]:
    detector = ShotDetector()
    holes = holes or [None] * len(frames)
    return [i for i, (frame, hole) in enumerate(zip(frames, holes, strict=True)) if detector.push(frame, hole)]


@pytest.mark.parametrize("step", [0, 2, 8, 16])
def test_every_hard_cut_and_nothing_else(step):
    frames = [frame for seed in (1, 2, 3) for frame in pan(landscape(seed), 10, step)]
    assert starts(frames) == [0, 10, 20]


def test_another_angle_in_the_same_place_is_a_cut():
    calm = pan(landscape(4), 10, 1)
    mirrored = [frame[:, ::-1] for frame in calm]
    assert starts([*calm, *mirrored]) == [0, 10]


def test_a_pan_that_starts_suddenly_is_no_cut():
    place = landscape(5)
    offsets = [0] * 8 + [6 * i for i in range(20)]
    assert starts([place[:, x : x + WIDTH] for x in offsets]) == [0]


def test_an_exposure_change_is_no_cut():
    place = landscape(6)[:, :WIDTH].astype(float) * 0.6 + 20
    frames = [place, place, place, place * 1.5 + 20, place, place]
    assert starts([np.clip(frame, 0, 255).astype(np.uint8) for frame in frames]) == [0]


def test_noise_in_the_dark_is_no_cut():
    rng = np.random.default_rng(7)
    assert starts([rng.integers(0, 8, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(12)]) == [0]


def test_what_is_inside_the_hole_changes_nothing():
    rng = np.random.default_rng(8)
    frames = [frame for seed in (9, 10) for frame in pan(landscape(seed), 8, 3)]
    holes = []
    for i in range(len(frames)):
        hole = np.zeros((HEIGHT, WIDTH), bool)
        hole[20:70, 10 + 5 * i : 60 + 5 * i] = True
        holes.append(hole)
    noisy = []
    for frame, hole in zip(frames, holes, strict=True):
        frame = frame.copy()
        frame[hole] = rng.integers(0, 256, (hole.sum(), 3))
        noisy.append(frame)
    assert starts(frames, holes) == starts(noisy, holes) == [0, 8]


def test_a_hole_over_everything_gives_no_evidence_of_a_cut():
    everything = np.ones((HEIGHT, WIDTH), bool)
    frames = [landscape(seed)[:, :WIDTH] for seed in range(4)]
    assert starts(frames, [everything] * 4) == [0]


def test_empty_hole_is_as_good_as_none():
    frames = [frame for seed in (11, 12) for frame in pan(landscape(seed), 6, 4)]
    assert starts(frames) == starts(frames, [np.zeros((HEIGHT, WIDTH), bool)] * 12)


@pytest.mark.parametrize("shape", [(160, 90), (90, 90), (20, 300), (40, 30)])
def test_any_aspect_ratio(shape):
    rng = np.random.default_rng(13)
    places = [np.repeat(np.repeat(rng.integers(0, 256, (9, 9, 3), np.uint8), 40, 0), 40, 1) for _ in range(2)]
    frames = [place[: shape[0], : shape[1]] for place in places for _ in range(3)]
    assert starts(frames) == [0, 3]


def test_split_shots():
    assert split_shots([]) == []
    assert split_shots([False]) == split_shots([True]) == [Shot(0, 1)]
    assert split_shots([True, False, True, True, False]) == [Shot(0, 2), Shot(2, 3), Shot(3, 5)]
    assert split_shots(iter([False, False, True])) == [Shot(0, 2), Shot(2, 3)]
