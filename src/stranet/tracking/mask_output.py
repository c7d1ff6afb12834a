"""Writing masks: a lossless video with the frame times of its source, or a folder of PNG images; all or nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from stranet.errors import EncodeError
from stranet.types import HoleArray, Size
from stranet.video.images import write_png
from stranet.video.info import VideoInfo
from stranet.video.output import PartialOutput, check_output, is_folder_output

SUFFIXES = (".mkv", ".mov")
"""Containers of lossless masks."""


def check_mask_output(path: str | Path, *inputs: str | Path) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises:
        EncodeError: see `check_output`; or its container does not hold lossless video.
    """
    check_output(path, *inputs)
    if not is_folder_output(path) and Path(path).suffix.lower() not in SUFFIXES:
        raise EncodeError(f"{path}: masks are lossless; use {' or '.join(SUFFIXES)}, or a folder for PNG images")


class MaskWriter:
    """Writes one upright mask per frame, white where marked; the final name appears only when all is complete.

    Args:
        path: a .mkv or .mov file, or a folder.
        info: the video that the masks belong to.
        size: of a mask.
        names: names of the images in a folder, without suffix; None = numbered.
    """

    def __init__(self, path: str | Path, info: VideoInfo, size: Size, names: list[str] | None = None) -> None:
        self._path, self._info, self._size, self._names = Path(path), info, size, names
        self._folder = is_folder_output(path)
        self._count = 0

    def __enter__(self) -> Self:
        try:
            self._partial = PartialOutput(self._path, folder=self._folder)
            try:
                self._partial.create()
                self._container, self._stream = (None, None) if self._folder else self._open()
            except BaseException:
                self._partial.discard()
                raise
        except (OSError, FFmpegError) as error:
            raise self._failure(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._container is not None and self._stream is not None:
                self._container.mux(self._stream.encode(None))
            if self._container is not None:
                self._container.close()
            if kind is None:
                self._partial.commit()
        except (OSError, FFmpegError) as error:
            if kind is None:
                raise self._failure(error) from error
        finally:
            self._partial.discard()

    def write(self, hole: HoleArray, pts: int) -> None:
        """Write the mask of the next frame, (H, W) bool; ``pts`` in units of the video's time base.

        Raises:
            EncodeError: no space is left.
        """
        picture = np.where(hole, np.uint8(255), np.uint8(0))
        try:
            if self._container is None or self._stream is None:
                name = self._names[self._count] if self._names else f"frame_{self._count:06d}"
                write_png(self._partial.path / f"{name}.png", picture)
            else:
                frame = av.VideoFrame.from_ndarray(picture, "gray")
                frame.pts, frame.time_base = pts, self._info.time_base
                self._container.mux(self._stream.encode(frame))
        except (OSError, FFmpegError) as error:
            raise self._failure(error) from error
        self._count += 1

    def _open(self) -> tuple[OutputContainer, VideoStream]:
        kind = {".mkv": "matroska", ".mov": "mov"}[self._path.suffix.lower()]
        container = av.open(str(self._partial.path), "w", format=kind)
        stream: VideoStream = container.add_stream(
            "ffv1",
            rate=self._info.frame_rate or Fraction(25),
            options={"level": "3", "slicecrc": "1", "g": "1"},
            width=self._size.width,
            height=self._size.height,
            time_base=self._info.time_base,
        )  # type: ignore[assignment]
        stream.codec_context.pix_fmt = "gray"
        if self._info.sample_aspect_ratio and self._info.rotation not in (90, 270):
            stream.codec_context.sample_aspect_ratio = self._info.sample_aspect_ratio
        container.start_encoding()
        return container, stream

    def _failure(self, error: Exception) -> EncodeError:
        return EncodeError(f"{self._path}: cannot be written ({getattr(error, 'strerror', None) or error})")
