"""Opening a video file: its container, its best video stream, and what they say about it."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from stranet.errors import OpenError
from stranet.types import Size
from stranet.video.color import ColorSpec
from stranet.video.damage import missing_bytes
from stranet.video.hdr import read_hdr
from stranet.video.info import VideoInfo
from stranet.video.interlace import first_field
from stranet.video.pixels import pixel_layout, working_format

MAX_THREADS = 4
"""Decoder threads at most: every one holds a picture, and decoding is never what the pipeline waits for."""


def open_container(path: Path) -> InputContainer:
    """Open a file.

    Raises:
        OpenError: it is missing, empty, unreadable or not a video.
    """
    if not path.exists():
        raise OpenError(f"{path}: there is no such file")
    if not path.is_file():
        raise OpenError(f"{path}: not a regular file")
    if not path.stat().st_size:
        raise OpenError(f"{path}: the file is empty")
    try:
        return av.open(str(path), metadata_errors="replace")
    except PermissionError as error:
        raise OpenError(f"{path}: no permission to read it") from error
    except (FFmpegError, ValueError) as error:
        if missing := missing_bytes(path):
            raise OpenError(f"{path}: cut off, {missing:,} bytes with the index of its frames are missing") from error
        raise OpenError(f"{path}: not a video, or damaged at its start ({_reason(error)})") from error


def best_stream(container: InputContainer, path: Path) -> VideoStream:
    """The stream to work on (cover pictures come last).

    Raises:
        OpenError: there is none, or nothing here decodes it.
    """
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise OpenError(f"{path}: there is no video in this file")
    if stream.codec_context is None:
        raise OpenError(f"{path}: no decoder for the codec of its video")
    stream.codec_context.thread_type = ThreadType.AUTO
    stream.codec_context.thread_count = min(MAX_THREADS, os.cpu_count() or 1)
    return stream


def read_info(path: Path, container: InputContainer, stream: VideoStream, first: av.VideoFrame) -> VideoInfo:
    """Describe a video by its container and by its first frame, which knows colour and rotation best.

    Raises:
        OpenError: its pixel format is not supported.
    """
    size = Size(first.width, first.height)
    try:
        layout = pixel_layout(working_format(first.format.name))
    except OpenError as error:
        raise OpenError(f"{path}: {error}") from error
    time_base = stream.time_base or Fraction(1, 1000)
    rate = stream.average_rate or stream.guessed_rate
    duration = _duration(container, stream)
    matrix = _display_matrix(first)
    return VideoInfo(
        path=path,
        kind="video",
        size=size,
        rotation=round(-first.rotation / 90) * 90 % 360,
        display_matrix=matrix,
        sample_aspect_ratio=stream.sample_aspect_ratio or None,
        time_base=time_base,
        first_pts=first.pts or 0,
        frame_rate=rate,
        frame_count_hint=stream.frames or (round(duration * rate) if duration and rate else None),
        duration=duration,
        pixel_format=layout.name,
        bit_depth=layout.bit_depth,
        chroma_shift=layout.chroma_shift,
        color=ColorSpec.from_tags(
            first.colorspace,
            first.color_range,
            first.color_primaries,
            first.color_trc,
            size=size,
            pixel_format=layout.name,
        ),
        codec=stream.codec_context.codec.canonical_name,
        audio_tracks=len(container.streams.audio),
        subtitle_tracks=len(container.streams.subtitles),
        hdr=read_hdr(first),
        first_field=first_field(stream.codec_context.field_order),
    )


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _display_matrix(first: av.VideoFrame) -> tuple[int, ...] | None:
    side_data = first.side_data.get("DISPLAYMATRIX")
    return None if side_data is None else tuple(int(value) for value in np.frombuffer(side_data, np.int32))


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
