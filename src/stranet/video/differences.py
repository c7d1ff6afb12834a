"""What two versions of a video tell about themselves, compared: tags, sound and subtitles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.subtitles.stream import SubtitleStream

from stranet.video.info import VideoInfo

TRACK_TOLERANCE = Fraction(2, 1000)
"""Seconds by which a sound or subtitle packet may move: containers round its time and the video's to 1 ms each.

Half a unit of the input's own clock, which can be as long as a packet, comes on top."""


def tag_differences(before: VideoInfo, after: VideoInfo) -> Iterator[str]:
    """One sentence for every property of the picture that is not the same.

    Equal meanings are equal: square pixels may be stated or not, containers state the shape of pixels as a width in
    whole pixels or as a ratio, and an unstated range is a limited one.
    """
    for name, one, other in (
        ("rotation", before.rotation, after.rotation),
        ("displayed width", _displayed_width(before), _displayed_width(after)),
        ("pixel format", plain_format(before), plain_format(after)),
        ("colour matrix", before.color.matrix, after.color.matrix),
        ("full colour range", before.color.full, after.color.full),
        ("colour primaries", before.color.primaries, after.color.primaries),
        ("colour transfer", before.color.transfer, after.color.transfer),
        ("HDR10 metadata", before.hdr, after.hdr),
        ("first field", before.first_field, after.first_field),
    ):
        if one != other:
            yield f"{name}: {one} became {other}"


def _displayed_width(info: VideoInfo) -> int:
    """Width in square pixels, before rotation."""
    return round(info.size.width * (info.sample_aspect_ratio or 1))


def plain_format(info: VideoInfo) -> str:
    """The pixel format without the old spelling of full range: yuvj420p holds the same samples as yuv420p."""
    return info.pixel_format.replace("yuvj", "yuv")


def track_differences(before: Path, after: Path, *, starts: tuple[Fraction, Fraction], part: bool) -> Iterator[str]:
    """One sentence for every sound or subtitle track that is not the same, packet by packet.

    Packets that begin before time 0 (the run-up of an audio encoder) are not heard, and containers that cannot hold
    them lose them: they are not compared.

    Args:
        before: the input file.
        after: the output file.
        starts: times of the first frames that correspond, on either file's own clock, in seconds.
        part: the output holds a part of the input; then each track must be an unbroken run of the input's packets.
    """
    old, new = _read_tracks(before), _read_tracks(after)
    if [track.kind for track in old] != [track.kind for track in new]:
        yield f"tracks: {_names(old)} became {_names(new)}"
        return
    for number, (track, copy) in enumerate(zip(old, new, strict=True)):
        name = f"{track.kind} track {number}"
        if track.codec != copy.codec:
            yield f"{name}: {track.codec} became {copy.codec}"
        first = _find_run(track.packets, copy.packets) if part else 0
        if first is None or (not part and track.packets != copy.packets):
            yield f"{name}: its {len(track.packets)} packets became {len(copy.packets)}, and not all are the same"
            continue
        times = zip(track.times[first:], copy.times, strict=False)
        moved = max((abs((new - starts[1]) - (old - starts[0])) for old, new in times), default=Fraction(0))
        if moved > TRACK_TOLERANCE + track.time_base / 2:
            yield f"{name}: moved by {float(moved):.3f} s against the picture"


@dataclass
class _Track:
    kind: str
    codec: str
    time_base: Fraction
    packets: list[bytes]
    """Digest of every packet's payload."""
    times: list[Fraction]


def _read_tracks(path: Path) -> list[_Track]:
    with av.open(str(path), metadata_errors="replace") as container:
        streams = [*container.streams.audio, *container.streams.subtitles]
        tracks = {stream.index: _Track(stream.type, _codec(stream), stream.time_base, [], []) for stream in streams}
        for packet in container.demux(streams) if streams else ():
            ticks = packet.pts if packet.pts is not None else packet.dts
            if packet.size and (ticks or 0) >= 0:
                tracks[packet.stream_index].packets.append(blake2b(bytes(packet), digest_size=8).digest())
                tracks[packet.stream_index].times.append((ticks or 0) * packet.time_base)
        return list(tracks.values())


def _find_run(whole: list[bytes], part: list[bytes]) -> int | None:
    """Where ``part`` lies in ``whole`` without a gap; None when it does not."""
    if not part:
        return 0
    firsts = (first for first in range(len(whole) - len(part) + 1) if whole[first] == part[0])
    return next((first for first in firsts if whole[first : first + len(part)] == part), None)


def _codec(stream: AudioStream | SubtitleStream) -> str:
    return stream.codec_context.name if stream.codec_context is not None else "unknown codec"


def _names(tracks: list[_Track]) -> str:
    return ", ".join(f"{track.kind} ({track.codec})" for track in tracks) or "none"
