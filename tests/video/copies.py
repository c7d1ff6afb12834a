"""Reading a video and writing it again, and what must be the same afterwards."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from video_files import packets, video_frames

from stranet.video.info import probe_video
from stranet.video.output import OutputOptions
from stranet.video.reader import open_video
from stranet.video.writer import VideoWriter

LOSSLESS = OutputOptions(lossless=True)
MATROSKA_TICK = Fraction(1, 1000)
"""Matroska files state times in milliseconds (as everybody writes them)."""


def copy(path: Path, output: Path | str, options: OutputOptions | None = None, **cut) -> Path:
    with open_video(path, **cut) as source, VideoWriter(output, source, options) as writer:
        for frame in source:
            writer.write(frame)
    return Path(output)


def check_times(path: Path, output: Path) -> None:
    old, new = ([time for time, _ in video_frames(file)] for file in (path, output))
    tick = MATROSKA_TICK if output.suffix in (".mkv", ".webm") else 0
    assert len(new) == len(old)
    assert all(abs(a - b) <= tick / 2 for a, b in zip(new, old, strict=True))


def check_tracks(path: Path, output: Path) -> None:
    tick = MATROSKA_TICK if output.suffix in (".mkv", ".webm") else 0
    for kind in ("audio", "subtitles"):
        old, new = packets(path, kind), packets(output, kind)
        assert [[data for _, data in track] for track in new] == [[data for _, data in track] for track in old]
        for track, copied in zip(old, new, strict=True):
            assert all(abs(a - b) <= tick / 2 for (a, _), (b, _) in zip(track, copied, strict=True))


def check_tags(path: Path, output: Path) -> None:
    old, new = probe_video(path), probe_video(output)
    assert new.size == old.size
    assert new.display_matrix == old.display_matrix
    assert new.color.primaries == old.color.primaries
    assert new.color.transfer == old.color.transfer
    assert new.color.matrix == old.color.matrix
    assert new.color.full == old.color.full
    assert new.bit_depth == old.bit_depth
    assert new.chroma_shift == old.chroma_shift
    assert new.hdr == old.hdr
    assert new.first_field == old.first_field
    assert (new.sample_aspect_ratio or 1) == (old.sample_aspect_ratio or 1)
