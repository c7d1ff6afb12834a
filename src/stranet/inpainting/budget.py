"""What fits into a given amount of memory: how far to look, how many references, how many frames at once.

Most of a job's memory are frames: those that wait to be filled, and those that serve as references. They cost quality
only slowly, so they go first; then frames are worked on one at a time; references go last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stranet.errors import ConfigError
from stranet.inpainting.plan import HELD, Plan, serves
from stranet.types import Size

LOADED = 430 << 20
"""Python, PyTorch, OpenCV, FFmpeg and the weights, bytes."""
CODEC = 95
"""Bytes a pixel in decoder, encoder and the queues beside them, with one byte to a sample."""
WAITING = 1.75
"""Bytes a pixel that a frame ahead holds besides its colours: its mask, and what was decoded (one byte to a sample)."""
MADE_AGAIN = 4
"""Frames far ahead that hold their colours for a moment, because they are copied from or have just come."""
WORKED_ON = 34
"""Bytes a pixel of the surroundings of a hole, for every frame that is being worked on."""
FINISHED = 70
"""Bytes a pixel of the surroundings of a hole, for the one frame that is being finished."""
CANDIDATE = 48
"""Bytes a low-resolution pixel of the surroundings of a hole, for every candidate of every frame that is worked on."""
LARGE_HOLE = 0.5
"""Share of the frame that a hole with its surroundings is taken to cover; a larger one takes more memory."""
WINDOW = 800 << 20
"""Without a limit, the frames in memory take at most this: of 4K some twenty."""
LEAST_REACH, LEAST_REFERENCES = 2, 4


class Budget(NamedTuple):
    """What was picked."""

    plan: Plan
    workers: int
    memory: int
    """Bytes that the job is expected to take at most."""

    def to_json(self) -> dict[str, int]:
        """Flat, for reports."""
        return {**self.plan._asdict(), "workers": self.workers, "memory": self.memory}

    def __str__(self) -> str:
        frames = "1 frame" if self.workers == 1 else f"{self.workers} frames"
        return (
            f"about {self.memory / 1e9:.1f} GB: {self.plan.references} references "
            f"within {self.plan.reach} frames to each side, {frames} at once"
        )


def choose_budget(plan: Plan, workers: int, size: Size, sample: int, limit: int | None, fixed_reach: bool) -> Budget:
    """The plan, as far as it fits.

    Args:
        plan: what is wanted.
        workers: frames that are to be worked on at once.
        size: of a frame.
        sample: bytes of a colour sample, 1 or 2.
        limit: bytes, or None = whatever it takes, but for windows of very large frames.
        fixed_reach: the reach was asked for, so that it is only lowered for a limit.

    Raises:
        ConfigError: the limit is too small for anything; the message names the least that works.
    """
    if limit is None:
        reach = plan.reach
        while not fixed_reach and reach > LEAST_REACH and _window_bytes(reach, size, sample) > WINDOW:
            reach -= 1
        fitting = plan._replace(reach=reach)
        return Budget(fitting, workers, estimate(fitting, workers, size, sample))
    least = 0
    for smaller, fewer in _ladder(plan, workers):
        least = estimate(smaller, fewer, size, sample)
        if least <= limit:
            return Budget(smaller, fewer, least)
    raise ConfigError(
        f"memory is {_in_megabytes(limit)}, but {size} needs at least {_in_megabytes(least)}; "
        "allow as much, or use a smaller copy of the video"
    )


def estimate(plan: Plan, workers: int, size: Size, sample: int) -> int:
    """Bytes of resident memory that a job takes at most, decoding and encoding included."""
    pixels = size.width * size.height
    window = _window_bytes(plan.reach, size, sample) + workers * pixels * (3 + WAITING) * sample
    low = min(plan.low_pixels, pixels) * LARGE_HOLE
    work = pixels * LARGE_HOLE * (workers * WORKED_ON + FINISHED) + low * workers * 2 * plan.references * CANDIDATE
    return round(LOADED + pixels * CODEC * sample + window + work)


def _window_bytes(reach: int, size: Size, sample: int) -> float:
    """Of the frames around one target, those ahead with what waits beside them."""
    behind = sum(serves(-apart, 0) for apart in range(1, reach + 1))
    held = min(reach, HELD + MADE_AGAIN) + behind
    return size.width * size.height * sample * (reach * WAITING + held * 3)


def _ladder(plan: Plan, workers: int) -> Iterator[tuple[Plan, int]]:
    """Plans and workers, ever smaller."""
    near = max(LEAST_REACH, plan.reach // 3)
    for fewer in dict.fromkeys((workers, 1)):
        for reach in range(plan.reach, near - 1, -1):
            yield plan._replace(reach=reach), fewer
    for references in range(plan.references, LEAST_REFERENCES - 1, -1):
        yield plan._replace(reach=near, references=references), 1
    few = min(plan.references, LEAST_REFERENCES)
    for reach in range(near, LEAST_REACH - 1, -1):
        yield plan._replace(reach=reach, references=few), 1


def _in_megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000)} MB"
