"""A tiny clip and a mask for it; a passing test logs no error and leaves no thread; torch computes on one."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

# As the commands do: NumPy's threads spin beside all others, and two callers at once can block each other for ever.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
import torch

from stranet.video.images import write_png
from tiny_clip import HEIGHT, WIDTH, make_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """64x48, 12 frames, with sound."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(scope="session")
def mask(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A still mask for `clip`: a box of 10x8 pixels."""
    hole = np.zeros((HEIGHT, WIDTH), np.uint8)
    hole[20:28, 30:40] = 255
    path = tmp_path_factory.mktemp("mask") / "mask.png"
    write_png(path, hole)
    return path


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """The arrays are tiny, and threads that wait for each other on busy cores cost ten times the work."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _leaves_nothing(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, f"errors were logged: {errors}"
    left = [thread.name for thread in threading.enumerate() if thread not in before and thread.name in _OUR_THREADS]
    assert not left, f"threads were left: {left}"


_OUR_THREADS = ("ReadAhead", "WriteBehind", "StraNetJobs", "StraNetReading", "StraNetSweep")
