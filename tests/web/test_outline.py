"""Marks become prompts, and what they mean on one frame is found."""

from __future__ import annotations

import numpy as np
import pytest
from scene import AROUND, HEIGHT, WIDTH, disc, draw, middle

from stranet.types import Size
from stranet.web.marks import Mark
from stranet.web.outline import outline_of, prompts_of

SIZE = Size(WIDTH, HEIGHT)


def around(frame: int, thing: int = 0) -> Mark:
    """A box around the disc."""
    x, y = middle(frame)
    return Mark("box", frame, thing, True, ((x - AROUND, y - AROUND), (x + AROUND, y + AROUND)))


def test_marks_of_one_object_and_frame_count_together() -> None:
    marks = [
        around(3),
        Mark("point", 3, 0, True, ((100.0, 90.0),)),
        Mark("point", 3, 0, False, ((5.0, 5.0),)),
        around(3, thing=1),
        Mark("stroke", 9, 0, True, ((100.0, 90.0), (120.0, 90.0)), 6.0),
    ]
    prompts = prompts_of(marks, SIZE)
    assert [(prompt.object, prompt.frame) for prompt in prompts] == [("1", 3), ("1", 3), ("2", 3), ("1", 9)]
    assert prompts[0].box == (44, 50, 36, 36)
    assert (prompts[1].points, prompts[1].not_points) == (((100, 90),), ((5, 5),))
    brushed = prompts[3].strokes
    assert brushed is not None
    assert brushed.shape == (HEIGHT, WIDTH)
    assert brushed[90, 110]
    assert prompts[3].not_strokes is None


def test_a_point_on_the_last_edge_belongs_to_the_last_pixel() -> None:
    (prompt,) = prompts_of([Mark("point", 0, 0, True, ((192.0, 108.0),))], SIZE)
    assert prompt.scaled(SIZE, SIZE).points == prompt.points
    assert prompt.points[0] < SIZE


def test_erased_strokes_say_what_is_not_it() -> None:
    add = Mark("stroke", 0, 0, True, ((40.0, 60.0), (160.0, 60.0)), 6.0)
    erase = Mark("stroke", 0, 0, False, ((120.0, 40.0), (120.0, 80.0)), 6.0)
    (prompt,) = prompts_of([add, erase], SIZE)
    assert prompt.strokes is not None
    assert prompt.not_strokes is not None
    assert prompt.not_strokes[60, 120]
    assert not (prompt.strokes & prompt.not_strokes).any()


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


def test_a_box_shows_the_outline_of_the_object() -> None:
    found = outline_of(draw(6), [around(6)], SIZE, None)
    assert found.shape == (HEIGHT, WIDTH)
    assert overlap(found, disc(6)) > 0.8


def test_a_brush_corrects_what_was_tracked() -> None:
    x, y = middle(6)
    before = disc(6)
    before[:, :x] = False  # half of it was lost
    stroke = Mark("stroke", 6, 0, True, ((x - 5.0, y - 7.0), (x - 5.0, y + 7.0)), 5.0)
    found = outline_of(draw(6), [stroke], SIZE, before)
    assert found[disc(6)].mean() > 0.9, "it all vanishes"
    assert found.sum() < 3 * disc(6).sum(), "and not much besides"


def test_an_eraser_corrects_what_was_tracked() -> None:
    before = disc(6)
    before[20:40, 100:150] = True  # something else was taken for it
    stroke = Mark("stroke", 6, 0, False, ((104.0, 30.0), (146.0, 30.0)), 8.0)
    found = outline_of(draw(6), [stroke], SIZE, before)
    assert found[disc(6)].mean() > 0.7
    assert found[22:38, 104:146].mean() < 0.2


@pytest.mark.parametrize("size", [(384, 216), (96, 54)])
def test_marks_are_in_pixels_of_the_video_not_of_the_small_copy(size: tuple[int, int]) -> None:
    scale = size[0] / WIDTH
    x, y = middle(6)
    box = Mark(
        "box", 6, 0, True, (((x - AROUND) * scale, (y - AROUND) * scale), ((x + AROUND) * scale, (y + AROUND) * scale))
    )
    assert overlap(outline_of(draw(6), [box], Size(*size), None), disc(6)) > 0.8
