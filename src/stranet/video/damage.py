"""Finding out that a file was cut off, from what its container promises.

A decoder cannot tell a short video from one that lost its end. The container can: boxes, chunks and segments state
their length. Files that do not state it (live recordings, MPEG streams) are taken as they are.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from stranet.video.matroska import EBML, segment_end

_PADDING_BOXES = (b"free", b"skip", b"wide", b"udta", b"uuid")
"""MP4 boxes that hold no pictures: losing the end of one of them does no harm."""


def missing_bytes(path: Path) -> int:
    """Bytes that an MP4, MOV, Matroska, WebM or AVI file promises but lacks; 0 when whole or when it says nothing."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[4:8] in (b"ftyp", b"moov", b"mdat", *_PADDING_BOXES):
            end = _mp4_end(file, size)
        elif start[:4] == EBML.to_bytes(4, "big"):
            end = segment_end(file)
        elif start[:4] == b"RIFF" and start[8:12] == b"AVI ":
            end = 8 + struct.unpack("<I", start[4:8])[0]
        else:
            end = 0
    return max(0, end - size)


def _mp4_end(file: BinaryIO, size: int) -> int:
    """Where the last top-level box should end."""
    position, end = 0, 0
    while position + 8 <= size:
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:  # the length follows as 64 bits
            length = int.from_bytes(file.read(8), "big")
        if length < 8:  # 0 = up to the end of the file
            break
        position += length
        if kind not in _PADDING_BOXES:
            end = position
    return end
