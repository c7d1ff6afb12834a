"""`stranet track`: from a few marks to a mask for every frame."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, UseAppendAction, arg

from stranet.cli.marks import MarkOptions, read_marks
from stranet.cli.parse import parse
from stranet.cli.program import after_frame, set_up_process
from stranet.cli.progress import ProgressBar
from stranet.errors import ConfigError
from stranet.job import JobOptions
from stranet.tracking.options import TrackOptions
from stranet.tracking.report import TrackProgress, TrackReport


@dataclass(frozen=True)
class TrackCommand:
    """Make a mask for every frame of a video from a box, points or a mask on one or a few of its frames."""

    video: Annotated[Positional[Path], arg(metavar="VIDEO")]
    """Video file or folder of images."""
    output: Annotated[str, arg(aliases=("-o",), metavar="OUT")]
    """Mask video to write (.mkv or .mov, lossless), or a folder for PNG images."""
    marks: MarkOptions = field(default_factory=MarkOptions)
    mask: Annotated[tuple[str, ...], UseAppendAction, arg(metavar="FILE")] = ()
    """[NAME:]FILE[@TIME]: an image that marks an object exactly; white is the object, all black = it is not there."""
    tinted: Annotated[str | None, arg(metavar="OUT")] = None
    """Also write the video with the mask tinted over it, to look at."""
    start: str | None = None
    """Leave out what comes before this time: seconds or h:mm:ss from the first frame."""
    end: str | None = None
    """Leave out what comes from this time on; the mask ends there too."""
    quiet: bool = False
    """Show nothing but errors."""
    tracking: TrackOptions = field(default_factory=TrackOptions)
    report: Path | None = None
    """Also write what was done as JSON into this file."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    command = parse(TrackCommand, "track", arguments)
    part = JobOptions(start=command.start, end=command.end)
    if not command.marks.given() and not command.mask and not command.tracking.overlay:
        raise ConfigError("nothing is marked; give --box, --point or --mask, or --overlay for logos and captions")
    from stranet.report import check_report, write_text
    from stranet.tracking.track import track_video

    prompts = read_marks(command.marks, command.mask)
    if command.report is not None:
        check_report(command.report, command.video, command.output)
    set_up_process()
    with ProgressBar(quiet=command.quiet) as bar:

        def step(progress: TrackProgress) -> None:
            bar(progress)
            after_frame()

        report = track_video(
            command.video,
            command.output,
            prompts,
            command.tracking,
            tinted=command.tinted,
            start=part.start_seconds,
            end=part.end_seconds,
            progress=step,
        )
    if command.report is not None:
        write_text(command.report, report.to_json())
    if not command.quiet:
        print(f"stranet: {summary(report)}", file=sys.stderr)
    return 0


def summary(report: TrackReport) -> str:
    """What was done, and where to look, on one line."""
    objects = f"{len(report.objects)} object" + ("s" if len(report.objects) != 1 else "")
    rate = report.frames / report.seconds if report.seconds else 0.0
    words = f"wrote {report.output}: {report.frames} masks, {report.marked} not empty, {objects}, {rate:.1f} fps"
    return words + (f"; {doubts(report)}" if report.doubtful else "")


def doubts(report: TrackReport, most: int = 5) -> str:
    """The frames to look at, in words."""
    runs = [
        f"{shot.start}" if shot.stop == shot.start + 1 else f"{shot.start}-{shot.stop - 1}" for shot in report.doubtful
    ]
    more = f" and {len(runs) - most} more runs" if len(runs) > most else ""
    return f"low confidence at frames {', '.join(runs[:most])}{more}: look there, and mark again what is wrong"
