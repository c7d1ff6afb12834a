"""Frames side by side: one thread and one core each, which wastes less than many threads for every small operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from stranet.threads import one_thread_each

MOST = 4
"""More workers by themselves gain little, and each takes memory."""

Made = TypeVar("Made")
Submit = Callable[[Callable[[], Made]], Callable[[], Made]]
"""Takes work, and gives what waits for its result."""


def choose_workers(wanted: int) -> int:
    """How many frames to work on at once, whatever the device: an accelerator is idle while one is aligned.

    Args:
        wanted: a number, or 0 = as many as PyTorch has threads (which OMP_NUM_THREADS limits), at most `MOST`.
    """
    return wanted or min(MOST, torch.get_num_threads())


@contextmanager
def working(count: int) -> Iterator[Submit]:
    """Threads to submit work to, in which every library keeps to one core until the end.

    With a count of 1 there are none: work is done at once, where it is submitted, and libraries use all cores.
    """
    if count == 1:
        yield _at_once
        return
    with one_thread_each():
        pool = ThreadPoolExecutor(count, "StraNetWorker")
        try:
            yield lambda work: pool.submit(work).result
        finally:
            pool.shutdown(cancel_futures=True)


def _at_once(work: Callable[[], Made]) -> Callable[[], Made]:
    made = work()
    return lambda: made
