from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator

import pytest

from stranet.video.stage import ReadAhead, Stage, WriteBehind


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name in ("ReadAhead", "WriteBehind")]


def put_all(sink: WriteBehind, items: Iterable) -> None:
    """Put every item, raising those that are exceptions."""
    for item in items:
        if isinstance(item, BaseException):
            raise item
        sink.put(item)


def test_items_arrive_in_order():
    with ReadAhead(range(100), 3) as items:
        assert list(items) == list(range(100))


def counting(started):
    """Numbers up to 50; ``started`` tells which were asked for."""
    for number in range(50):
        started.append(number)
        yield number


def test_the_queue_is_bounded():
    started: list[int] = []
    with ReadAhead(counting(started), 3) as items:
        iterator = iter(items)
        next(iterator)
        time.sleep(0.05)
        assert len(started) <= 1 + 3 + 1  # taken, waiting, and the one in hand


def test_a_queue_can_be_shortened_and_loses_nothing():
    started: list[int] = []
    with ReadAhead(counting(started), 20) as items:
        deadline = time.monotonic() + 10
        while len(started) < 21 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(started) == 21  # waiting, and the one in hand
        items.shorten(3)
        iterator = iter(items)
        assert [next(iterator) for _ in range(10)] == list(range(10))
        time.sleep(0.05)
        assert len(started) == 21
        assert list(iterator) == list(range(10, 50))


def test_an_error_in_the_source_reaches_the_caller_after_the_items_before_it():
    def source():
        yield 1
        yield 2
        raise ValueError("broken")

    seen = []
    with pytest.raises(ValueError, match="broken"), ReadAhead(source()) as items:
        seen.extend(items)
    assert seen == [1, 2]


def test_leaving_early_stops_an_endless_source():
    closed = threading.Event()

    def source():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    endless = source()
    with ReadAhead(endless, 2) as items:
        next(iter(items))
    endless.close()
    assert closed.is_set()


def test_everything_put_is_written_before_the_block_ends():
    written = []
    with WriteBehind(lambda item: (time.sleep(0.001), written.append(item)), 2) as sink:
        for number in range(30):
            sink.put(number)
    assert written == list(range(30))


def test_an_error_in_the_sink_reaches_the_caller():
    def write(item):
        if item == 3:
            raise OSError("full")

    with pytest.raises(OSError, match="full"), WriteBehind(write, 1) as sink:
        put_all(sink, range(1000))


def test_an_error_on_the_last_item_is_not_lost():
    def write(item):
        raise OSError("full")

    with pytest.raises(OSError, match="full"), WriteBehind(write, 8) as sink:
        sink.put(1)


def test_an_error_in_the_block_drops_what_waits():
    written = []
    with (
        pytest.raises(KeyboardInterrupt),
        WriteBehind(lambda item: (time.sleep(0.02), written.append(item)), 8) as sink,
    ):
        put_all(sink, [*range(8), KeyboardInterrupt()])
    assert len(written) < 8


def test_a_chain_of_both_survives_an_error_in_the_middle():
    written = []
    with (
        pytest.raises(RuntimeError, match="middle"),
        ReadAhead(range(1000), 2) as items,
        WriteBehind(written.append, 2) as sink,
    ):
        put_all(sink, (item if item < 10 else RuntimeError("middle") for item in items))


def test_a_stage_needs_work():
    with pytest.raises(NotImplementedError), ReadAheadOfNothing() as stage:
        list(stage)


class ReadAheadOfNothing(ReadAhead):
    def __init__(self) -> None:
        super().__init__(())

    _work = Stage._work
