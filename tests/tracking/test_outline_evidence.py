"""Outlines of boxes that are found only with all the evidence that there is."""

from __future__ import annotations

import numpy as np
import pytest
from moving_things import Scene, box_of, iou, scene

from stranet.tracking import outline
from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.types import HoleArray
from textures import texture


@pytest.fixture(scope="module")
def simple() -> Scene:
    return scene(14)


def ball_between_two_grounds() -> tuple[np.ndarray, HoleArray]:
    """A still ball with a dark rim: its upper half has the colour of the right ground, its lower half of the left."""
    y, x = np.mgrid[:160, :256]
    square = (x - 120) ** 2 + (y - 80) ** 2
    left, right = (60, 90, 80), (150, 120, 70)
    ground = 0.35 * texture(160, 256, 1) + np.where((x < 125)[..., None], left, right)
    skin = 0.15 * texture(160, 256, 3) + np.where((y < 80)[..., None], right, left)
    picture = np.where((square < 30**2)[..., None], skin, ground)
    picture[(square < 30**2) & (square > 26**2)] = 20, 20, 30
    return picture.clip(0, 255).astype(np.uint8), square < 30**2


def test_a_fence_finds_what_has_the_colours_of_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, truth = ball_between_two_grounds()
    prompt = Prompt(box=box_of(truth, 4))
    fenced = iou(find_outline(picture, [prompt]).hole, truth)
    monkeypatch.setattr(outline, "fenced", lambda lab, moving, outside: np.zeros(outside.shape, np.float32))
    assert fenced > 0.9
    assert iou(find_outline(picture, [prompt]).hole, truth) < fenced - 0.1


def found_with(name: str, replacement: object, simple: Scene, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """IoU of the disc's outline as it is and with one piece of evidence replaced."""
    prompt = Prompt(box=box_of(simple.holes[0]))

    def overlap() -> float:
        return iou(find_outline(simple.frames[0], [prompt], chain=simple.frames[2::2]).hole, simple.holes[0])

    before = overlap()
    monkeypatch.setattr(outline, name, replacement)
    return before, overlap()


def test_the_fence_is_believed_as_far_as_motion_agrees(simple: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[np.ndarray] = []

    def contradicted(fence: np.ndarray, moving: np.ndarray, outside: HoleArray) -> float:
        assert fence.shape == moving.shape == outside.shape
        asked.append(moving)
        return -10.0  # as if the fence held everything but the object

    before, after = found_with("agreement", contradicted, simple, monkeypatch)
    assert before > 0.8
    assert after < before - 0.2
    assert asked
    assert all(moving.max() > 0 for moving in asked)


def test_counterexamples_are_learned_from(simple: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that moves is asked for; and where the whole box is a counterexample, nothing like the ball is found."""
    asked: list[np.ndarray] = []

    def the_box_itself(certain: HoleArray, moving: np.ndarray) -> np.ndarray:
        asked.append(moving)
        return (~certain).ravel().astype(np.float32) / (~certain).sum()

    picture, truth = ball_between_two_grounds()
    prompt = Prompt(box=box_of(truth, 4))
    before = iou(find_outline(picture, [prompt]).hole, truth)
    monkeypatch.setattr(outline, "counterexamples", the_box_itself)
    assert iou(find_outline(picture, [prompt]).hole, truth) < before - 0.1
    find_outline(simple.frames[0], [Prompt(box=box_of(simple.holes[0]))], chain=simple.frames[2::2])
    assert len(asked) == 2
    assert not asked[0].any()
    assert asked[1].max() > 0


def one_who_waves() -> tuple[list[np.ndarray], HoleArray]:
    """Frames before a camera at rest: a body that stays, and beside its top a hand that goes up and down."""
    y, x = np.mgrid[:160, :256].astype(np.float32)
    ground = (60 + 0.5 * texture(160, 256, 1).astype(np.float32)).astype(np.uint8)
    skin = np.clip(0.2 * texture(160, 256, 3).astype(np.float32) + (150, 20, 10), 0, 255).astype(np.uint8)
    frames, whole = [], np.zeros((160, 256), bool)
    for index in range(16):
        body = ((x - 120) / 30) ** 2 + ((y - 90) / 45) ** 2 < 1
        hand = (x - 152) ** 2 + (y - 55 - 14 * np.sin(index / 2)) ** 2 < 9**2
        frames.append(np.where((body | hand)[..., None], np.roll(skin, index % 2, 0), ground))
        whole = body | hand if index == 0 else whole
    return frames, whole


def test_what_stands_still_belongs_to_the_limb_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, truth = one_who_waves()
    prompt = Prompt(box=box_of(truth))
    found = find_outline(frames[0], [prompt], chain=frames[2::2]).hole
    assert (found & truth).sum() > 0.9 * truth.sum()
    monkeypatch.setattr(outline, "LIMB", -1.0)
    monkeypatch.setattr(outline, "WHOLE", 0.0)
    only_what_moves = find_outline(frames[0], [prompt], chain=frames[2::2]).hole
    assert (only_what_moves & truth).sum() < 0.8 * truth.sum()
