"""Marks are read strictly; strokes are drawn where they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stranet.errors import ConfigError
from stranet.types import Size
from stranet.web.marks import Extras, Mark, corners, paint, parse_marks

SIZE = Size(320, 180)
BOX = {"kind": "box", "frame": 3, "thing": 0, "remove": True, "points": [[10, 20], [60.5, 90]], "radius": 0}
POINT = BOX | {"kind": "point", "points": [[5, 5]], "remove": False}
STROKE = BOX | {"kind": "stroke", "points": [[5, 5], [50, 5]], "radius": 6}


@pytest.mark.parametrize("given", [BOX, POINT, STROKE], ids=["box", "point", "stroke"])
def test_a_mark_comes_back_as_it_was_sent(given: dict[str, Any]) -> None:
    (mark,) = parse_marks([given], SIZE, 20)
    assert mark.to_json() == given
    assert Mark.parse(mark.to_json()) == mark


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("nothing", "marks are a list"),
        ([BOX] * 501, "at most 500"),
        ([7], "a mark has kind"),
        ([BOX | {"more": 1}], "a mark has kind"),
        ([BOX | {"kind": "../../etc"}], "one of box, point, stroke"),
        ([BOX | {"frame": -1}], "whole numbers"),
        ([BOX | {"frame": 1.5}], "whole numbers"),
        ([BOX | {"frame": True}], "whole numbers"),
        ([BOX | {"frame": 20}], "frame 20, but there are 20"),
        ([BOX | {"thing": 8}], "things up to 7"),
        ([BOX | {"remove": False}], "true for a box"),
        ([BOX | {"points": [[1, 2]]}], "2 to 2 points"),
        ([STROKE | {"points": [[1, 2]] * 2001}], "1 to 2000 points"),
        ([POINT | {"points": [[1, 2, 3]]}], "a point is two numbers"),
        ([POINT | {"points": [[1, float("nan")]]}], "a point is two numbers"),
        ([POINT | {"points": [["1", 2]]}], "a point is two numbers"),
        ([POINT | {"points": [[400, 20]]}], "outside the picture"),
        ([STROKE | {"points": [[5, 5], [1e9, 5]]}], "far outside"),
        ([STROKE | {"radius": 0}], "above 0"),
        ([STROKE | {"radius": 1e6}], "far outside"),
        ([STROKE | {"radius": float("inf")}], "above 0"),
        ([BOX | {"radius": 3}], "other marks is 0"),
        ([BOX | {"points": [[10, 20], [10, 90]]}], "no area"),
        ([BOX | {"points": [[400, 20], [500, 90]]}], "no area"),
    ],
)
def test_what_is_no_mark_is_refused(given: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_marks(given, SIZE, 20)


def test_frames_are_not_checked_before_their_number_is_known() -> None:
    (mark,) = parse_marks([BOX | {"frame": 400}], SIZE, None)
    assert mark.frame == 400


@pytest.mark.parametrize("given", [None, {}, {"shadow": 1, "overlay": False}, {"shadow": True}])
def test_what_are_no_extras_is_refused(given: Any) -> None:
    with pytest.raises(ConfigError):
        Extras.parse(given)


def test_a_box_may_be_drawn_from_any_corner_and_over_the_edge() -> None:
    mark = Mark("box", 0, 0, True, ((350.0, 200.0), (-20.0, 90.0)))
    assert corners(mark, SIZE) == (0, 90, 320, 180)


def test_a_stroke_covers_what_is_near_its_line() -> None:
    stroke = Mark("stroke", 0, 0, True, ((60.0, 60.0), (200.0, 100.0)), 12.0)
    drawn = paint(np.zeros((180, 320), bool), [stroke])
    y, x = np.mgrid[:180, :320] + 0.5
    along = np.clip(((x - 60) * 140 + (y - 60) * 40) / (140**2 + 40**2), 0, 1)
    distance = np.hypot(x - 60 - 140 * along, y - 60 - 40 * along)
    assert drawn[distance < 11].all()
    assert not drawn[distance > 13.5].any()


def test_later_strokes_count_where_they_cross_earlier_ones() -> None:
    add = Mark("stroke", 0, 0, True, ((20.0, 90.0), (300.0, 90.0)), 8.0)
    erase = Mark("stroke", 0, 0, False, ((160.0, 20.0), (160.0, 160.0)), 8.0)
    nothing = np.zeros((180, 320), bool)
    assert not paint(nothing, [add, erase])[90, 160]
    assert paint(nothing, [erase, add])[90, 160]
    assert not nothing.any(), "a copy is drawn on"
    small = paint(np.zeros((90, 160), bool), [add], 0.5)
    assert small[45, 20]
    assert not small[45 + 6, 20]
