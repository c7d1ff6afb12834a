"""Joint alignment: a known camera motion is found, inside the hole too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stranet.geometry.homography import IDENTITY, apply_homography, pixel_grid
from stranet.geometry.scale import Scale
from stranet.model.aggregation import Target
from stranet.model.alignment import Alignment, JointAlignment
from stranet.model.candidates import Reference, align_candidates, cut
from stranet.model.flow import DISFlow
from stranet.model.low_frame import LowFrame
from stranet.model.registration import register_neighbours
from stranet.types import Box, Size
from textures import texture

SIZE = Size(160, 112)
MILD = np.array([[1.01, 0.012, -2.4], [-0.010, 0.995, 1.7], [2e-5, -1e-5, 1.0]])


def pair(homography: np.ndarray) -> tuple[LowFrame, LowFrame, np.ndarray]:
    """A target with a hole, a reference with another one, the target's hole."""
    place = texture(SIZE.height + 80, SIZE.width + 80)
    offset = np.array([[1, 0, 40], [0, 1, 40], [0, 0, 1.0]])
    target = place[40:-40, 40:-40]
    # The reference shows at H(p) what the target shows at p.
    to_place = offset @ np.linalg.inv(homography)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    reference = cv2.warpPerspective(place, to_place, tuple(SIZE), flags=flags)
    holes = np.zeros((2, SIZE.height, SIZE.width), bool)
    holes[0, 40:70, 60:96] = True
    holes[1, 46:76, 72:108] = True
    scale = Scale(SIZE, 1)
    frames = []
    for rgb, hole in zip((target, reference), holes, strict=True):
        blanked = np.where(hole[..., None], np.uint8(0), rgb)
        frames.append(LowFrame.of(blanked, hole, scale))
    return frames[0], frames[1], holes[0]


def test_neighbours_are_registered_on_what_both_show():
    target, reference, _ = pair(MILD)
    found = register_neighbours(DISFlow(), target, reference).whole
    grid = pixel_grid(Box(0, 0, *SIZE))
    error = np.linalg.norm(apply_homography(found, grid) - apply_homography(MILD, grid), axis=-1)
    assert error.mean() < 0.15
    assert error.max() < 0.6


@pytest.mark.parametrize("branch", ["affine", "flow"])
def test_both_branches_agree_with_the_truth_inside_the_hole(branch):
    target, reference, hole = pair(MILD)
    guess = register_neighbours(DISFlow(), target, reference).whole
    box = Box(30, 12, 126, 100)
    found = JointAlignment(DISFlow(), branch)(target, [reference], [guess], box)
    truth = apply_homography(MILD, pixel_grid(box))
    error = np.linalg.norm(found.position[0].permute(1, 2, 0).numpy() - truth, axis=-1)
    assert error[hole[box.slices]].mean() < 0.2
    assert bool(found.is_flow.all()) == (branch == "flow")


def test_every_reference_gives_two_candidates():
    target, reference, _ = pair(IDENTITY)
    box = Box(28, 8, 128, 102)
    found = JointAlignment(DISFlow())(target, [reference] * 3, [IDENTITY] * 3, box)
    assert found.position.shape == (6, 2, 94, 100)
    assert found.position.dtype == torch.float32
    assert found.reference.tolist() == [0, 1, 2, 0, 1, 2]
    assert found.is_flow.tolist() == [False] * 3 + [True] * 3


def test_positions_of_one_reference_come_with_the_registration_first():
    target, reference, _ = pair(IDENTITY)
    box = Box(28, 8, 128, 102)
    found = JointAlignment(DISFlow())(target, [reference] * 3, [IDENTITY] * 3, box)
    assert torch.equal(found.onto(1), found.position[[1, 4]])
    assert found.onto(1).data_ptr() != found.position[1].data_ptr()


@pytest.mark.parametrize(
    ("shift", "part"),
    [
        ((0.0, 0.0), Box(16, 8, 64, 44)),
        ((3.25, -2.5), Box(20, 4, 68, 40)),
        ((-40.5, 0.0), Box(0, 8, 24, 44)),  # half of it lies beyond the edge,
        ((-500.0, 500.0), Box(0, 108, 4, 112)),  # all of it,
        ((130.75, -9.5), Box(148, 0, 160, 32)),  # a corner of it
    ],
)
@pytest.mark.parametrize("cut_off", [0, 1, 2, 3])
def test_what_a_reference_is_read_at_is_all_that_is_needed_of_it(shift, part, cut_off):
    """Candidates from that part are those from the whole frame, whatever size that has."""
    _, frame, _ = pair(MILD)
    cpu, size = torch.device("cpu"), Size(SIZE.width - cut_off, SIZE.height - cut_off)
    whole = frame.planes(cpu, Box(0, 0, *size))
    features = torch.rand(1, 3, -(-size.height // 4), -(-size.width // 4))
    grid = torch.from_numpy(pixel_grid(Box(20, 10, 60, 40))).permute(2, 0, 1)
    position = (grid + torch.tensor(shift)[:, None, None])[None]
    alignment = Alignment(position, torch.tensor([0]), torch.tensor([False]))
    read = alignment.reads(0, size)
    assert cut_off or read == part
    target = Target(torch.zeros(1, 3, 30, 40), torch.ones(1, 1, 30, 40, dtype=torch.bool))
    squares = cut((features,), read)
    references = (
        Reference(whole, (features,)),
        Reference(whole[(..., *read.slices)], squares, (read.x0, read.y0)),
    )
    found = [
        align_candidates(
            target, [each], position[None], alignment.reference, alignment.is_flow, torch.ones(1, 1), light=False
        )
        for each in references
    ]
    torch.testing.assert_close(found[0].image, found[1].image, atol=1e-4, rtol=0)
    torch.testing.assert_close(found[0].features[0], found[1].features[0], atol=1e-4, rtol=0)
    assert torch.equal(found[0].visible, found[1].visible)
    assert torch.equal(found[0].offered, found[1].offered)


def test_a_camera_at_rest_stays_at_rest():
    target, reference, _ = pair(IDENTITY)
    box = Box(28, 8, 128, 102)
    found = JointAlignment(DISFlow())(target, [reference], [IDENTITY], box)
    grid = torch.from_numpy(pixel_grid(box)).permute(2, 0, 1)
    assert (found.position - grid).abs().max() < 0.1


def test_frames_that_show_nothing_keep_the_guess():
    target, reference, _ = pair(IDENTITY)
    blind = LowFrame(reference.rgb, *2 * (np.zeros_like(reference.visible),), reference.gray)
    shift = np.array([[1, 0, 2.0], [0, 1, 1.0], [0, 0, 1.0]])
    box = Box(28, 8, 128, 102)
    found = JointAlignment(DISFlow())(target, [blind], [shift], box)
    expected = torch.from_numpy(apply_homography(shift, pixel_grid(box))).permute(2, 0, 1)
    torch.testing.assert_close(found.position, expected.expand_as(found.position), atol=1e-3, rtol=0)
