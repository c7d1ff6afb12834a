"""Memory for what lives long among much that lives briefly."""

from __future__ import annotations

import math
import mmap

import numpy as np
from numpy.typing import DTypeLike, NDArray


def own_pages(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    """An array of zeros on pages of its own, which go back to the system with its last view.

    Frames wait in memory for seconds while temporaries of every size come and go. On one heap with them the frames
    leave holes that nothing fits, and the process grows for some hundred frames; on pages of their own they do not.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, max(size, 1)), dtype, math.prod(shape)).reshape(shape)


def on_own_pages(array: NDArray) -> NDArray:
    """A copy of an array, on pages of its own."""
    copy = own_pages(array.shape, array.dtype)
    copy[...] = array
    return copy
