"""What tracking tells while it runs (`TrackProgress`) and when it is done (`TrackReport`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from stranet.tracking.options import TrackOptions
from stranet.types import Shot, Size


@dataclass(frozen=True)
class TrackProgress:
    """Where tracking stands, after a frame."""

    stage: str
    """"read", "track" or "write", in this order."""
    frames: int
    """Frames of this stage that are done."""
    total: int | None
    """Frames of this stage, as far as known; may be off by a few."""
    seconds: float
    """Since the job began."""
    memory: int
    """Resident memory of this process, bytes."""


@dataclass(frozen=True)
class TrackReport:
    """What was tracked, and how surely."""

    video: str
    output: str
    size: Size
    """Pixels of a mask, upright."""
    frames: int
    """Masks written: one per frame of the video."""
    marked: int
    """Frames in which something is marked."""
    objects: tuple[str, ...]
    """Names of the objects."""
    shots: tuple[Shot, ...]
    """Frames between two cuts; no object is followed across one."""
    confidence: tuple[float | None, ...]
    """Per frame, of the least certain object, 0 to 1; None in shots in which no object is marked."""
    doubtful: tuple[Shot, ...]
    """Runs of frames [start, stop) whose confidence is low: look at them, and mark again where it is wrong."""
    seconds: float
    """Wall-clock time of the job."""
    stage_seconds: dict[str, float]
    """Wall-clock time per stage."""
    peak_memory: int
    """Largest resident memory of the process, bytes."""
    options: TrackOptions

    def to_json(self) -> str:
        """All fields as JSON text."""
        return json.dumps(asdict(self), indent=2, default=str, ensure_ascii=False) + "\n"


Report = Callable[[TrackProgress], object]
"""What is told about every frame."""


def doubtful_runs(confidence: Sequence[float | None], first: int, doubt: float) -> tuple[Shot, ...]:
    """Runs of frames whose confidence is below ``doubt``.

    Args:
        confidence: per frame; None = nothing is followed there.
        first: number of the first of these frames.
        doubt: 0 to 1.
    """
    runs: list[Shot] = []
    for index, value in enumerate(confidence, first):
        if value is None or value >= doubt:
            continue
        if runs and runs[-1].stop == index:
            runs[-1] = Shot(runs[-1].start, index + 1)
        else:
            runs.append(Shot(index, index + 1))
    return tuple(runs)
