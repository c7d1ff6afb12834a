"""Tracking a whole video: `track_video` in one call, or `TrackSession` for working at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from stranet.errors import ConfigError, HoleError
from stranet.memory import current_memory, peak_memory
from stranet.tracking.embedded import EmbeddedTracker
from stranet.tracking.mask_output import MaskWriter, check_mask_output
from stranet.tracking.objects import Track, track_object, visits
from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt, placed
from stranet.tracking.report import TrackProgress, TrackReport
from stranet.tracking.segment import segment_frame
from stranet.tracking.spool import Spool
from stranet.types import HoleArray, Shot, Size
from stranet.video.reader import open_video
from stranet.video.shots import ShotDetector, split_shots, thinned
from stranet.video.stage import ReadAhead

Report = Callable[[TrackProgress], object]


def track_video(
    video: str | Path,
    output: str | Path,
    prompts: Sequence[Prompt],
    options: TrackOptions | None = None,
    *,
    tinted: str | Path | None = None,
    start: float | None = None,
    end: float | None = None,
    progress: Report | None = None,
) -> TrackReport:
    """Make a mask for every frame of a video from marks on a few.

    Args:
        video: a video file or a folder of images.
        output: a .mkv or .mov file (lossless), or a folder for PNG images; white = marked, upright.
        prompts: what the user marked; may be empty when ``options.overlay`` is on.
        options: how.
        tinted: also write the video with the mask tinted over it, to look at; None = do not.
        start, end: seconds from the first frame; outside nothing is marked, though every frame gets its mask.
        progress: called after every frame of every stage; what it raises ends the job.

    Raises:
        OpenError, DecodeError: the video cannot be used.
        HoleError: a prompt does not fit the video, or nothing is found there.
        EncodeError: the output cannot be written.
        ConfigError: an option cannot work here, such as a tracker that is not installed.
    """
    raise NotImplementedError


class TrackSession:
    """A video that is decoded once, and then marked, tracked and corrected as often as one likes; a context manager.

    Memory does not grow with the length of the video but for the masks, about a kilobyte a frame; frames lie as JPEG in
    a temporary file. Not to be used from several threads at a time.

    Args:
        video: a video file or a folder of images.
        options: how to track.
        folder: where the temporary file lies; None = where the system keeps such files.
        start, end: seconds from the first frame; only this part is tracked.
        progress: called after every frame.

    Raises:
        OpenError, DecodeError: the video cannot be used.
    """

    def __init__(
        self,
        video: str | Path,
        options: TrackOptions | None = None,
        *,
        folder: Path | None = None,
        start: float | None = None,
        end: float | None = None,
        progress: Report | None = None,
    ) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the temporary file."""
        raise NotImplementedError

    def segment(self, prompts: Sequence[Prompt]) -> HoleArray:
        """The outline of what is marked on one frame, (h, w) bool at the size of ``frames``; changes nothing."""
        raise NotImplementedError

    def track(self, prompts: Sequence[Prompt], progress: Report | None = None) -> None:
        """Follow everything that is marked, through the whole video; replaces what was tracked before."""
        raise NotImplementedError

    def hole(self, index: int) -> HoleArray:
        """The mask of a frame as it will be written, (h, w) bool at the size of ``frames``."""
        raise NotImplementedError

    def write(
        self, output: str | Path, *, tinted: str | Path | None = None, progress: Report | None = None
    ) -> TrackReport:
        """Write the masks at the full resolution of the video."""
        raise NotImplementedError
