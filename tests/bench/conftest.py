"""Runs and rows that cost nothing, and one tiny clip that is really made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stranet.bench.clips import Clips
from stranet.bench.measure import Result
from stranet.bench.plan import Run
from stranet.bench.record import Row

FRAMES = 6
MIB = 2**20


@pytest.fixture(scope="session")
def tiny() -> Run:
    """What is run on the tiny clip."""
    return Run("inpaint", 0, "64x48", 10.0, FRAMES, 2)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def files(clips: Clips, tiny: Run) -> tuple[Path, Path]:
    """Video and mask of `tiny`."""
    return clips.video(tiny), clips.mask(tiny)


@pytest.fixture
def row() -> Callable[..., Row]:
    """A row, made up."""

    def make(size: str = "864x480", hole: float = 8.0, pace: float = 0.5, **changes: Any) -> Row:
        kind = "inpaint" if hole else "passthrough"
        run = {"kind": kind, "size": size, "hole": hole, "frames": 75, "warmup": 10, **changes}
        stages = {"decode": 0.75, "alignment": 15.0, "encode": 1.5} if hole else {"decode": 0.75, "encode": 1.5}
        leftover = 0.05 if hole else None
        result = Result(pace * run["frames"], pace, 3.5, run["frames"] * MIB, stages, leftover, 1 if hole else None)
        return Row(Run(**run), result)

    return make
