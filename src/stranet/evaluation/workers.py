"""Cases in parallel: each in a process of its own, with the processor's cores divided among them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(function: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Result]:
    """Results in the order of the items, as they come; the first exception ends it.

    Args:
        function: Called once per item. With several jobs it is sent to other processes, so it must be picklable.
        items: What it is called with.
        jobs: Processes; 1 = run here.
    """
    if min(jobs, len(items)) <= 1:
        yield from map(function, items)
        return
    threads = max(1, (os.cpu_count() or 1) // jobs)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(items)), context, initializer=_limit_threads, initargs=(threads,))
    try:
        yield from pool.map(function, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _limit_threads(threads: int) -> None:
    """In a worker, before torch is loaded there."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    cv2.setNumThreads(threads)
