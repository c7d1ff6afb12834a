"""Writing what a session tracked, at the full resolution of the video."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from stranet.memory import peak_memory
from stranet.tracking.mask_output import MaskWriter, check_mask_output
from stranet.tracking.report import Report, TrackReport
from stranet.tracking.session import TrackSession
from stranet.types import Frame, HoleArray, RgbArray
from stranet.video.images import list_images
from stranet.video.output import OutputOptions, check_output
from stranet.video.reader import open_video
from stranet.video.stage import ReadAhead
from stranet.video.writer import VideoWriter

TINT = (255, 40, 90)
"""Colour laid over what is marked."""


def write_masks(
    session: TrackSession,
    output: str | Path,
    *,
    tinted: str | Path | None = None,
    progress: Report | None = None,
) -> TrackReport:
    """Write a mask per frame, and if wanted the video with the masks tinted over it.

    Args:
        session: after `TrackSession.track`.
        output: a .mkv or .mov file, or a folder for PNG images.
        tinted: a video file or a folder; None = not wanted.
        progress: called after every frame; what it raises ends the job, and nothing is left.

    Raises:
        EncodeError: an output cannot be written.
    """
    check_mask_output(output, session.video)
    if tinted is not None:
        check_output(tinted, session.video, output)
    marked = 0
    with session.stage("write", progress, len(session.pts)) as step, ExitStack() as stack:
        names = _names(session)
        frames: Iterator[Frame | None] = iter([None] * len(session.pts))
        view = None
        if tinted is not None:
            reader = stack.enter_context(
                open_video(session.video, end=session.end, allow_damaged=session.allow_damaged)
            )
            frames = iter(stack.enter_context(ReadAhead(reader)))
            view = stack.enter_context(VideoWriter(tinted, reader, OutputOptions(crf=20)))
        writer = stack.enter_context(MaskWriter(output, session.info, session.size, names))
        for index, frame in zip(range(len(session.pts)), frames, strict=False):
            hole = full_hole(session, index)
            marked += bool(hole.any())
            writer.write(hole, session.pts[index])
            if view is not None and frame is not None:
                stored = np.ascontiguousarray(np.rot90(hole, session.info.rotation // 90))
                view.write(frame, tint(frame.rgb, stored), np.ones_like(stored))
            step()
    return TrackReport(
        video=str(session.video),
        output=str(output),
        size=session.size,
        frames=len(session.pts),
        marked=marked,
        objects=session.objects,
        shots=session.shots,
        confidence=session.confidence,
        doubtful=session.doubtful,
        seconds=time.perf_counter() - session.began,
        stage_seconds=dict(session.stage_seconds),
        peak_memory=peak_memory(),
        options=session.options,
    )


def full_hole(session: TrackSession, index: int) -> HoleArray:
    """(H, W) bool, upright, at the full resolution of the video."""
    hole = session.hole(index)
    if session.frames.size == session.size or not hole.any():
        return hole if session.frames.size == session.size else np.zeros(session.size[::-1], bool)
    return cv2.resize(hole.astype(np.float32), session.size, interpolation=cv2.INTER_LINEAR) > 0.5


def _names(session: TrackSession) -> list[str] | None:
    """Masks in a folder have the names of the images that they belong to."""
    if session.info.kind != "images":
        return None
    stems = [file.stem for file in list_images(session.video)]
    return stems if len(set(stems)) == len(stems) else None


def tint(rgb: RgbArray, hole: HoleArray) -> RgbArray:
    """A copy with a see-through colour and a bright outline where ``hole`` is."""
    top = 257 if rgb.dtype == np.uint16 else 1
    view = rgb.copy()
    colour = np.array(TINT, np.float32) * top
    view[hole] = (0.5 * rgb[hole] + 0.5 * colour).astype(rgb.dtype)
    outline = cv2.morphologyEx(hole.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    view[outline] = colour.astype(rgb.dtype)
    return view
