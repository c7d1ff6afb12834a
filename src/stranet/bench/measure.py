"""One run, in a process of its own: what `stranet inpaint` does, or decoding and encoding alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stranet.api import inpaint_video
from stranet.bench.fidelity import hole_psnr
from stranet.bench.pace import frame_interval
from stranet.bench.plan import Run
from stranet.bench.stages import join_stages
from stranet.inpainting.options import InpaintOptions
from stranet.job import JobOptions
from stranet.memory import peak_memory
from stranet.report import Progress
from stranet.types import Frame, Picture
from stranet.video.reader import VideoReader
from stranet.video.stage import ReadAhead, WriteBehind
from stranet.video.stopwatch import Stopwatch
from stranet.video.writer import VideoWriter


@dataclass(frozen=True)
class Result:
    """What one run took."""

    seconds: float
    """Wall-clock time, from start to end of the job; for start-up: of the process."""
    frame_seconds: float | None = None
    """Median time between output frames after the warm-up; of decoding and encoding alone: ``seconds`` over frames."""
    first_frame: float | None = None
    """Seconds from the start of the process to the first output frame."""
    peak_memory: int | None = None
    """Largest resident memory of the process, Python and libraries included, bytes."""
    stage_seconds: dict[str, float] = field(default_factory=dict)
    """Busy time of every stage over all frames. Stages run beside each other, and several threads in one stage, so that
    they may add up to more than ``seconds``."""
    leftover_share: float | None = None
    """Share of the hole that no other frame showed, 0 to 1."""
    shots: int | None = None
    """Shots that were found; the clips have one."""
    hole_psnr: float | None = None
    """Of what was filled against what the clip shows there, dB; see `stranet.bench.fidelity`."""


@dataclass(frozen=True)
class Files:
    """What a run reads and writes."""

    video: Path
    mask: Path | None
    """None: nothing is filled."""
    output: Path


def measure(run: Run, filling: InpaintOptions, files: Files, begun: float, after_frame: Callable[[], object]) -> Result:
    """Do a run, in this process.

    Args:
        run: what to do.
        filling: how.
        files: on what.
        begun: `time.time` before this process was started.
        after_frame: called after every frame, as the command does to give memory back.
    """
    times: list[float] = []

    def step(_: object) -> None:
        times.append(time.time() - begun)
        after_frame()

    if files.mask is None:
        return _passthrough(files, times, step)
    report = inpaint_video(
        files.video,
        files.mask,
        files.output,
        options=filling,
        job=JobOptions(dilate=0),  # the share of the frame that the run is named after is what is filled
        progress=step,
    )
    return Result(
        seconds=report.seconds,
        frame_seconds=frame_interval(times, run.warmup),
        first_frame=times[0],
        peak_memory=report.peak_memory,
        stage_seconds=join_stages(report.stage_seconds),
        leftover_share=report.leftover_share,
        shots=len(report.shots),
        hole_psnr=hole_psnr(files.video, files.mask, files.output),
    )


def _passthrough(files: Files, times: list[float], step: Callable[[Progress | None], object]) -> Result:
    """Decode and encode in threads as a real job does, with nothing in between, not even RGB."""
    began = time.perf_counter()
    decoding, encoding = Stopwatch(), Stopwatch()

    def write(frame: Frame) -> None:
        with encoding:
            writer.write(frame)

    with (
        VideoReader(files.video) as reader,
        VideoWriter(files.output, reader) as writer,
        ReadAhead(decoding.over(_undecorated(reader))) as incoming,
        WriteBehind(write) as outgoing,
    ):
        for frame in incoming:
            outgoing.put(frame)
            step(None)
    seconds = time.perf_counter() - began
    return Result(
        seconds=seconds,
        # An encoder swallows some dozens of frames before it works on the first, and nothing slower comes before it
        # here: only with the time that it takes at the end is this the limit that it sets.
        frame_seconds=seconds / len(times),
        first_frame=times[0],
        peak_memory=peak_memory(),
        stage_seconds={"decode": decoding.seconds, "encode": encoding.seconds},
    )


def _undecorated(reader: VideoReader) -> Iterator[Frame]:
    """Frames with what was decoded, and without RGB."""
    nothing = Picture(np.zeros((0, 0, 3), np.uint8))
    for index, (_, native) in enumerate(reader.pictures()):
        yield Frame(index, native.pts or 0, reader.info.time_base, nothing, native)
