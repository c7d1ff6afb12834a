"""`stranet inpaint`: remove what a mask marks from a video."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from stranet.cli.marks import MarkOptions, read_marks
from stranet.cli.parse import parse
from stranet.cli.program import after_frame, set_up_process
from stranet.cli.progress import ProgressBar, in_gigabytes
from stranet.cli.track import doubts
from stranet.errors import ConfigError
from stranet.inpainting.options import InpaintOptions
from stranet.job import JobOptions
from stranet.report import InpaintReport, Progress
from stranet.video.output import OutputOptions


@dataclass(frozen=True)
class InpaintCommand:
    """Remove what a mask marks from a video, at its own resolution, and keep its sound and its times."""

    video: Annotated[Positional[Path], arg(metavar="VIDEO")]
    """Video file or folder of images."""
    output: Annotated[str, arg(aliases=("-o",), metavar="OUT")]
    """Video file to write (.mp4, .mov, .mkv, .webm), or a folder for PNG images."""
    mask: Annotated[Path | None, arg(aliases=("-m",), metavar="MASK")] = None
    """What to remove: a video, a folder of images, one image, or a TOML/JSON list of boxes and polygons with times.
    White (any non-zero value or alpha) is removed. Without one, give --box or --point: the object is tracked first."""
    marks: MarkOptions = field(default_factory=MarkOptions)
    shadow: bool = False
    """Remove the tracked object's soft shadow too, see stranet track."""
    quiet: bool = False
    """Show nothing but errors."""
    job: JobOptions = field(default_factory=JobOptions)
    output_options: Annotated[OutputOptions, arg(name="output")] = field(default_factory=OutputOptions)
    filling: InpaintOptions = field(default_factory=InpaintOptions)


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    command = parse(InpaintCommand, "inpaint", arguments)
    marked = command.marks.given()
    if marked == (command.mask is not None):
        what = "--mask or marks (--box, --point), not both" if marked else "--mask MASK, or marks such as --box x,y,w,h"
        raise ConfigError(f"what is to be removed? Give {what}; see stranet inpaint --help")
    if command.shadow and not marked:
        raise ConfigError("--shadow is for tracked objects; give --box or --point in the place of --mask")
    from stranet.api import inpaint_video  # loads PyAV and OpenCV: only once the options are right
    from stranet.tracking.options import TrackOptions

    mask = read_marks(command.marks) if command.mask is None else command.mask
    set_up_process()
    with ProgressBar(quiet=command.quiet) as bar:

        def step(progress: Progress) -> None:
            bar(progress)
            after_frame()

        report = inpaint_video(
            command.video,
            mask,
            command.output,
            options=command.filling,
            output_options=command.output_options,
            job=command.job,
            tracking=TrackOptions.for_removal(command.shadow),
            progress=step,
        )
    if report.damaged is not None:
        print(f"stranet: warning: {report.damaged}; the output ends there", file=sys.stderr)
    if not command.quiet:
        print(f"stranet: {summary(report)}", file=sys.stderr)
        if report.budget and (report.budget.plan != command.filling.plan or command.filling.memory is not None):
            print(f"stranet: for the memory, {report.budget}", file=sys.stderr)
        if report.tracked is not None and report.tracked.doubtful:
            print(f"stranet: {doubts(report.tracked)} (stranet track shows the mask)", file=sys.stderr)
    return 0


def summary(report: InpaintReport) -> str:
    """What was done, on one line."""
    shots = f"{len(report.shots)} shot" + ("s" if len(report.shots) != 1 else "")
    return (
        f"wrote {report.output}: {report.frames} frames, {report.filled} filled, {shots}, "
        f"{report.seconds_per_frame:.2f} s per frame, {report.leftover_share:.1%} of the hole invented, "
        f"peak memory {in_gigabytes(report.peak_memory)}"
    )
