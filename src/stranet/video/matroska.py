"""The little of Matroska (EBML) that is left to us: where a file should end, the shape of pixels, HDR10 metadata.

An element is an id, a length and a payload; id and length are numbers of 1 to 8 bytes whose first bits tell how many.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from stranet.types import Size
from stranet.video.hdr import COLOR_UNITS, LIGHT_UNITS, HdrMetadata

EBML = 0x1A45DFA3
_SEGMENT, _TRACKS, _TRACK_ENTRY, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_NAME, _DISPLAY_WIDTH, _DISPLAY_HEIGHT, _VOID = 0x536E, 0x54B0, 0x54BA, 0xEC
_COLOR, _MAX_CLL, _MAX_FALL, _MASTERING = 0x55B0, 0x55BC, 0x55BD, 0x55D0
_CHROMATICITIES, _BRIGHTEST, _DARKEST = range(0x55D1, 0x55D9), 0x55D9, 0x55DA
"""Chromaticities: x and y of red, green, blue and white."""
_STATED = (_MAX_CLL, _MAX_FALL, _MASTERING)
_UNKNOWN_UNIT = bytes.fromhex("54b28104")
"""What the muxer writes instead: a display unit of 4, "unknown"; without it the unit is the pixel."""

ROOM = " " * 200
"""Appended to a video track's name when it is written, to be exchanged for what `state_in_track` adds."""


def segment_end(file: BinaryIO) -> int:
    """Where the file should end; 0 when it does not say."""
    length = _find(file, 0, _SEGMENT)
    return file.tell() + length if length is not None else 0


def display_size(size: Size, sample_aspect_ratio: Fraction) -> Size:
    """The smallest size of square pixels, as high as ``size`` or a multiple, with exactly the right proportions."""
    width = size.width * sample_aspect_ratio
    return Size(width.numerator, size.height * width.denominator)


def state_in_track(path: Path, display: Size | None, hdr: HdrMetadata | None) -> None:
    """State display size and HDR10 metadata in a finished file's video track, in the space that `ROOM` keeps there.

    The muxer writes neither (it looks in a place that cannot be reached from here), and nothing may move, since the
    file refers to its parts by position. Checksums must be off.
    """
    with path.open("r+b") as file:
        _find(file, 0, _SEGMENT)
        length = _find(file, file.tell(), _TRACKS)
        if length is None:
            return
        start, entries = file.tell(), file.read(length)
        for identity, payload, offset in _children(entries):
            if identity == _TRACK_ENTRY and any(child == _VIDEO for child, _, _ in _children(payload)):
                file.seek(start + offset)
                file.write(_stated(payload, display, hdr))
                return


def _stated(entry: bytes, display: Size | None, hdr: HdrMetadata | None) -> bytes:
    """A track entry of the same length, with more said about its video and without `ROOM`."""
    result = b""
    for identity, payload, _ in _children(entry):
        if identity == _VIDEO:
            payload = _with_hdr(_with_display(payload, display), hdr)
        elif identity == _NAME:
            payload = payload.removesuffix(ROOM.encode())
        if payload or identity != _NAME:
            result += _element(identity, payload)
    gap = len(entry) - len(result) - 9  # 9 bytes of head: the room is far larger than what was added
    return result + _minimal(_VOID) + (gap | 1 << 56).to_bytes(8, "big") + bytes(gap)


def _with_display(video: bytes, display: Size | None) -> bytes:
    if display is None:
        return video
    shape = _element(_DISPLAY_WIDTH, _minimal(display.width)) + _element(_DISPLAY_HEIGHT, _minimal(display.height))
    return video.replace(_UNKNOWN_UNIT, b"") + shape


def _with_hdr(video: bytes, hdr: HdrMetadata | None) -> bytes:
    if hdr is None:
        return video
    values: dict[int, float] = {}
    if hdr.chromaticities is not None:
        values = {key: value / COLOR_UNITS for key, value in zip(_CHROMATICITIES, hdr.chromaticities, strict=True)}
    if hdr.luminance is not None:
        values |= {key: value / LIGHT_UNITS for key, value in zip((_DARKEST, _BRIGHTEST), hdr.luminance, strict=True)}
    color = b"".join(payload for identity, payload, _ in _children(video) if identity == _COLOR)
    color = b"".join(_element(key, value) for key, value, _ in _children(color) if key not in _STATED)
    if hdr.content_light is not None:
        for key, light in zip((_MAX_CLL, _MAX_FALL), hdr.content_light, strict=True):
            color += _element(key, _minimal(light))
    if values:
        # Readers cut off what is beyond whole units: a hair more, so that none is lost to rounding.
        doubles = (_element(key, struct.pack(">d", math.nextafter(value, math.inf))) for key, value in values.items())
        color += _element(_MASTERING, b"".join(doubles))
    others = (_element(identity, payload) for identity, payload, _ in _children(video) if identity != _COLOR)
    return b"".join(others) + _element(_COLOR, color)


def _find(file: BinaryIO, position: int, wanted: int) -> int | None:
    """Move to the payload of the first element with an id, among those from ``position`` on; returns its length."""
    file.seek(position)
    while (identity := _read_number(file, keep_marker=True)) is not None:
        length = _read_number(file, keep_marker=False)
        if identity == wanted or length is None:
            return length
        file.seek(length, 1)
    return None


def _children(data: bytes) -> list[tuple[int, bytes, int]]:
    """(id, payload, offset of the payload) of every element in a payload."""
    found, position = [], 0
    while position < len(data):
        head = 9 - data[position].bit_length()
        size = 9 - data[position + head].bit_length()
        length = int.from_bytes(data[position + head : position + head + size], "big") & ((1 << 7 * size) - 1)
        offset = position + head + size
        found.append((int.from_bytes(data[position : position + head], "big"), data[offset : offset + length], offset))
        position = offset + length
    return found


def _element(identity: int, payload: bytes) -> bytes:
    size = max(1, math.ceil((len(payload) + 2).bit_length() / 7))
    return _minimal(identity) + (len(payload) | 1 << 7 * size).to_bytes(size, "big") + payload


def _minimal(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def _read_number(file: BinaryIO, *, keep_marker: bool) -> int | None:
    """A number of 1 to 8 bytes; None at the end of the file, or when all its bits are set (= not known)."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    value = first[0] if keep_marker else first[0] & ((1 << (7 - extra)) - 1)
    value = value << (8 * extra) | int.from_bytes(file.read(extra), "big")
    unknown = not keep_marker and value == (1 << (7 * (extra + 1))) - 1
    return None if unknown else value
