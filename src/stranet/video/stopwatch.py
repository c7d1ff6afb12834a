"""How long a stage of a stream of frames works, while other stages work in between."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Stopwatch:
    """Adds up the seconds spent in its ``with`` blocks, and in making the items of an iterable.

        decoding, encoding = Stopwatch(), Stopwatch()
        for frame in decoding.over(reader):
            with encoding:
                writer.write(frame)

    A block of a watch must not lie within another block of it.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._begun

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items; the time that it takes to get them counts, what is done with them does not."""
        iterator = iter(items)
        while True:
            with self:
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
