"""Time between output frames, once things run evenly."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

BURST = 8
"""Frames that are worked on side by side come out together; over so many of them, that evens out."""


def frame_interval(times: Sequence[float], warmup: int) -> float:
    """Median seconds from one output frame to the next, over every run of `BURST` frames after the warm-up.

    Args:
        times: when each frame came out, in seconds; at least ``warmup + 2``.
        warmup: first frames that do not count.
    """
    steady = times[warmup:]
    if len(steady) < 2:
        raise ValueError(f"{len(times)} frames with {warmup} of warm-up leave no interval")
    step = min(BURST, len(steady) - 1)
    return median((later - earlier) / step for earlier, later in zip(steady, steady[step:], strict=False))
