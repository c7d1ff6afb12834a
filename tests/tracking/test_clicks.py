"""Clicks speak for what lies near by, up to the next edge, and correct a mask there alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from stranet.tracking.clicks import spoken_for
from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.types import HoleArray
from textures import texture


@pytest.fixture(scope="module")
def three_stones() -> tuple[np.ndarray, list[HoleArray]]:
    """Grass with three stones that look the same."""
    y, x = np.mgrid[:160, :256]
    holes = [(x - across) ** 2 + (y - 80) ** 2 < 24**2 for across in (60, 130, 200)]
    picture = 0.3 * texture(160, 256, 2) + (20, 70, 10)
    skin = 0.15 * texture(160, 256, 5) + (130, 125, 120)
    picture = np.where(np.logical_or.reduce(holes)[..., None], skin, picture)
    return picture.clip(0, 255).astype(np.uint8), holes


def at(x: int, y: int, radius: int = 2) -> HoleArray:
    where = np.zeros((160, 256), np.uint8)
    cv2.circle(where, (x, y), radius, 1, -1)
    return where.astype(bool)


def test_a_click_says_most_where_it_is_and_nothing_beyond_an_edge(
    three_stones: tuple[np.ndarray, list[HoleArray]],
) -> None:
    picture, holes = three_stones
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    says = spoken_for(lab, at(60, 80), 150)  # type: ignore[arg-type]
    inside = cv2.erode(holes[0].view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert says.max() == says[80, 60] == 1
    assert np.median(says[inside]) > 0.3
    assert says[~cv2.dilate(holes[0].view(np.uint8), np.ones((9, 9), np.uint8)).view(bool)].max() < 0.1
    assert not spoken_for(lab, np.zeros((160, 256), bool), 100).any()  # type: ignore[arg-type]


def test_two_clicks_take_most_of_one_of_two_like_things_out_of_a_box(
    three_stones: tuple[np.ndarray, list[HoleArray]],
) -> None:
    picture, holes = three_stones
    box = (30.0, 50.0, 130.0, 60.0)
    both = find_outline(picture, [Prompt(box=box)]).hole
    assert both[holes[0]].mean() > 0.9
    assert both[holes[1]].mean() > 0.9
    one = find_outline(picture, [Prompt(box=box, not_points=((120.5, 75.5), (140.5, 85.5)))]).hole
    assert one[holes[0]].mean() > 0.9
    assert one[holes[1]].mean() < 0.5


@pytest.mark.parametrize("wrong", ["missed", "too much"])
def test_a_correction_changes_one_thing_and_nothing_else(
    three_stones: tuple[np.ndarray, list[HoleArray]], wrong: str
) -> None:
    picture, (left, middle, right) = three_stones
    elsewhere = cv2.dilate(middle.view(np.uint8), np.ones((15, 15), np.uint8)) == 0
    before = (left | right) if wrong == "missed" else (left | middle | right)
    prompt = Prompt(points=((130.5, 80.5),)) if wrong == "missed" else Prompt(not_points=((130.5, 80.5),))
    after = find_outline(picture, [prompt], before).hole
    assert (after[middle].mean() > 0.8) == (wrong == "missed")
    assert (after[middle].mean() < 0.2) == (wrong == "too much")
    assert np.array_equal(after[elsewhere], before[elsewhere])
