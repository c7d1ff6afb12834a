"""What a user can choose about one job: which part of the video, how far the mask grows, what is written besides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from stranet.errors import ConfigError, HoleError
from stranet.video.hole_shapes import parse_time


@dataclass(frozen=True)
class JobOptions:
    """Which part of the video is worked on, and how; the one set of defaults for Python, TOML and the command line."""

    start: float | str | None = None
    """Leave out what comes before this time: seconds or h:mm:ss from the first frame."""
    end: float | str | None = None
    """Leave out what comes from this time on: seconds or h:mm:ss from the first frame."""
    preview: int | None = None
    """Work on the first N frames only, for a quick look."""
    dilate: int | None = None
    """Pixels by which the mask grows, 0 or more; default: with the resolution, 4 at 480 rows and 8 at 1080."""
    allow_damaged: bool = False
    """Use a damaged or truncated video up to the damage, instead of refusing it."""
    report: Path | None = None
    """Also write what was done as JSON into this file."""

    def __post_init__(self) -> None:
        start, end = self.start_seconds, self.end_seconds
        if start is not None and start < 0:
            raise ConfigError(f"start is {self.start}, but must be 0 or later")
        if end is not None and end <= (start or 0):
            raise ConfigError(f"end is {self.end}, but must come after start ({self.start or 0})")
        if self.preview is not None and self.preview < 1:
            raise ConfigError(f"preview is {self.preview}, but must be at least 1 frame")
        if self.dilate is not None and self.dilate < 0:
            raise ConfigError(f"dilate is {self.dilate}, but must be 0 or more pixels")

    @property
    def start_seconds(self) -> float | None:
        """`start` in seconds."""
        return _seconds("start", self.start)

    @property
    def end_seconds(self) -> float | None:
        """`end` in seconds."""
        return _seconds("end", self.end)

    @property
    def whole(self) -> bool:
        """True when every frame of the video must be there and is worked on."""
        return self.start is None and self.end is None and self.preview is None and not self.allow_damaged

    def expected_frames(self, count: int | None, frame_rate: Fraction | None) -> int | None:
        """About how many frames the job has.

        Args:
            count: frames of the whole video, None = unknown.
            frame_rate: frames per second, None = unknown.
        """
        frames = count
        if frame_rate and (self.start is not None or self.end is not None):
            last = count if count is not None else float("inf")
            stop = last if self.end_seconds is None else min(last, self.end_seconds * float(frame_rate))
            length = stop - (self.start_seconds or 0) * float(frame_rate)
            frames = max(0, round(length)) if length < float("inf") else None
        if self.preview is not None:
            frames = self.preview if frames is None else min(frames, self.preview)
        return frames


def _seconds(name: str, time: float | str | None) -> float | None:
    if time is None:
        return None
    try:
        return float(parse_time(time))
    except HoleError as error:
        raise ConfigError(f"{name}: {error}") from None
