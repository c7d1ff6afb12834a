"""Affine motion in normalised coordinates against torch's own grid, OpenCV's warp and itself."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stranet.geometry.theta import (
    compose_theta,
    identity_theta,
    move_positions,
    position_grid,
    theta_homography,
    theta_positions,
)
from stranet.geometry.warp import warp
from textures import texture

HEIGHT, WIDTH = 40, 64


def some_theta(seed: int, batch: int = 2) -> torch.Tensor:
    noise = torch.randn(batch, 2, 3, generator=torch.Generator().manual_seed(seed))
    return identity_theta(batch) + 0.1 * noise


@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (1, 1), (7, 3)])
def test_positions_are_those_of_affine_grid(size):
    height, width = size
    theta = some_theta(0)
    unit = F.affine_grid(theta, [2, 1, height, width], align_corners=False).movedim(-1, 1)
    expected = ((unit + 1) * torch.tensor([width, height]).view(1, 2, 1, 1) - 1) / 2
    torch.testing.assert_close(theta_positions(theta, height, width), expected, atol=1e-4, rtol=0)


def test_warping_is_that_of_opencv():
    picture = texture(HEIGHT, WIDTH).astype(np.float32) / 255
    theta = some_theta(1, 1)
    matrix = theta_homography(theta.double(), HEIGHT, WIDTH)[0, :2].numpy()
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    image = torch.from_numpy(picture).permute(2, 0, 1)[None]
    warped = warp(image, theta_positions(theta, HEIGHT, WIDTH)).image[0].permute(1, 2, 0).numpy()
    # OpenCV places samples to 1/32 of a pixel.
    assert np.abs(warped - expected).mean() < 0.002
    assert np.abs(picture - expected).mean() > 0.02


def test_identity_is_every_pixel_itself():
    torch.testing.assert_close(theta_positions(identity_theta(1), HEIGHT, WIDTH), position_grid(HEIGHT, WIDTH))
    assert position_grid(HEIGHT, WIDTH)[0, :, 3, 5].tolist() == [5, 3]


def test_composition_applies_the_first_first():
    first, second = some_theta(2), some_theta(3)
    composed = theta_positions(compose_theta(second, first), HEIGHT, WIDTH)
    in_turn = move_positions(theta_homography(second, HEIGHT, WIDTH), theta_positions(first, HEIGHT, WIDTH))
    torch.testing.assert_close(composed, in_turn, atol=1e-4, rtol=0)
    assert (composed - theta_positions(compose_theta(first, second), HEIGHT, WIDTH)).abs().max() > 0.1


def test_half_precision_around_it_changes_nothing():
    theta = some_theta(4)
    with torch.autocast("cpu", torch.bfloat16):
        cast = theta_positions(compose_theta(theta, theta), HEIGHT, WIDTH)
    assert torch.equal(cast, theta_positions(compose_theta(theta, theta), HEIGHT, WIDTH))
