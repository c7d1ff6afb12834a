"""The little of Matroska (EBML) that the libraries underneath leave to us: where a file should end, and pixel shapes.

An element is an id, a length and a payload; id and length are numbers of 1 to 8 bytes whose first bits tell how many.
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from stranet.types import Size

EBML = 0x1A45DFA3
_SEGMENT, _TRACKS, _TRACK_ENTRY, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_NAME, _DISPLAY_WIDTH, _DISPLAY_HEIGHT, _VOID = 0x536E, 0x54B0, 0x54BA, 0xEC
_UNKNOWN_UNIT = bytes.fromhex("54b28104")
"""What the muxer writes instead: a display unit of 4, "unknown"; without it the unit is the pixel."""

ROOM = " " * 40
"""Appended to a video track's name when it is written, to be exchanged for the display size by `set_display_size`."""


def segment_end(file: BinaryIO) -> int:
    """Where the file should end; 0 when it does not say."""
    length = _find(file, 0, _SEGMENT)
    return file.tell() + length if length is not None else 0


def display_size(size: Size, sample_aspect_ratio: Fraction) -> Size:
    """The smallest size of square pixels, as high as ``size`` or a multiple, with exactly the right proportions."""
    width = size.width * sample_aspect_ratio
    return Size(width.numerator, size.height * width.denominator)


def set_display_size(path: Path, size: Size) -> None:
    """State the display size in the video track of a finished file, in the space that `ROOM` keeps in its name.

    The muxer writes no display size (it looks in a place that cannot be reached from here), and nothing may move, since
    the file refers to its parts by position. Checksums must be off.
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
                file.write(_with_display_size(payload, size))
                return


def _with_display_size(entry: bytes, size: Size) -> bytes:
    """A track entry of the same length, with a display size and without `ROOM`."""
    shape = _element(_DISPLAY_WIDTH, _minimal(size.width)) + _element(_DISPLAY_HEIGHT, _minimal(size.height))
    result = b""
    for identity, payload, _ in _children(entry):
        if identity == _VIDEO:
            payload = payload.replace(_UNKNOWN_UNIT, b"") + shape
        elif identity == _NAME:
            payload = payload.removesuffix(ROOM.encode())
        if payload or identity != _NAME:
            result += _element(identity, payload)
    gap = len(entry) - len(result)
    return result + _element(_VOID, bytes(gap - 2))  # 40 bytes of room leave a gap of at least 2


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
