"""The simplest motion: found among outliers, never more complicated than the matches ask for."""

from __future__ import annotations

import numpy as np
import pytest

from stranet.geometry.homography import IDENTITY, apply_homography
from stranet.geometry.motion_models import MODELS
from stranet.geometry.robust_fit import MIN_POINTS, fit_motions, unexplained

SHIFT = np.array([[1, 0, 3.5], [0, 1, -1.25], [0, 0, 1.0]])
SIMILARITY = np.array([[1.01, -0.03, 2.0], [0.03, 1.01, -6.0], [0, 0, 1.0]])
AFFINE = np.array([[1.02, 0.04, -4.0], [-0.02, 0.97, 2.5], [0, 0, 1.0]])
PERSPECTIVE = np.array([[1.02, 0.05, -4.0], [-0.03, 0.98, 2.5], [1e-4, -5e-5, 1.0]])
MOTIONS = {"shift": SHIFT, "similarity": SIMILARITY, "affine": AFFINE, "perspective": PERSPECTIVE}


def fit_motion(points: np.ndarray, matched: np.ndarray, tolerance: float) -> np.ndarray | None:
    return fit_motions([(points, matched)], tolerance)[0]


def grid() -> np.ndarray:
    x, y = np.meshgrid(np.arange(0, 480, 12.0), np.arange(0, 270, 12.0))
    return np.stack((x, y), -1).reshape(-1, 2).astype(np.float32)


def distance(fitted: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(apply_homography(fitted, grid()) - apply_homography(truth, grid()), axis=-1).max())


@pytest.mark.parametrize("motion", MOTIONS.values(), ids=MOTIONS)
@pytest.mark.parametrize("outliers", [0.0, 0.4])
def test_finds_the_motion_among_another_objects_motion(motion, outliers):
    rng = np.random.default_rng(0)
    points = grid()
    matched = apply_homography(motion, points) + rng.normal(0, 0.1, points.shape).astype(np.float32)
    other = points[:, 0] > 480 * (1 - outliers)  # one side of the frame moves on its own
    matched[other] += np.float32((9, 5)) + rng.normal(0, 0.3, (int(other.sum()), 2)).astype(np.float32)
    fitted = fit_motion(points, matched, 0.7)
    assert fitted is not None
    kept = apply_homography(fitted, points[~other]) - apply_homography(motion, points[~other])
    assert np.linalg.norm(kept, axis=-1).max() < 0.4
    assert fitted[2, 2] == 1


def test_a_still_camera_is_exactly_still_whatever_the_noise():
    rng = np.random.default_rng(1)
    points = grid()
    for noise in (0.0, 0.05, 0.3):
        matched = points + rng.normal(0, noise, points.shape).astype(np.float32)
        assert np.array_equal(fit_motion(points, matched, 0.7), IDENTITY)


def test_a_still_camera_stays_still_where_a_third_of_the_frame_sways():
    rng = np.random.default_rng(2)
    points = grid()
    matched = points + rng.normal(0, 0.03, points.shape).astype(np.float32)
    swaying = rng.random(len(points)) < 0.33
    matched[swaying] += rng.normal(0.4, 0.5, (int(swaying.sum()), 2)).astype(np.float32)
    assert np.array_equal(fit_motion(points, matched, 0.7), IDENTITY)


def test_a_slow_zoom_is_not_taken_for_stillness():
    points = grid()
    zoom = np.array([[1.003, 0, -0.72], [0, 1.003, -0.4], [0, 0, 1]])
    rng = np.random.default_rng(3)
    matched = apply_homography(zoom, points) + rng.normal(0, 0.1, points.shape).astype(np.float32)
    assert distance(fit_motion(points, matched, 0.7), zoom) < 0.1


def test_coarse_matches_of_a_fast_pan_are_fitted_at_a_wider_scale():
    rng = np.random.default_rng(4)
    points, pan = grid(), np.array([[1, 0, 25.0], [0, 1, 1.0], [0, 0, 1]])
    matched = apply_homography(pan, points) + rng.normal(0, 2.0, points.shape).astype(np.float32)
    assert distance(fit_motion(points, matched, 0.7), pan) < 1.0


def test_where_the_points_lie_does_not_matter():
    rng = np.random.default_rng(5)
    points = grid() / 8 + np.float32((300, 100))  # a small box far from the corner
    matched = apply_homography(SIMILARITY, points) + rng.normal(0, 0.05, points.shape).astype(np.float32)
    fitted = fit_motion(points, matched, 0.7)
    moved = apply_homography(fitted, points) - apply_homography(SIMILARITY, points)
    assert np.linalg.norm(moved, axis=-1).max() < 0.1


def test_too_few_matches_fit_nothing():
    points = grid()[: MIN_POINTS - 1]
    assert fit_motion(points, points, 0.7) is None


def test_many_sets_of_any_length_are_fitted_as_each_alone():
    rng = np.random.default_rng(5)
    pairs = []
    for number, motion in enumerate((*MOTIONS.values(), IDENTITY)):
        points = grid()[rng.permutation(len(grid()))[: 100 * number + 50]]
        matched = apply_homography(motion, points) + rng.normal(0, 0.2, points.shape).astype(np.float32)
        wrong = rng.random(len(points)) < 0.1 * number
        matched[wrong] += rng.normal(0, 9, (int(wrong.sum()), 2)).astype(np.float32)
        pairs.append((points, matched))
    pairs.insert(2, (grid()[:3], grid()[:3]))
    together = fit_motions(pairs, 0.7)
    assert together[2] is None
    for pair, found in zip(pairs, together, strict=True):
        alone = fit_motion(*pair, 0.7)
        assert (alone is None) == (found is None)
        if found is not None:
            assert distance(found, alone) < 1e-3
    assert fit_motions([], 0.7) == []


def test_what_a_motion_leaves_unexplained_is_a_share_of_the_matches():
    points = grid()
    matched = apply_homography(SHIFT, points)
    assert unexplained(SHIFT, (points, matched), 0.7) < 1e-6
    assert unexplained(IDENTITY, (points, matched), 0.7) > 0.99
    matched[::4] += 1000
    assert unexplained(SHIFT, (points, matched), 0.7) == pytest.approx(0.25, abs=0.01)
    bend = points + np.float32((0.35, 0))  # half the tolerance, where the cost bends
    assert unexplained(IDENTITY, (points, bend), 0.7) == pytest.approx(0.5, abs=0.001)


def test_only_the_models_that_are_asked_for_are_tried():
    matched = apply_homography(AFFINE, grid())
    found = fit_motions([(grid(), matched)], 0.7, MODELS[:2], widest=1)[0]
    assert found is not None
    assert found[0, 0] == pytest.approx(found[1, 1])  # no more than a similarity
    assert found[0, 1] == pytest.approx(-found[1, 0])
