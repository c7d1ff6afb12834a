"""Homographies against OpenCV, and robust fits against the truth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from stranet.geometry.homography import (
    IDENTITY,
    apply_homography,
    compose,
    is_plausible,
    pixel_grid,
)
from stranet.types import Box, Size

MILD = np.array([[1.02, 0.05, -4.0], [-0.03, 0.98, 2.5], [1e-4, -5e-5, 1.0]])
SHIFT = np.array([[1, 0, 3.5], [0, 1, -1.25], [0, 0, 1.0]])


def some_points(count: int = 200, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 200, (count, 2)).astype(np.float32)


def test_the_grid_is_x_y():
    grid = pixel_grid(Box(3, 5, 6, 7))
    assert grid.shape == (2, 3, 2)
    assert grid[1, 2].tolist() == [5, 6]


def test_apply_is_perspective_transform():
    points = some_points()
    expected = cv2.perspectiveTransform(points[:, None].astype(np.float64), MILD)[:, 0]
    np.testing.assert_allclose(apply_homography(MILD, points), expected, atol=1e-3)


def test_compose_applies_the_second_after_the_first():
    points = some_points()
    one_by_one = apply_homography(SHIFT, apply_homography(MILD, points))
    np.testing.assert_allclose(apply_homography(compose(SHIFT, MILD), points), one_by_one, atol=1e-3)


def test_compose_with_the_inverse_is_the_identity():
    np.testing.assert_allclose(compose(np.linalg.inv(MILD), MILD), IDENTITY, atol=1e-12)


@pytest.mark.parametrize("homography", [IDENTITY, SHIFT, MILD])
def test_camera_motion_is_plausible(homography):
    assert is_plausible(homography, Size(480, 270))


@pytest.mark.parametrize(
    "homography",
    [
        np.diag([-1.0, 1.0, 1.0]),  # mirrored
        np.diag([0.3, 0.3, 1.0]),  # collapsed
        np.diag([4.0, 4.0, 1.0]),  # blown up
        np.array([[1, 0, 0], [0, 1, 0], [-0.01, 0, 1.0]]),  # the horizon crosses the frame
        np.full((3, 3), np.nan),
    ],
    ids=["mirrored", "small", "large", "horizon", "nan"],
)
def test_nonsense_is_not(homography):
    assert not is_plausible(homography, Size(480, 270))
