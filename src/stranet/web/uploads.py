"""Taking in a video: streamed to disk, never held in memory, and refused as early as its size or kind shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import av
from anyio import to_thread
from av.error import FFmpegError

from stranet.errors import OpenError, StraNetError
from stranet.types import Size
from stranet.video.damage import missing_bytes
from stranet.video.info import VideoInfo, probe_video
from stranet.video.output import VIDEO_SUFFIXES
from stranet.web.options import Limits
from stranet.web.project import Facts

CHUNK = 1 << 20
"""Bytes that are written at once."""
SPARE = 200_000_000
"""Bytes that must stay free on the disk."""
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,mxf,gif,h264,hevc,m4v,mpegvideo,ivf,dv,nut"
"""Containers that are opened. Playlists are not among them: they would make us open other files of this machine."""
NO_VIDEO = "this file is not a video that can be read here; choose an MP4, MOV, MKV, WebM or AVI file"
_NAME_LENGTH = 120


class Refused(StraNetError):
    """An upload that is not taken.

    Args:
        message: for the user.
        status: of the HTTP response.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def receive(chunks: AsyncIterator[bytes], file: Path, promised: int | None, limits: Limits) -> None:
    """Write an upload into a new file.

    Args:
        chunks: what comes.
        file: does not exist yet.
        promised: bytes that will come, as far as the client says.
        limits: see `Limits.max_megabytes`.

    Raises:
        Refused: it is too large, empty or cut off, or the disk is full. The caller removes the file.
    """
    if promised is not None:
        _check_size(promised, limits)
        if promised + SPARE > shutil.disk_usage(file.parent).free:
            raise Refused("there is not enough room left on the disk for this video", 507)
    size, waiting = 0, bytearray()
    with file.open("xb") as output:
        async for chunk in chunks:
            size += len(chunk)
            _check_size(size, limits)
            waiting += chunk
            if len(waiting) >= CHUNK:
                await to_thread.run_sync(_write, output.fileno(), bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(_write, output.fileno(), bytes(waiting))
    if not size:
        raise Refused("the file is empty")
    if promised is not None and size != promised:
        raise Refused("the upload was cut off; try again")


def admit(file: Path, name: str, limits: Limits) -> Facts:
    """Look at an uploaded file.

    Args:
        file: the upload.
        name: see `shown_name`.
        limits: what is accepted.

    Raises:
        Refused: it is not a video, damaged at its start, too large or too long.
    """
    try:
        with av.open(str(file), metadata_errors="replace", options={"format_whitelist": FORMATS}):
            pass
        info = probe_video(file)
    except (FFmpegError, ValueError, OpenError) as error:
        if missing := missing_bytes(file):
            raise Refused(f"this file is cut off: {missing:,} bytes are missing at its end; copy it anew") from error
        raise Refused(NO_VIDEO) from error
    size = info.display_size
    if size.width * size.height > limits.max_megapixels * 1e6:
        raise Refused(
            f"the frames of this video have {size} pixels; the limit here is {limits.max_megapixels:g} million"
        )
    if info.duration is not None and info.duration > limits.max_minutes * 60:
        raise Refused(
            f"this video lasts {info.duration / 60:.1f} minutes; the limit here is {limits.max_minutes:g}, "
            "so cut it into parts"
        )
    return _facts(info, size, name)


def shown_name(header: str | None) -> str:
    """A file name of the user's, percent-encoded in a header, as text that is safe to show; never used as a path."""
    last = unquote(header or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    return kept[-_NAME_LENGTH:] or "video"


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise Refused(f"this file is larger than {limits.max_megabytes:,} MB, which is the limit here", 413)


def _write(output: int, data: bytes) -> None:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(output, rest) :]
    except OSError as error:
        raise Refused(f"the upload cannot be stored ({error.strerror})", 507) from error


def _facts(info: VideoInfo, size: Size, name: str) -> Facts:
    stretch = float(info.sample_aspect_ratio or 1)
    suffix = Path(name).suffix.lower()
    return Facts(
        name=name,
        width=size.width,
        height=size.height,
        stretch=1 / stretch if info.rotation in (90, 270) else stretch,
        rate=float(info.frame_rate or 25),
        expected=info.frame_count_hint,
        seconds=info.duration,
        sound=info.has_audio,
        suffix=suffix if suffix in VIDEO_SUFFIXES else ".mkv",
    )
