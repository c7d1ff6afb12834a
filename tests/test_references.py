"""The one reference selection: near first, both sides, never the target, never outside."""

from __future__ import annotations

import random

import pytest

from stranet.references import select_references


def test_any_request_keeps_every_promise():
    rng = random.Random(0)
    for _ in range(3000):
        start = rng.randrange(-5, 100)
        stop = start + rng.randrange(1, 130)
        target, count = rng.randrange(start, stop), rng.randrange(1, 65)
        chosen = select_references(target, start, stop, count)
        distances = [abs(position - target) for position in chosen]
        assert len(set(chosen)) == len(chosen) == min(count, stop - start - 1)
        assert target not in chosen
        assert all(start <= position < stop for position in chosen)
        assert distances == sorted(distances)


@pytest.mark.parametrize("count", range(1, 65))
def test_in_the_middle_the_sides_share_evenly(count):
    chosen = select_references(500, 0, 1001, count)
    assert abs(sum(position > 500 for position in chosen) * 2 - count) <= 1


@pytest.mark.parametrize("target", [0, 99])
def test_what_one_side_lacks_the_other_makes_up_for(target):
    assert len(select_references(target, 0, 100, 20)) == 20


def test_both_neighbours_come_first_and_gaps_grow():
    chosen = select_references(100, 40, 161, 20)
    assert set(chosen[:2]) == {99, 101}
    after = [position for position in chosen if position > 100]
    gaps = [later - earlier for earlier, later in zip([100, *after], after, strict=False)]
    assert gaps == sorted(gaps)
    assert max(after) == 160  # up to the far end


def test_a_shot_of_one_frame_has_no_references():
    assert select_references(7, 7, 8, 20) == ()


def test_a_short_shot_is_taken_whole():
    assert sorted(select_references(2, 0, 6, 20)) == [0, 1, 3, 4, 5]
