"""Tracking a video in one call: open, follow, write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stranet.tracking.mask_output import check_mask_output
from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt
from stranet.tracking.report import Report, TrackReport
from stranet.tracking.session import TrackSession
from stranet.tracking.write import write_masks
from stranet.video.output import check_output


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
        start, end: seconds from the first frame; only this part is tracked. Masks are written for all frames up to the
            end, so that `inpaint_video` with the same start and end takes them; nothing is marked before the start.
        progress: called after every frame of every stage; what it raises ends the job, and nothing is left.

    Raises:
        OpenError, DecodeError: the video cannot be used.
        HoleError: a prompt does not fit the video, or nothing is found there.
        EncodeError: the output cannot be written.
        ConfigError: an option cannot work here, such as a tracker that is not installed.
    """
    check_mask_output(output, video)
    if tinted is not None:
        check_output(tinted, video, output)
    with TrackSession(video, options, start=start, end=end, progress=progress) as session:
        session.track(prompts, progress)
        return write_masks(session, output, tinted=tinted, progress=progress)
