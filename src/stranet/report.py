"""What a job tells while it runs (`Progress`) and when it is done (`InpaintReport`)."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from stranet.errors import ConfigError
from stranet.inpainting.budget import Budget
from stranet.inpainting.options import InpaintOptions
from stranet.job import JobOptions
from stranet.tracking.report import TrackReport
from stranet.types import Shot, Size
from stranet.video.output import OutputOptions


@dataclass(frozen=True)
class Progress:
    """Where a job stands, after a frame."""

    frames: int
    """Frames handed to the encoder."""
    total: int | None
    """Frames of the job, as far as known; may be off by a few."""
    seconds: float
    """Since the job began."""
    memory: int
    """Resident memory of this process, bytes."""
    stage: str = "fill"
    """What is being done: "read", "track" and "write" the mask, where there are only marks, and then "fill"."""


@dataclass(frozen=True)
class InpaintReport:
    """What was done, how long it took, and with what."""

    video: str
    mask: str
    output: str
    size: Size
    """Pixels of a frame, as stored."""
    frames: int
    """Frames written."""
    filled: int
    """Frames that had a hole."""
    shots: tuple[Shot, ...]
    """Frames between two cuts, counted from the first frame of the job."""
    leftover_share: float
    """Share of the hole pixels that no other frame showed, 0 to 1; these are invented."""
    seconds: float
    """Wall-clock time of the job."""
    stage_seconds: dict[str, float]
    """Time per stage; decoding and encoding run beside the others, so the sum may exceed `seconds`."""
    peak_memory: int
    """Largest resident memory of the process, bytes."""
    dilate: int
    """Pixels by which the mask grew."""
    damaged: str | None
    """Where the input was damaged, if it was and that was allowed."""
    options: InpaintOptions
    output_options: OutputOptions
    job: JobOptions
    versions: dict[str, str]
    budget: Budget | None
    """Work per frame, frames at once and the memory expected for them: what ``options`` ask for, as far as it fits.
    None without a frame."""
    tracked: TrackReport | None = None
    """How surely the mask was tracked; None when one was given."""

    @property
    def seconds_per_frame(self) -> float:
        """Wall-clock time over frames written, decoding and encoding included."""
        return self.seconds / self.frames if self.frames else 0.0

    def to_json(self) -> str:
        """All fields, with `seconds_per_frame`, as JSON text."""
        content = asdict(self) | {
            "budget": self.budget and self.budget.to_json(),
            "seconds_per_frame": self.seconds_per_frame,
        }
        return json.dumps(content, indent=2, default=str, ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Write `to_json` into a file, see `write_text`."""
        write_text(path, self.to_json())


def write_text(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all.

    Raises:
        ConfigError: It cannot be written there.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: the report cannot be written ({error.strerror})") from error


def check_report(path: Path, *others: str | Path) -> None:
    """Refuse a report file that cannot be written, before any work is done.

    Raises:
        ConfigError: Its folder is missing or may not be written to, or it is one of the other files of the job.
    """
    if any(path.absolute() == Path(other).absolute() for other in others):
        raise ConfigError(f"{path}: the report would overwrite another file of this job; choose another name")
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder; give the report a file name")
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent} for the report; create it first")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigError(f"{path}: no permission to write the report into {path.parent}")
