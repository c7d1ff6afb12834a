"""Copying sound and subtitles, packet by packet, beside a video that is encoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer, OutputContainer
from av.stream import Discard, Stream

from stranet.errors import EncodeError

if TYPE_CHECKING:
    from av.container.core import Chapter

_STALE_TAGS = ("encoder", "duration", "bps", "number_of_frames", "number_of_bytes", "_statistics")
"""Beginnings of tags that describe the input file itself and would be wrong in the output."""
_CONTAINER_TAGS = ("major_brand", "minor_version", "compatible_brands")


def kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """The metadata that describes the content and not the file that held it."""
    return {
        key: value
        for key, value in tags.items()
        if not key.lower().startswith(_STALE_TAGS) and key.lower() not in _CONTAINER_TAGS
    }


def copy_tags(
    source: InputContainer, video: Stream, output: OutputContainer, stream: Stream, start: Fraction | None
) -> None:
    """Copy metadata, chapters (moved with a cut at ``start`` seconds) and attached files such as subtitle fonts."""
    output.metadata.update(kept_tags(source.metadata))
    stream.metadata.update(kept_tags(video.metadata))
    stream.disposition = video.disposition
    chapters = [_moved(chapter, start or Fraction(0)) for chapter in source.chapters()]
    output.set_chapters([chapter for chapter in chapters if chapter["end"] > 0])
    if output.format.name == "matroska":
        for attachment in source.streams.attachments:
            kind = attachment.mimetype or "application/octet-stream"
            output.add_attachment(attachment.name or "file", kind, attachment.data)


def _moved(chapter: Chapter, start: Fraction) -> Chapter:
    ticks = round(start / (chapter["time_base"] or 1))
    return {**chapter, "start": max(0, chapter["start"] - ticks), "end": chapter["end"] - ticks}


class TrackCopier:
    """Copies all audio and subtitle streams of a file into an output, in step with its video.

    Args:
        path: the input; it is opened a second time, so that reading it does not disturb the decoder.
        output: the container to write to; its streams are added here, packets follow with `copy_until`.
        start: seconds on the input's clock; packets before it are left out. None = copy from the first.
        shift: seconds to subtract from every time.

    Raises:
        EncodeError: the container cannot hold one of the streams.
    """

    def __init__(self, path: Path, output: OutputContainer, *, start: Fraction | None, target: Path) -> None:
        self.shift = Fraction(0)
        self._output, self._start = output, start
        self._input = av.open(str(path), metadata_errors="replace")
        try:
            for stream in self._input.streams:
                if stream.type not in ("audio", "subtitle"):
                    stream.discard = Discard.all
            sources = [*self._input.streams.audio, *self._input.streams.subtitles]
            self._targets = {source.index: _add_copy(output, source, target) for source in sources}
            self._packets = self._demux(sources) if sources else iter(())
            self._waiting: av.Packet | None = None
        except BaseException:
            self._input.close()
            raise

    def copy_until(self, time: Fraction | None) -> None:
        """Copy the packets that begin before ``time`` (seconds on the input's clock); None = all that are left."""
        while True:
            packet = self._waiting or next(self._packets, None)
            if packet is not None and time is not None and _begin(packet) >= time:
                self._waiting = packet
                return
            self._waiting = None
            if packet is None:
                return
            self._write(packet)

    def close(self) -> None:
        """Close the second view of the input."""
        self._input.close()

    def _demux(self, sources: list[Stream]) -> Iterator[av.Packet]:
        for packet in self._input.demux(sources):
            if packet.size and (packet.pts is not None or packet.dts is not None):
                yield packet

    def _write(self, packet: av.Packet) -> None:
        if self._start is not None and _begin(packet) < self._start:
            return
        ticks = round(self.shift / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - ticks
        packet.dts = None if packet.dts is None else packet.dts - ticks
        packet.stream = self._targets[packet.stream.index]
        self._output.mux_one(packet)


def _add_copy(output: OutputContainer, source: Stream, target: Path) -> Stream:
    name = source.codec_context.name if source.codec_context is not None else "unknown codec"
    try:
        copy = output.add_stream_from_template(source)
    except ValueError as error:
        raise EncodeError(
            f"{target}: {target.suffix} cannot hold the {source.type} track {source.index} ({name}); use .mkv, or "
            "leave the tracks out"
        ) from error
    copy.disposition = source.disposition
    copy.metadata.update(kept_tags(source.metadata))
    return copy


def _begin(packet: av.Packet) -> Fraction:
    ticks = packet.pts if packet.pts is not None else packet.dts
    return (ticks or 0) * packet.time_base
