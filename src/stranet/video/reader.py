"""Reading frames: `VideoReader` for files, and `open_video`, which also takes image folders."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Self

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.video.stream import VideoStream

from stranet.errors import DecodeError, OpenError
from stranet.types import Frame, Picture, Size
from stranet.video.damage import missing_bytes
from stranet.video.frame_range import FrameRange
from stranet.video.images import DEFAULT_RATE, ImageReader
from stranet.video.info import VideoInfo
from stranet.video.opening import best_stream, open_container, read_info
from stranet.video.pixels import frame_to_rgb, working_format


def open_video(
    path: str | Path,
    *,
    start: float | None = None,
    end: float | None = None,
    limit: int | None = None,
    allow_damaged: bool = False,
    frame_rate: Fraction = DEFAULT_RATE,
) -> VideoReader | ImageReader:
    """Open a video file or a folder of images; ``frame_rate`` counts for folders only, the rest as in `VideoReader`.

    Raises:
        OpenError: it is missing, empty or not a video.
    """
    if Path(path).is_dir():
        return ImageReader(path, start=start, end=end, limit=limit, frame_rate=frame_rate)
    return VideoReader(path, start=start, end=end, limit=limit, allow_damaged=allow_damaged)


class VideoReader:
    """Iterates the frames of a video file, once, decoding as they are asked for.

    Each `Frame` carries its decoded picture as `Frame.native`. It belongs to whoever holds the frame last: the reader
    keeps no claim on it, and the decoder's own references are safe because the writer copies shared buffers first.

    Args:
        path: the file.
        start, end, limit: which frames, see `FrameRange`; those before the start are decoded and dropped.
        allow_damaged: end quietly where the damage begins, with `damaged` set, instead of raising.

    Raises:
        OpenError: the file is missing, empty or not a video.
        ConfigError: the range can hold no frame.
    """

    info: VideoInfo
    container: InputContainer
    """The opened file, for its tags and chapters."""
    stream: VideoStream
    """Its video."""
    damaged: str | None
    """What was lost, once the iteration has ended early because of damage; else None."""

    def __init__(
        self,
        path: str | Path,
        *,
        start: float | None = None,
        end: float | None = None,
        limit: int | None = None,
        allow_damaged: bool = False,
    ) -> None:
        self.range, self.allow_damaged = FrameRange(start, end, limit), allow_damaged
        self.damaged = None
        self._path = Path(path)
        self.container = open_container(self._path)
        try:
            self.stream = best_stream(self.container, self._path)
            self._missing = missing_bytes(self._path)
            self._decoded = self._decode()
            self._first = next(self._decoded, None)
            if self._first is None:
                raise OpenError(f"{self._path}: no picture could be decoded; the file is damaged or not a video")
            self.info = read_info(self._path, self.container, self.stream, self._first)
        except BaseException:
            self.container.close()
            raise
        self._frames = self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; iterating afterwards ends at once."""
        self._frames.close()
        self._decoded.close()
        self.container.close()

    def __iter__(self) -> Iterator[Frame]:
        """The one pass over the frames.

        Raises:
            DecodeError: the file is damaged (unless ``allow_damaged``), or its pictures change size or format.
        """
        return self._frames

    def pictures(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """The one pass, as (seconds from the first frame, decoded picture): for whoever needs no RGB of full size.

        Raises:
            DecodeError: as when iterating.
        """
        for _, pts, native in self._checked():
            yield float((pts - self.info.first_pts) * self.info.time_base), native

    def _read(self) -> Generator[Frame]:
        info = self.info
        for index, pts, native in self._checked():
            colours = partial(frame_to_rgb, native, info.color)
            yield Frame(index, pts, info.time_base, Picture(colours(), colours), native)

    def _checked(self) -> Iterator[tuple[int, int, av.VideoFrame]]:
        """(number, pts, picture) of every frame of the range, in one size and format."""
        info = self.info
        for index, pts, native in self.range.select(self._timed()):
            size, name = Size(native.width, native.height), native.format.name
            if size != info.size or working_format(name) != info.pixel_format:
                raise DecodeError(
                    f"{self._path}: frame {index} is {size} {name}, but the video began as {info.size} "
                    f"{info.pixel_format}; split the file where it changes"
                )
            yield index, pts, native if name == info.pixel_format else native.reformat(format=info.pixel_format)

    def _timed(self) -> Iterator[tuple[Fraction, tuple[int, int, av.VideoFrame]]]:
        """(seconds from the first frame, (number, pts, picture)) of every picture."""
        info = self.info
        step = max(1, round(1 / (info.frame_rate * info.time_base))) if info.frame_rate else 1
        pts = info.first_pts - step
        for index, native in enumerate(self._pictures()):
            # Encoders and containers need strictly rising times; a frame without one follows at the average rate.
            pts = max(native.pts, pts + 1) if native.pts is not None else pts + step
            yield (pts - info.first_pts) * info.time_base, (index, pts, native)

    def _pictures(self) -> Iterator[av.VideoFrame]:
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        yield from self._decoded

    def _decode(self) -> Generator[av.VideoFrame]:
        """Decode to the end, or to the first damage after the first picture.

        Packets come in the order of their decoding times, and no picture is shown before it is decoded. So whatever is
        lost after a packet is shown later than that packet's decoding time: up to there no picture is missing.
        """
        count, last, complete = 0, None, None
        try:
            for packet in self.container.demux(self.stream):
                if packet.is_corrupt and not count:
                    continue  # recordings that start in the middle of a stream
                broken = packet.is_corrupt or (self._missing and not packet.size)
                for native in self._decode_packet(None if broken else packet, tolerant=not count):
                    if broken and complete is not None and native.pts is not None and native.pts > complete:
                        break
                    yield native
                    count, last = count + 1, native
                if broken:
                    return self._report(count, last)
                complete = packet.dts
        except FFmpegError as error:
            return self._report(count, last, error)

    def _decode_packet(self, packet: av.Packet[VideoStream] | None, *, tolerant: bool) -> list[av.VideoFrame]:
        """The pictures that a packet completes; None = those that the decoder still holds."""
        try:
            return self.stream.decode(packet)
        except InvalidDataError:
            if tolerant:
                return []
            raise

    def _report(self, count: int, last: av.VideoFrame | None, error: FFmpegError | None = None) -> None:
        time = float((last.pts or 0) * self.stream.time_base) if last and self.stream.time_base else 0.0
        cut = f", {self._missing:,} bytes are missing at its end" if self._missing else ""
        self.damaged = f"{self._path}: damaged after frame {count} ({time:.3f} s){cut}"
        if not self.allow_damaged:
            raise DecodeError(f"{self.damaged}; allow damaged input to use what comes before") from error
