"""The door for files: open, run, close. The command line calls nothing else."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stranet.errors import ConfigError
from stranet.inpainting.options import InpaintOptions
from stranet.job import JobOptions
from stranet.memory import current_memory, peak_memory
from stranet.packed_hole import PackedHole
from stranet.report import InpaintReport, Progress, check_report
from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt
from stranet.tracking.report import TrackProgress
from stranet.tracking.track import track_video
from stranet.types import Frame, HoleArray, Picture, RgbArray, Shot, Size
from stranet.versions import installed_versions
from stranet.video.codecs import is_large
from stranet.video.dilate import auto_dilate, effective_hole
from stranet.video.holes import HoleSource
from stranet.video.output import OutputOptions, check_output
from stranet.video.reader import open_video
from stranet.video.shots import ShotDetector, split_shots, thinned
from stranet.video.stage import DEFAULT_LENGTH, ReadAhead, WriteBehind
from stranet.video.stopwatch import Stopwatch
from stranet.video.writer import VideoWriter

if TYPE_CHECKING:
    from stranet.inpainting.inpainter import Inpainter

_PACKAGES = ("stranet", "torch", "numpy", "av", "opencv-python-headless")
"""Whose versions a report names."""
_FIRST_PIXELS = 24 * 1920 * 1080
"""Pixels of all frames that wait for the network at most."""


def inpaint_video(
    video: str | Path,
    mask: str | Path | Sequence[Prompt],
    output: str | Path,
    *,
    options: InpaintOptions | None = None,
    output_options: OutputOptions | None = None,
    job: JobOptions | None = None,
    tracking: TrackOptions | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> InpaintReport:
    """Remove what ``mask`` marks from ``video`` and write ``output``; memory does not grow with the length.

    Decoding and encoding run in threads of their own. The output appears under its name only when it is complete; after
    an error or an interruption nothing is left, neither a file nor a thread.

    Args:
        video: a video file or a folder of images.
        mask: a video, folder of images, image, or list of shapes, see `HoleSource`; marked = to be removed. Or prompts:
            what they mark is tracked first.
        output: a video file, or a folder for PNG images (no suffix, or a trailing slash).
        options: how holes are filled.
        output_options: how the result is encoded.
        job: which part, how far the mask grows, report.
        tracking: how prompts are tracked; None = generously, with what may be the object as well.
        progress: called after every frame, in the caller's thread.

    Raises:
        OpenError: the video is missing, empty or not a video.
        DecodeError: it is damaged, and ``job.allow_damaged`` is off.
        HoleError: the mask does not fit, or covers a whole shot.
        EncodeError: the output cannot be written.
        ConfigError: an option cannot work here, such as a device that is missing.
    """
    options, output_options, job = options or InpaintOptions(), output_options or OutputOptions(), job or JobOptions()
    if not isinstance(mask, str | Path):
        return _track_and_inpaint(video, mask, output, options, output_options, job, tracking, progress)
    began = time.perf_counter()
    if job.report is not None:
        check_report(job.report, video, mask, output)
    decoding, entering, encoding = Stopwatch(), Stopwatch(), Stopwatch()
    with (
        open_video(
            video,
            start=job.start_seconds,
            end=job.end_seconds,
            limit=job.preview,
            allow_damaged=job.allow_damaged,
        ) as reader,
        HoleSource.open(mask, reader.info, whole=job.whole) as holes,
    ):
        check_output(output, video, mask)
        info = reader.info
        dilate = auto_dilate(info.size) if job.dilate is None else job.dilate
        total = job.expected_frames(info.frame_count_hint, info.frame_rate)
        pairs = (
            (frame, effective_hole(hole, dilate, info.chroma_shift))
            for frame, hole in holes.pair(decoding.over(reader))
        )
        with (
            VideoWriter(output, reader, output_options) as writer,
            ReadAhead(entering.over(pairs), _first_frames(info.size, options)) as incoming,
            WriteBehind(_writing(writer, encoding), _queue_length(info.size)) as outgoing,
        ):
            # Torch takes seconds to load: only now that all is there, and while the first frames are decoded.
            from stranet.inpainting.inpainter import Inpainter

            inpainter = Inpainter(options)
            incoming.shorten(_queue_length(info.size))
            for done, result in enumerate(_fill(inpainter, incoming), 1):
                outgoing.put(result)
                if progress is not None:
                    progress(Progress(done, total, time.perf_counter() - began, current_memory()))
            if not inpainter.stats.frames:
                raise ConfigError(f"{video}: no frame lies between start and end; the video lasts {info.duration} s")
    stats = inpainter.stats
    report = InpaintReport(
        video=str(video),
        mask=str(mask),
        output=str(output),
        size=info.size,
        frames=stats.frames,
        filled=stats.filled,
        shots=tuple(stats.shots),
        leftover_share=stats.leftover_share,
        seconds=time.perf_counter() - began,
        stage_seconds={
            "decode": decoding.seconds,
            "mask": entering.seconds - decoding.seconds,
            "encode": encoding.seconds,
        }
        | stats.seconds,
        peak_memory=peak_memory(),
        dilate=dilate,
        damaged=reader.damaged,
        options=options,
        output_options=output_options,
        job=job,
        versions=installed_versions(_PACKAGES),
        budget=stats.budget,
    )
    if job.report is not None:
        report.write(job.report)
    return report


def _track_and_inpaint(
    video: str | Path,
    prompts: Sequence[Prompt],
    output: str | Path,
    options: InpaintOptions,
    output_options: OutputOptions,
    job: JobOptions,
    tracking: TrackOptions | None,
    progress: Callable[[Progress], object] | None,
) -> InpaintReport:
    """The mask first, into a temporary file, then the rest."""
    if job.report is not None:
        check_report(job.report, video, output)
    check_output(output, video)

    def step(at: TrackProgress) -> None:
        if progress is not None:
            progress(Progress(at.frames, at.total, at.seconds, at.memory, at.stage))

    with tempfile.TemporaryDirectory(prefix="stranet-") as folder:
        mask = Path(folder) / "mask.mkv"
        tracked = track_video(
            video,
            mask,
            prompts,
            tracking or TrackOptions.for_removal(),
            start=job.start_seconds,
            end=job.end_seconds,
            limit=job.preview,
            allow_damaged=job.allow_damaged,
            progress=step,
        )
        report = inpaint_video(
            video,
            mask,
            output,
            options=options,
            output_options=output_options,
            job=replace(job, report=None),
            progress=progress,
        )
    report = replace(report, mask="tracked", job=job, tracked=replace(tracked, output=""))
    if job.report is not None:
        report.write(job.report)
    return report


def detect_shots(video: str | Path, *, progress: Callable[[int], object] | None = None) -> list[Shot]:
    """The shots of a video file or image folder: frames between two cuts.

    Args:
        video: file or folder.
        progress: called after every frame with the number of frames seen.

    Raises:
        OpenError: it is missing, empty or not a video.
        DecodeError: it is damaged.
    """
    detector = ShotDetector()
    starts: list[bool] = []
    with open_video(video) as reader, ReadAhead(reader) as frames:
        for frame in frames:
            starts.append(detector.push(thinned(frame.rgb)))
            if progress is not None:
                progress(len(starts))
    return split_shots(starts)


class _Result(NamedTuple):
    """What `VideoWriter.write` takes."""

    frame: Frame
    rgb: RgbArray | None = None
    hole: HoleArray | None = None


def _first_frames(size: Size, options: InpaintOptions) -> int:
    """How many frames may wait while the network is loaded; the first fill looks at as many anyway."""
    if options.memory is not None:
        return DEFAULT_LENGTH
    return max(DEFAULT_LENGTH, min(options.plan.reach, _FIRST_PIXELS // (size.width * size.height)))


def _queue_length(size: Size) -> int:
    """How many frames may wait between two threads: a large one is memory, and is filled for longer than decoded."""
    return 1 if is_large(size) else DEFAULT_LENGTH


def _fill(inpainter: Inpainter, pairs: Iterable[tuple[Frame, HoleArray]]) -> Iterator[_Result]:
    """Match frames with their results, which come in order but late, because the inpainter looks ahead."""
    waiting: deque[tuple[Frame, PackedHole]] = deque()

    def entering() -> Iterator[tuple[Picture, HoleArray]]:
        for frame, hole in pairs:
            waiting.append((frame, PackedHole(hole)))
            yield frame.picture, hole

    for rgb in inpainter.fill(entering()):
        frame, hole = waiting.popleft()
        yield _Result(frame) if rgb is None else _Result(frame, rgb, hole.unpack())


def _writing(writer: VideoWriter, encoding: Stopwatch) -> Callable[[_Result], None]:
    def write(result: _Result) -> None:
        with encoding:
            writer.write(*result)

    return write
