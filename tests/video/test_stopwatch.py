"""Time that a stage works counts, and no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stranet.video.stopwatch import Stopwatch


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The time that it is, in seconds, to be moved by hand."""
    now = [100.0]
    monkeypatch.setattr("stranet.video.stopwatch.time.perf_counter", lambda: now[0])
    return now


def test_blocks_add_up_and_pauses_do_not_count(clock):
    watch = Stopwatch()
    for seconds in (1.0, 2.0):
        with watch:
            clock[0] += seconds
        clock[0] += 50
    assert watch.seconds == 3


def test_a_block_that_fails_counts(clock):
    def failing() -> Iterator[int]:
        clock[0] += 4
        raise KeyError
        yield

    watch = Stopwatch()
    with pytest.raises(KeyError):
        list(watch.over(failing()))
    assert watch.seconds == 4


def test_making_items_counts_and_using_them_does_not(clock):
    def items() -> Iterator[int]:
        for number in range(3):
            clock[0] += 1
            yield number
        clock[0] += 10  # what is left to do at the end

    watch, got = Stopwatch(), []
    for item in watch.over(items()):
        clock[0] += 50
        got.append(item)
    assert got == [0, 1, 2]
    assert watch.seconds == 13
