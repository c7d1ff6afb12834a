"""Batches: what a method of alignment may see, in the right order, whoever prepares it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stranet.data.clip import TrainingClip
from stranet.data.degrade import DegradeOptions
from stranet.data.images import ProceduralImages
from stranet.data.silhouettes import ProceduralSilhouettes
from stranet.data.synthetic import SyntheticClips, SyntheticOptions
from stranet.errors import ConfigError
from stranet.training.batch import TrainingBatch, load_batches, prepare_clip

SIDE, REFERENCES = 64, 3
OPTIONS = SyntheticOptions(
    size=SIDE, references=REFERENCES, reach=8, parallax=0, objects=0, degrade=DegradeOptions.none()
)
SOURCE = SyntheticClips(ProceduralImages(10, (128, 160)), ProceduralSilhouettes(), OPTIONS, seed=1)


def assert_equal(one: TrainingBatch, other: TrainingBatch) -> None:
    for name, part in one._asdict().items():
        torch.testing.assert_close(part, getattr(other, name), rtol=0, atol=0, equal_nan=True, msg=name)


def test_shapes_and_types() -> None:
    batch = next(load_batches(SOURCE, 2, range(1)))
    t, k = REFERENCES + 1, 2 * REFERENCES
    expected = {
        "image": ((2, t, 3, SIDE, SIDE), torch.float32),
        "hole": ((2, t, 1, SIDE, SIDE), torch.bool),
        "planes": ((2, t, 5, SIDE, SIDE), torch.float32),
        "position": ((2, k, 2, SIDE, SIDE), torch.float32),
        "reference": ((k,), torch.int64),
        "is_flow": ((k,), torch.bool),
        "apart": ((2, REFERENCES), torch.float32),
        "true_position": ((2, REFERENCES, 2, SIDE, SIDE), torch.float32),
        "shown": ((2, REFERENCES, 1, SIDE, SIDE), torch.bool),
        "known": ((2,), torch.bool),
        "leftover": ((2, 1, SIDE, SIDE), torch.bool),
        "composed": ((2, 0, 3, 0, 0), torch.float32),
    }
    assert {name: (tuple(part.shape), part.dtype) for name, part in batch._asdict().items()} == expected
    composed = next(load_batches(SOURCE, 2, range(1), composed=True))
    assert composed.composed.shape == (2, 3, 3, SIDE, SIDE)
    same = ~composed.leftover[:, None].expand_as(composed.composed)
    assert torch.equal(composed.composed[same], composed.image[:, :1].expand_as(same)[same])
    assert batch.reference.tolist() == [0, 1, 2, 0, 1, 2]
    assert batch.is_flow.tolist() == [False] * 3 + [True] * 3
    assert batch.known.all()
    assert batch.position.isfinite().all()
    assert_equal(batch.to(torch.device("cpu")), batch)


def test_planes_show_the_truth_outside_the_hole_and_nothing_of_it_inside() -> None:
    clip = SOURCE[3]
    frames = clip.frames.copy()
    frames[clip.holes] = 1 - frames[clip.holes]
    one, other = prepare_clip(clip), prepare_clip(clip._replace(frames=frames))
    torch.testing.assert_close(one.planes, other.planes, rtol=0, atol=0)
    torch.testing.assert_close(one.position, other.position, rtol=0, atol=0)
    assert (one.image != other.image).any(), "the truth itself did change"

    visible = ~one.hole
    np.testing.assert_array_equal(one.planes[:, :, 3:4] > 0.5, visible)
    assert not (one.planes[:, :, 4:5] > one.planes[:, :, 3:4]).any(), "offered is part of visible"
    wrong = (one.planes[:, :, :3] - one.image).abs() * visible
    assert wrong.max() < 1e-3  # half precision
    blank = ~visible.expand(-1, -1, 3, -1, -1)
    assert one.planes[:, :, :3][blank].std() > 0, "a guess, not a blank"


def test_the_alignment_is_near_the_truth_outside_the_hole() -> None:
    errors: list[torch.Tensor] = []
    for index in range(6):
        batch = prepare_clip(SOURCE[index])
        found = batch.position.view(1, 2, REFERENCES, 2, SIDE, SIDE)
        wrong = (found - batch.true_position[:, None]).norm(dim=3)  # (1, 2, R, H, W)
        usable = batch.shown[:, :, 0] & ~batch.hole[:, :1, 0]
        errors += [wrong[:, :, reference][usable[:, None, reference].expand(-1, 2, -1, -1)] for reference in range(3)]
    assert torch.cat(errors).median() < 0.5


def test_unknown_motion_is_marked() -> None:
    clip = SOURCE[0]
    unknown = prepare_clip(clip._replace(position=np.full_like(clip.position, np.nan), shown=np.zeros_like(clip.shown)))
    assert not unknown.known.any()
    assert not unknown.shown.any()
    assert unknown.true_position.isnan().all()
    torch.testing.assert_close(unknown.position, prepare_clip(clip).position)


def test_a_hopeless_first_guess_gives_finite_positions() -> None:
    clip = SOURCE[0]
    hopeless = np.tile(np.array([[1, 0, 0], [0, 1, 0], [-0.02, 0, 1.0]]), (REFERENCES + 1, 1, 1))
    position = prepare_clip(clip._replace(homographies=hopeless)).position
    assert position.isfinite().all()
    assert position.abs().max() < 5 * SIDE


def test_workers_give_the_same_batches_in_the_same_order() -> None:
    state, threads = torch.random.get_rng_state(), cv2.getNumThreads()
    here = list(load_batches(SOURCE, 2, range(3)))
    there = list(load_batches(SOURCE, 2, range(3), workers=2))
    assert len(here) == len(there) == 3
    for one, other in zip(here, there, strict=True):
        assert_equal(one, other)
    assert cv2.getNumThreads() == threads
    assert torch.equal(torch.random.get_rng_state(), state), "nobody else's random numbers are used up"


def test_processes_share_a_batch_and_a_resumed_run_goes_on() -> None:
    """Which clips a step holds follows from the step: clip ``index`` is marked by its light."""

    class Marked:
        def __getitem__(self, index: int) -> TrainingClip:
            return clip._replace(frames=np.full_like(clip.frames, index / 255))

    clip = SOURCE[0]

    def marks(batch: int, steps: range, rank: int = 0, world: int = 1) -> list[list[int]]:
        found = load_batches(Marked(), batch, steps, rank=rank, world=world)
        return [torch.round(part.image[:, 0, 0, 0, 0] * 255).int().tolist() for part in found]

    alone = marks(4, range(3))
    assert alone == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    first, second = (marks(2, range(3), rank, 2) for rank in range(2))
    assert [one + two for one, two in zip(first, second, strict=True)] == alone
    assert marks(4, range(1, 3)) == alone[1:]


@pytest.mark.parametrize("bad", [{"batch": 0}, {"workers": -1}, {"rank": 1}, {"world": 0}])
def test_bad_arguments_are_named(bad: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        next(load_batches(SOURCE, **{"batch": 1, "steps": range(1), **bad}))
