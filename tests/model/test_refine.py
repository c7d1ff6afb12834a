"""The correction of an alignment on the ring around the hole, at twice the low resolution."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stranet.geometry.homography import pixel_grid
from stranet.geometry.scale import Scale
from stranet.model.flow import DISFlow
from stranet.model.refine import FINENESS, LARGEST, FineFrame, refine_alignment
from stranet.types import Box, Size
from textures import texture

LOW = Size(144, 96)
BOX = Box(20, 16, 132, 88)


def fine(rgb: np.ndarray, factor: int, hole: Box | None = None) -> FineFrame:
    visible = np.ones((LOW.height, LOW.width), bool)
    if hole is not None:
        visible[hole.slices] = False
    return FineFrame.of(rgb, visible, Scale(Size(LOW.width * factor, LOW.height * factor), factor))


def moved(rgb: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """A picture in which everything is found (dx, dy) further on."""
    matrix = np.float32([[1, 0, dx], [0, 1, dy]])
    return cv2.warpAffine(rgb, matrix, rgb.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def still() -> torch.Tensor:
    return torch.from_numpy(pixel_grid(BOX)).permute(2, 0, 1)[None]


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 8])
def test_a_fine_frame_is_the_mean_over_parts_of_a_square(factor):
    rgb = texture(LOW.height * factor, LOW.width * factor)
    frame = fine(rgb, factor, Box(60, 40, 80, 56))
    fineness = frame.fineness
    assert fineness == min(FINENESS, factor)
    assert frame.gray.shape == frame.visible.shape == (LOW.height * fineness, LOW.width * fineness)
    assert frame.visible.mean() == 1 - 20 * 16 / (LOW.width * LOW.height)
    if factor % fineness == 0:
        gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(float)
        side = factor // fineness
        mean = gray.reshape(LOW.height * fineness, side, LOW.width * fineness, side).mean((1, 3))
        assert np.abs(frame.gray - mean).max() <= 0.51
    deep = FineFrame.of(
        rgb.astype(np.uint16) * 257, frame.visible[::fineness, ::fineness], Scale(Size(*rgb.shape[1::-1]), factor)
    )
    assert np.abs(deep.gray.astype(int) - frame.gray).max() <= 1


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize(("dx", "dy"), [(0.5, -0.4), (-0.8, 0.6)])
def test_a_part_of_a_pixel_is_found_from_the_ring_alone(dx, dy, factor):
    rgb, hole = texture(LOW.height * factor, LOW.width * factor), Box(60, 40, 80, 56)
    poisoned = rgb.copy()
    poisoned[Box(*(side * factor for side in hole)).slices] = 255
    reference = fine(moved(rgb, dx * factor, dy * factor), factor)
    found = refine_alignment(DISFlow(), fine(poisoned, factor, hole), reference, still(), BOX) - still()
    inside = found[0, :, hole.y0 - BOX.y0 : hole.y1 - BOX.y0, hole.x0 - BOX.x0 : hole.x1 - BOX.x0].flatten(1).numpy()
    assert np.abs(inside.mean(1) - (dx, dy)).max() < 0.1
    assert np.abs(inside.T - (dx, dy)).max() < 0.25


def test_what_fits_already_stays_exactly_where_it_is():
    rgb = texture(LOW.height * 2, LOW.width * 2)
    noisy = (rgb + np.random.default_rng(0).normal(0, 2, rgb.shape)).clip(0, 255).astype(np.uint8)
    assert refine_alignment(DISFlow(), fine(rgb, 2), fine(noisy, 2), still(), BOX).equal(still())


def test_a_correction_is_limited():
    rgb = texture(LOW.height * 2, LOW.width * 2)
    reference = fine(moved(rgb, 5, -2), 2)
    found = refine_alignment(DISFlow(), fine(rgb, 2), reference, still(), BOX) - still()
    assert 0 < found.abs().max() <= LARGEST + 1e-5


def test_nothing_to_see_means_nothing_to_correct():
    one, other = (fine(texture(LOW.height, LOW.width, seed), 1) for seed in (0, 1))
    blind = other._replace(visible=np.zeros_like(other.visible))
    assert refine_alignment(DISFlow(), one, blind, still(), BOX).equal(still())
