"""The embedded tracker on scenes whose masks are known."""

from __future__ import annotations

import numpy as np
import pytest
from moving_things import Scene, box_of, iou, scene

from stranet.tracking.embedded import EmbeddedTracker
from stranet.tracking.objects import track_object, visits
from stranet.tracking.prompts import Prompt
from stranet.types import Shot


@pytest.fixture(scope="module")
def simple() -> Scene:
    return scene()


def test_follows_a_mask_forwards(simple: Scene) -> None:
    with simple.spool() as frames:
        found = list(EmbeddedTracker().follow(frames, range(0, 20), simple.holes[0]))
    assert len(found) == 19
    overlaps = [iou(each.hole, truth) for each, truth in zip(found, simple.holes[1:], strict=True)]
    assert min(overlaps) > 0.8
    assert min(each.confidence for each in found) > 0.6


def test_follows_a_mask_backwards(simple: Scene) -> None:
    with simple.spool() as frames:
        found = list(EmbeddedTracker().follow(frames, range(19, -1, -1), simple.holes[19]))
    assert min(iou(each.hole, truth) for each, truth in zip(found, simple.holes[18::-1], strict=True)) > 0.8


@pytest.mark.parametrize("marks", ["box", "point"])
def test_finds_an_outline(simple: Scene, marks: str) -> None:
    truth = simple.holes[8]
    x, y, width, height = box_of(truth)
    prompt = Prompt(box=(x, y, width, height)) if marks == "box" else Prompt(points=((x + width / 2, y + height / 2),))
    with simple.spool() as frames:
        found = EmbeddedTracker().segment(frames, simple.shot, 8, [prompt], None).hole
    # One point says little: where the disc will be two frames on looks as little like the scene as the disc itself.
    assert iou(found, truth) > (0.8 if marks == "box" else 0.5)


def test_a_mask_is_taken_as_it_is(simple: Scene) -> None:
    given = np.zeros_like(simple.holes[0])
    given[10:30, 40:90] = True
    with simple.spool() as frames:
        found = EmbeddedTracker().segment(frames, simple.shot, 0, [Prompt(mask=given)], None).hole
    assert np.array_equal(found, given)


def test_points_beside_the_object_take_away(simple: Scene) -> None:
    truth = simple.holes[5]
    wide = truth.copy()
    wide[100:140, 150:200] = True
    with simple.spool() as frames:
        found = EmbeddedTracker().segment(frames, simple.shot, 5, [Prompt(not_points=((175, 120),))], wide).hole
    assert not found[120, 175]
    assert iou(found, truth) > iou(wide, truth)


def test_a_hidden_object_is_noticed_and_taken_up_again() -> None:
    behind = scene(32, pan=0.0, post=(95, 140))
    with behind.spool() as frames:
        found = list(EmbeddedTracker().follow(frames, range(0, 32), behind.holes[0]))
    visible = [truth.sum() / behind.holes[0].sum() for truth in behind.holes[1:]]
    assert min(visible) < 0.1
    hidden = [each.confidence for each, share in zip(found, visible, strict=True) if share < 0.1]
    assert max(hidden) < 0.5
    assert np.mean([iou(each.hole, truth) for each, truth in zip(found, behind.holes[1:], strict=True)][-4:]) > 0.7


def test_both_directions_from_every_prompt_and_not_beyond_cuts(simple: Scene) -> None:
    shots = [Shot(0, 4), Shot(4, 16), Shot(16, 20)]
    prompts = {
        7: [Prompt(frame=7, mask=simple.holes[7])],
        12: [Prompt(frame=12, mask=simple.holes[12])],
    }
    steps: list[int] = []
    with simple.spool() as frames:
        track = track_object(EmbeddedTracker(), frames, shots, prompts, lambda: steps.append(1))
    assert sorted(track.confidence) == list(range(4, 16))
    assert all((index in track.holes) == (4 <= index < 16) for index in range(20))
    assert min(iou(track.holes[index], simple.holes[index]) for index in range(4, 16)) > 0.8
    assert len(steps) == visits(shots, [7, 12])


def test_an_empty_mask_says_that_it_is_gone(simple: Scene) -> None:
    nothing = np.zeros_like(simple.holes[0])
    prompts = {0: [Prompt(frame=0, mask=simple.holes[0])], 10: [Prompt(frame=10, mask=nothing)]}
    with simple.spool() as frames:
        track = track_object(EmbeddedTracker(), frames, [Shot(0, 20)], prompts, lambda: None)
    assert not any(index in track.holes for index in range(10, 20))
    assert track.confidence[15] == 1.0
    assert 3 in track.holes


def test_a_correction_counts_from_there_on(simple: Scene) -> None:
    """A wrong first mask, and the right one later: the second wins around it."""
    wrong = np.zeros_like(simple.holes[0])
    wrong[110:150, 180:240] = True
    prompts = {0: [Prompt(frame=0, mask=wrong)], 12: [Prompt(frame=12, mask=simple.holes[12])]}
    with simple.spool() as frames:
        track = track_object(EmbeddedTracker(), frames, [Shot(0, 20)], prompts, lambda: None)
    assert min(iou(track.holes[index], simple.holes[index]) for index in range(9, 20)) > 0.8


def test_what_may_be_it_is_told_as_well(simple: Scene) -> None:
    """More than the mask, hardly anything of the object is left out, and not the whole picture."""
    with simple.spool() as frames:
        found = list(EmbeddedTracker().follow(frames, range(0, 20), simple.holes[0]))
    for each, truth in zip(found, simple.holes[1:], strict=True):
        assert each.possible is not None
        assert not (each.hole & ~each.possible).any()
        assert (each.possible & truth).sum() >= max(0.97 * truth.sum(), (each.hole & truth).sum())
        assert each.hole.sum() < each.possible.sum() < 3 * truth.sum()


def test_of_an_object_that_is_half_hidden_hardly_anything_is_left_out() -> None:
    behind = scene(post=(95, 125))
    with behind.spool() as frames:
        found = list(EmbeddedTracker().follow(frames, range(0, 20), behind.holes[0]))
    covered = [index for index, truth in enumerate(behind.holes[1:]) if 0 < truth.sum() < 0.5 * behind.holes[0].sum()]
    assert covered
    shown, possible = [], []
    for index in covered:
        truth, each = behind.holes[index + 1], found[index]
        assert each.possible is not None
        shown.append((each.hole & truth).sum() / truth.sum())
        possible.append((each.possible & truth).sum() / truth.sum())
    assert min(shown) < 0.85
    assert min(possible) > 0.95
