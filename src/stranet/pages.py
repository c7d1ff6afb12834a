"""Memory for what lives long among much that lives briefly."""

from __future__ import annotations

import math
import mmap
import sys
from contextlib import suppress

import numpy as np
from numpy.typing import DTypeLike, NDArray

HUGE = 2 << 20
"""Bytes of a huge page: from there on pages of its own cost an array little."""


def own_pages(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    """An array of zeros on pages of its own, which go back to the system with its last view.

    Frames wait in memory for seconds while temporaries of every size come and go. On one heap with them the frames
    leave holes that nothing fits, and the process grows for some hundred frames; on pages of their own they do not.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer(_map(max(size, 1)), dtype, math.prod(shape)).reshape(shape)


def on_own_pages(array: NDArray) -> NDArray:
    """A copy of an array, on pages of its own."""
    copy = own_pages(array.shape, array.dtype)
    copy[...] = array
    return copy


def _map(size: int) -> mmap.mmap:
    """New pages. The system clears each when it is first written, shared ones at twice the price of private ones."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux" and size >= HUGE:
        with suppress(OSError):  # a system without huge pages
            memory.madvise(mmap.MADV_HUGEPAGE)  # cleared in a third of the time
    return memory
