"""A range of frames, by time and by count."""

from __future__ import annotations

from fractions import Fraction
from itertools import count

import pytest

from stranet.video.frame_range import FrameRange

NTSC = Fraction(1001, 30000)


def selected(part: FrameRange, frames: int = 30) -> list[int]:
    return list(part.select((number * NTSC, number) for number in range(frames)))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (FrameRange(), range(30)),
        (FrameRange(start=0.0), range(30)),
        (FrameRange(limit=3), range(3)),
        (FrameRange(start=0.1), range(3, 30)),  # frame 3 is shown at 0.1001 s
        (FrameRange(end=0.1), range(3)),
        (FrameRange(start=0.1, end=0.2, limit=2), range(3, 5)),
        (FrameRange(start=9.0), range(0)),
    ],
)
def test_what_is_selected(part, expected):
    assert selected(part) == list(expected)


@pytest.mark.parametrize("number", [1, 7, 29])
def test_the_time_of_a_frame_in_decimals_means_that_frame(number):
    time = round(float(number * NTSC), 6)
    assert selected(FrameRange(start=time))[0] == number
    assert selected(FrameRange(end=time))[-1] == number - 1


@pytest.mark.parametrize(("part", "taken"), [(FrameRange(limit=4), 4), (FrameRange(end=0.1), 4)])
def test_no_more_is_read_than_it_takes_to_know_the_end(part, taken):
    numbers = count()
    list(part.select((number * NTSC, number) for number in numbers))
    assert next(numbers) == taken


def test_only_a_range_without_bounds_is_the_whole():
    assert FrameRange().whole
    assert not any(part.whole for part in (FrameRange(start=0.0), FrameRange(end=1.0), FrameRange(limit=1)))
