"""What is copied beside the video: sound and subtitles packet by packet, tags, chapters, attached files."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import Discard, Stream

from stranet.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from av.container.core import Chapter

_STALE_TAGS = ("encoder", "duration", "bps", "number_of_frames", "number_of_bytes", "_statistics")
"""Beginnings of tags that describe the input file itself and would be wrong in the output."""
_CONTAINER_TAGS = ("major_brand", "minor_version", "compatible_brands")


class TrackCopier:
    """Copies all audio and subtitle streams of a file into an output, in step with its video.

    Args:
        path: the input; it is opened a second time, so that reading it does not disturb the decoder.
        output: the container to write to; its streams are added here, packets follow with `copy_until`.
        target: the output's final name, for messages.
        allow_damaged: end quietly where the input is damaged.

    Raises:
        EncodeError: the container cannot hold one of the streams.
    """

    def __init__(self, path: Path, output: OutputContainer, target: Path, *, allow_damaged: bool) -> None:
        self._path, self._output, self._allow_damaged = path, output, allow_damaged
        self._start: Fraction | None = None
        self._waiting: av.Packet | None = None
        self._input = av.open(str(path), metadata_errors="replace")
        try:
            for stream in self._input.streams:
                if stream.type not in ("audio", "subtitle"):
                    stream.discard = Discard.all
            sources = [*self._input.streams.audio, *self._input.streams.subtitles]
            self._targets = {source.index: _add_copy(output, source, target) for source in sources}
            self._packets = self._demux(sources) if sources else iter(())
        except BaseException:
            self._input.close()
            raise

    def start_at(self, time: Fraction) -> None:
        """Make ``time`` (seconds on the input's clock) the output's 0 and leave out what begins before it."""
        self._start = time

    def copy_until(self, time: Fraction | None) -> None:
        """Copy the packets that begin before ``time`` (seconds on the input's clock); None = all that are left.

        Raises:
            DecodeError: the input is damaged.
        """
        while (packet := self._waiting or next(self._packets, None)) is not None:
            if time is not None and _begin(packet) >= time:
                self._waiting = packet
                return
            self._waiting = None
            self._write(packet)

    def close(self) -> None:
        """Close the second view of the input."""
        self._input.close()

    def _demux(self, sources: list[Stream]) -> Iterator[av.Packet]:
        try:
            for packet in self._input.demux(sources):
                if packet.size and (packet.pts is not None or packet.dts is not None):
                    yield packet
        except FFmpegError as error:
            if not self._allow_damaged:
                raise DecodeError(f"{self._path}: its sound or subtitles are damaged ({error.strerror})") from error

    def _write(self, packet: av.Packet) -> None:
        if self._start is not None:
            if _begin(packet) < self._start:
                return
            ticks = round(self._start / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - ticks
            packet.dts = None if packet.dts is None else packet.dts - ticks
        packet.stream = self._targets[packet.stream.index]
        self._output.mux_one(packet)


def copy_tags(
    source: InputContainer,
    video: Stream,
    output: OutputContainer,
    stream: Stream,
    cut: tuple[Fraction, Fraction | None],
) -> None:
    """Copy metadata, chapters (cut to a range, in seconds on the input's clock) and attached files (subtitle fonts)."""
    output.metadata.update(_kept(source.metadata))
    stream.metadata.update(_kept(video.metadata))
    stream.disposition = video.disposition
    chapters = [_cut_chapter(chapter, *cut) for chapter in source.chapters()]
    output.set_chapters([chapter for chapter in chapters if chapter["end"] > chapter["start"]])
    if output.format.name == "matroska":
        for file in source.streams.attachments:
            output.add_attachment(file.name or "file", file.mimetype or "application/octet-stream", file.data)


def _cut_chapter(chapter: Chapter, start: Fraction, end: Fraction | None) -> Chapter:
    tick = chapter["time_base"] or Fraction(1)
    first = round(start / tick)
    last = chapter["end"] if end is None else min(chapter["end"], round(end / tick))
    return {**chapter, "start": max(0, chapter["start"] - first), "end": last - first}


def _kept(tags: dict[str, str]) -> dict[str, str]:
    """The metadata that describes the content and not the file that held it."""
    return {
        key: value
        for key, value in tags.items()
        if not key.lower().startswith(_STALE_TAGS) and key.lower() not in _CONTAINER_TAGS
    }


def _add_copy(output: OutputContainer, source: Stream, target: Path) -> Stream:
    name = source.codec_context.codec.canonical_name if source.codec_context is not None else "unknown codec"
    try:
        copy = output.add_stream_from_template(source)
    except ValueError as error:
        other = ".mp4" if target.suffix.lower() == ".mkv" else ".mkv"
        raise EncodeError(
            f"{target}: {target.suffix} cannot hold the {source.type} track {source.index} ({name}); "
            f"use {other}, or leave the tracks out"
        ) from error
    copy.disposition = source.disposition
    copy.metadata.update(_kept(source.metadata))
    return copy


def _begin(packet: av.Packet) -> Fraction:
    ticks = packet.pts if packet.pts is not None else packet.dts
    return (ticks or 0) * packet.time_base
