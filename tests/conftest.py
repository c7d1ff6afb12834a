"""A tiny clip and a mask for it, and the rule that a passing test logs no error and leaves no thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stranet.video.images import write_png

FRAMES, WIDTH, HEIGHT = 12, 64, 48


def make_clip(path: Path, *, frames: int = FRAMES, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A texture that moves one pixel per frame, 25 frames per second, with sound."""
    width, height = size
    texture = np.random.default_rng(3).integers(0, 256, (height // 4, (width + frames) // 4 + 1, 3), np.uint8)
    texture = texture.repeat(4, axis=0).repeat(4, axis=1)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="mono")
        for index in range(frames):
            picture = np.ascontiguousarray(texture[:, index : index + width])
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            tone = np.sin(np.arange(1920, dtype=np.float32)[None] / 20)
            samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            samples.sample_rate, samples.pts, samples.time_base = 48000, index * 1920, Fraction(1, 48000)
            container.mux(sound.encode(samples))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path


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


@pytest.fixture(autouse=True)
def _leaves_nothing(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, f"errors were logged: {errors}"
    left = [thread.name for thread in threading.enumerate() if thread not in before and thread.name in _OUR_THREADS]
    assert not left, f"threads were left: {left}"


_OUR_THREADS = ("ReadAhead", "WriteBehind")
