"""`stranet verify`: prove that nothing changed outside the mask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from stranet.cli.parse import parse
from stranet.job import JobOptions
from stranet.report import check_report, write_text

if TYPE_CHECKING:
    from stranet.video.verify import VerifyReport


@dataclass(frozen=True)
class VerifyCommand:
    """Compare a result with its input, outside the mask as it was grown; exit code 1 when anything changed.

    Only a lossless result can be free of changes. Give the same part of the video and the same --dilate as before."""

    input: Annotated[Positional[Path], arg(metavar="IN")]
    """The video that was inpainted."""
    output: Annotated[Positional[Path], arg(metavar="OUT")]
    """The result."""
    mask: Annotated[Path, arg(aliases=("-m",), metavar="MASK")]
    """The mask that was used."""
    job: JobOptions = field(default_factory=JobOptions)


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0 when nothing changed, else 1."""
    command = parse(VerifyCommand, "verify", arguments)
    from stranet.video.verify import verify_video

    job = command.job
    if job.report is not None:
        check_report(job.report, command.input, command.output, command.mask)
    report = verify_video(
        command.input,
        command.output,
        command.mask,
        dilate=job.dilate,
        start=job.start_seconds,
        end=job.end_seconds,
        limit=job.preview,
        allow_damaged=job.allow_damaged,
    )
    print("\n".join(findings(report)))
    if job.report is not None:
        write_text(job.report, json.dumps(asdict(report) | {"ok": report.ok}, indent=2, default=str) + "\n")
    return 0 if report.ok else 1


def findings(report: VerifyReport) -> list[str]:
    """What was found, a line for each."""
    lines = [
        f"frames: {report.frames_in} in, {report.frames_out} out",
        f"changed pixels outside the mask: {report.changed_pixels} of {report.outside_pixels}",
        f"largest difference: {report.largest_difference}",
    ]
    if report.changed_pixels:
        lines.append(f"first changed frame: {report.first_changed_frame}; PSNR outside the mask: {report.psnr:.2f} dB")
    return [*lines, *report.differences, "ok: nothing changed" if report.ok else "changed"]
