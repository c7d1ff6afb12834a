"""How many cores the libraries use: small operations waste more on handing work round than they gain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from threadpoolctl import threadpool_limits


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Until the end every call of OpenCV, PyTorch or numpy's linear algebra keeps to the core it was called on.

    The pools of the three know nothing of each other, and each waits for its next work in a busy loop.
    """
    import torch  # takes a second, which those who never get here need not wait for

    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
