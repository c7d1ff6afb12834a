"""Warping against slicing and against OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stranet.geometry.homography import apply_homography, pixel_grid
from stranet.geometry.scale import to_tensor
from stranet.geometry.warp import warp
from stranet.types import Box
from textures import texture


def positions(grid: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(grid)).permute(2, 0, 1)[None]


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -2), (-5, 4)])
def test_whole_steps_are_slices(dx, dy, mode):
    image = to_tensor(texture(40, 50))
    box = Box(10, 10, 40, 30)
    warped = warp(image, positions(pixel_grid(box) + np.float32([dx, dy])), mode)
    expected = image[..., box.y0 + dy : box.y1 + dy, box.x0 + dx : box.x1 + dx]
    torch.testing.assert_close(warped.image, expected, atol=2e-5, rtol=0)
    assert warped.inside.all()


def test_bilinear_is_remap():
    picture = texture(48, 64).astype(np.float32) / 255
    homography = np.array([[1.05, 0.04, -3.3], [-0.03, 0.97, 2.1], [2e-4, -1e-4, 1.0]])
    grid = apply_homography(homography, pixel_grid(Box(0, 0, 64, 48)))
    expected = cv2.remap(
        picture,
        grid[..., 0],
        grid[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    actual = warp(to_tensor(picture), positions(grid)).image[0].permute(1, 2, 0).numpy()
    assert np.abs(actual - expected).max() < 0.02  # remap rounds positions to 1/32 pixel
    assert np.abs(actual - expected).mean() < 0.002


def test_beyond_the_edge_the_edge_is_continued_and_said_to_be_outside():
    image = to_tensor(texture(8, 8))
    warped = warp(image, positions(np.float32([[[-4, 3], [0, 3], [7, 3], [11, 3], [7.01, 3], [3, -0.01]]])))
    torch.testing.assert_close(warped.image[0, :, 0, 0], image[0, :, 3, 0])
    torch.testing.assert_close(warped.image[0, :, 0, 3], image[0, :, 3, 7])
    assert warped.inside[0, 0, 0].tolist() == [False, True, True, False, False, False]


def test_every_image_of_a_batch_has_its_own_positions():
    images = torch.cat([to_tensor(texture(20, 20, seed)) for seed in (1, 2)])
    grid = pixel_grid(Box(5, 5, 10, 10))
    both = torch.cat([positions(grid), positions(grid + 2)])
    warped = warp(images, both).image
    torch.testing.assert_close(warped[0], images[0, :, 5:10, 5:10], atol=2e-5, rtol=0)
    torch.testing.assert_close(warped[1], images[1, :, 7:12, 7:12], atol=2e-5, rtol=0)
