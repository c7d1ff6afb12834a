"""Doing decoding and encoding in threads of their own, behind short queues.

    with ReadAhead(reader) as frames, WriteBehind(write) as sink:
        for frame in frames:
            sink.put(frame)

An exception in a thread reaches the caller, with its traceback. Leaving the ``with`` block ends the thread in every
case.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")

DEFAULT_LENGTH = 2
"""Items that wait in a queue at most."""


class Stage(Generic[Item]):
    """A thread and a bounded queue; the base of `ReadAhead` and `WriteBehind`."""

    def __init__(self, length: int = DEFAULT_LENGTH) -> None:
        self._length = length
        self._queue: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False  # no more items will come
        self._cancelled = False  # nobody wants them
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._guarded, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def _work(self) -> None:
        raise NotImplementedError

    def _guarded(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            self._error = error
        finally:
            self._close()

    def _put(self, item: Item) -> bool:
        """Wait for room and queue an item; False when nobody wants it any more."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._queue) < self._length or self._cancelled or self._closed)
            if self._cancelled or self._closed:
                return False
            self._queue.append(item)
            self._changed.notify_all()
            return True

    def _take(self) -> Iterator[Item]:
        """Items as they come, until the queue is closed and empty, or cancelled."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed or self._cancelled)
                if self._cancelled or not self._queue:
                    return
                item = self._queue.popleft()
                self._changed.notify_all()
            yield item

    def _close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _cancel(self) -> None:
        """Drop what waits and end the thread."""
        with self._changed:
            self._cancelled = True
            self._queue.clear()
            self._changed.notify_all()
        self._thread.join()

    def _raise_error(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error


class ReadAhead(Stage[Item]):
    """Iterates ``source`` in a thread, a few items ahead; leaving the block stops it, read to the end or not."""

    def __init__(self, source: Iterable[Item], length: int = DEFAULT_LENGTH) -> None:
        super().__init__(length)
        self._source = source

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._cancel()

    def shorten(self, length: int = DEFAULT_LENGTH) -> None:
        """From now on let no more than ``length`` items wait; those that do already still come."""
        with self._changed:
            self._length = length

    def __iter__(self) -> Iterator[Item]:
        """Items in order; then the exception that ``source`` raised, if it did."""
        yield from self._take()
        self._raise_error()

    def _work(self) -> None:
        for item in self._source:
            if not self._put(item):
                return


class WriteBehind(Stage[Item]):
    """Calls ``write`` in a thread with every item put; leaving the block waits for the last, or drops all on error."""

    def __init__(self, write: Callable[[Item], object], length: int = DEFAULT_LENGTH) -> None:
        super().__init__(length)
        self._write = write

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._cancel()
            return
        self._close()
        try:
            self._thread.join()
        except BaseException:  # interrupted while waiting
            self._cancel()
            raise
        self._raise_error()

    def put(self, item: Item) -> None:
        """Queue an item; waits while the queue is full.

        Raises:
            Exception: what ``write`` raised on an earlier item.
        """
        if not self._put(item):
            self._raise_error()

    def _work(self) -> None:
        for item in self._take():
            self._write(item)
