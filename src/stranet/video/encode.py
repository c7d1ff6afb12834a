"""One output file: an encoder, the copied tracks, chapters and tags in a container."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import ThreadType
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from stranet.types import Frame, HoleArray, RgbArray, Size
from stranet.video.codecs import Encoding, choose_encoding, is_large
from stranet.video.color import UNSPECIFIED
from stranet.video.images import ImageReader, as_rgb, replace_in_image
from stranet.video.info import VideoInfo
from stranet.video.matroska import ROOM, display_size, state_in_track
from stranet.video.output import OutputOptions
from stranet.video.pixels import copy_frame, pixel_layout, replace_hole
from stranet.video.reader import VideoReader
from stranet.video.tracks import TrackCopier, copy_tags

_FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_BT709, _LIMITED = 1, 1
_MAX_TIMESCALE = 2**31 - 1
_MP4_TAGS = {"title", "artist", "album", "album_artist", "composer", "comment", "date", "genre", "copyright"}
"""Tags that have a place of their own in MP4."""
_OWN_TAGS = {"creation_time", "encoder", "major_brand", "minor_version", "compatible_brands"}
"""Tags that the muxer writes in any case."""
MAX_THREADS = 8
"""Encoder threads at most; more cost memory and hardly gain time."""


class FileEncoder:
    """Encodes frames into a file whose stream has the input's time base, tags and tracks."""

    def __init__(self, path: Path, final: Path, source: VideoReader | ImageReader, options: OutputOptions) -> None:
        """Open encoder and container and write the header.

        Args:
            path: the temporary file.
            final: the name it will get, for messages and for its suffix.
            source: the opened input.
            options: how to encode.

        Raises:
            EncodeError: the container cannot hold the codec or one of the tracks.
        """
        self._info = info = source.info
        self._cut = not source.range.whole
        self._shift: int | None = None if source.range.start else 0
        self._end = Fraction(0)
        self._tracks: TrackCopier | None = None
        self._reformatter = VideoReformatter()
        format_name = _FORMATS[final.suffix.lower()]
        self._path, self._display, self._hdr = path, None, None
        if format_name in ("matroska", "webm"):
            self._hdr, ratio = info.hdr, info.sample_aspect_ratio or Fraction(1)
            self._display = display_size(info.size, ratio) if ratio != 1 else None
        tags = source.container.metadata if isinstance(source, VideoReader) else {}
        muxer = _muxer_options(format_name, info, tags)
        self._container = av.open(str(path), "w", format=format_name, container_options=muxer)
        try:
            self._encoding = choose_encoding(final, info, self._container.supported_codecs, options)
            self._stream = _add_video(self._container, info, self._encoding)
            if options.copy_tracks and isinstance(source, VideoReader):
                damage = source.allow_damaged
                self._tracks = TrackCopier(info.path, self._container, final, allow_damaged=damage)
                copy_tags(source.container, source.stream, self._container, self._stream, _cut(source))
            if self._display or self._hdr:
                self._stream.metadata["title"] = self._stream.metadata.get("title", "") + ROOM
            self._container.start_encoding()
        except BaseException:
            self.abort()
            raise

    def write(self, frame: Frame, rgb: RgbArray | None, hole: HoleArray | None) -> None:
        """Encode a frame, and copy what the other tracks hold up to its time."""
        native = self._from_image(frame.native, rgb, hole) if self._info.kind == "images" else frame.native
        if self._info.kind == "video":
            if rgb is not None and hole is not None:
                replace_hole(native, rgb, hole, self._info.color)
            if native.format.name != self._encoding.pixel_format and not pixel_layout(native.format.name).is_rgb:
                native = copy_frame(native, self._encoding.pixel_format)
        if self._shift is None:
            self._shift = frame.pts
            if self._tracks is not None:
                self._tracks.start_at(frame.pts * frame.time_base)
        native.pts, native.time_base = frame.pts - self._shift, frame.time_base
        native.pict_type = 0  # the encoder chooses, whatever the decoder found
        self._container.mux(self._stream.encode(native))
        step = native.duration or (1 / (self._info.frame_rate * frame.time_base) if self._info.frame_rate else 1)
        self._end = (frame.pts + step) * frame.time_base
        if self._tracks is not None:
            self._tracks.copy_until(self._end)

    def finish(self, *, damaged: bool) -> None:
        """Write what is left and close the file."""
        self._container.mux(self._stream.encode(None))
        if self._tracks is not None:
            self._tracks.copy_until(self._end if self._cut or damaged else None)
            self._tracks.close()
        self._container.close()
        if self._display or self._hdr:
            state_in_track(self._path, self._display, self._hdr)

    def abort(self) -> None:
        """Close everything without caring for the result."""
        if self._tracks is not None:
            self._tracks.close()
        with suppress(FFmpegError, OSError, ValueError):
            self._container.close()

    def _from_image(self, pixels: NDArray, rgb: RgbArray | None, hole: HoleArray | None) -> av.VideoFrame:
        """An image as a frame in the encoder's pixel format; YUV is BT.709, limited range."""
        if rgb is not None and hole is not None:
            pixels = replace_in_image(pixels, rgb, hole)
        picture = av.VideoFrame.from_ndarray(as_rgb(pixels), self._info.pixel_format)
        return self._reformatter.reformat(
            picture,
            format=self._encoding.pixel_format,
            dst_colorspace=_BT709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
        )


def _cut(source: VideoReader) -> tuple[Fraction, Fraction | None]:
    """Where the output starts and ends on the input's clock, in seconds; None = with the input (or not known)."""
    first = source.info.first_pts * source.info.time_base
    part, rate = source.range, source.info.frame_rate
    start = Fraction(part.start or 0)
    ends = [Fraction(part.end)] if part.end is not None else []
    if part.limit is not None and rate:
        ends.append(start + part.limit / rate)
    return (first + start if start else Fraction(0)), (first + min(ends) if ends else None)


def _muxer_options(format_name: str, info: VideoInfo, tags: Iterable[str]) -> dict[str, str]:
    """What keeps times exact: MP4 states a delayed start in units of the movie, 1 ms unless told otherwise."""
    if format_name not in ("mp4", "mov"):
        # Sound begins before 0 by the encoder's delay; moving everything up to 0 would move the pictures too.
        return {"avoid_negative_ts": "disabled", "write_crc32": "0"}
    timescale = info.time_base.denominator
    while timescale < 10_000:  # as the muxer does for the track
        timescale *= 2
    movie = math.lcm(timescale, 48_000)
    flags = "" if info.color.matrix == UNSPECIFIED else "+write_colr"
    if {tag.lower() for tag in tags} - _MP4_TAGS - _OWN_TAGS:  # keeps any key, but fewer players show them then
        flags += "+use_metadata_tags"
    options = {"movie_timescale": str(movie if movie <= _MAX_TIMESCALE else timescale)}
    return {**options, "movflags": flags} if flags else options


def encoder_threads(size: Size, cores: int) -> int:
    """How many: every core, but half of them for large frames, of which every thread holds some.

    Filling takes longer than encoding, so that one does not wait for the other.
    """
    return min(MAX_THREADS, max(1, cores // 2) if is_large(size) else cores)


def _add_video(container: OutputContainer, info: VideoInfo, encoding: Encoding) -> VideoStream:
    if encoding.encoder == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # errors only: it prints its settings to stderr otherwise
    stream: VideoStream = container.add_stream(
        encoding.encoder,
        rate=info.frame_rate or 25,
        options=encoding.options,
        width=info.size.width,
        height=info.size.height,
        time_base=info.time_base,
    )  # type: ignore[assignment]
    context = stream.codec_context
    context.pix_fmt = encoding.pixel_format
    if encoding.encoder == "libx265" and container.format.name in ("mp4", "mov"):
        context.codec_tag = "hvc1"  # the only kind of HEVC that Apple's players open
    context.thread_type = ThreadType.AUTO
    context.thread_count = encoder_threads(info.size, os.cpu_count() or 1)
    if info.sample_aspect_ratio:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    from_rgb = info.kind == "images" and encoding.pixel_format.startswith("yuv")
    color = info.color
    context.colorspace = _BT709 if from_rgb else color.matrix
    context.color_range = _LIMITED if from_rgb else color.range
    context.color_primaries, context.color_trc = color.primaries, color.transfer
    stream.set_display_matrix(info.display_matrix)
    return stream
