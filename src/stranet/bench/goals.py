"""What was asked for, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stranet.bench.summary import Figures

FULL_HD = "1920x1080"
FIRST_FRAME_SECONDS = 5.0
HELP_SECONDS = 0.3
SMALL_HOLE, LARGE_HOLE = 2.0, 20.0
"""Percent of the frame."""
SHORT, LONG = 300, 3000
"""Frames."""


class Goal(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    wanted: str
    """Empty where there is no bound yet."""


def goals(resolution: Sequence[Figures], length: Sequence[Figures], startup: Sequence[Figures]) -> list[Goal]:
    """Those for which there are runs.

    Args:
        resolution: runs at several sizes and holes, of one variant.
        length: runs of several lengths, of the same variant.
        startup: commands.
    """
    return [*_holes(resolution), *_memory(length), *_first_frame(resolution), *_help(startup)]


def _holes(figures: Sequence[Figures]) -> Iterator[Goal]:
    paces = {(one.run.size, one.run.hole): one.result.frame_seconds for one in figures}
    for size in dict.fromkeys(one.run.size for one in figures):
        small, large = paces.get((size, SMALL_HOLE)), paces.get((size, LARGE_HOLE))
        if small and large:
            what = f"time per frame, hole of {LARGE_HOLE:g} % over {SMALL_HOLE:g} %, {size}"
            yield Goal(what, f"{large / small:.2f}", "")


def _memory(figures: Sequence[Figures]) -> Iterator[Goal]:
    peaks = {one.run.frames: one.result.peak_memory for one in figures}
    short, long = peaks.get(SHORT), peaks.get(LONG)
    if short and long:
        yield Goal(f"peak memory, {LONG} frames over {SHORT}, {figures[0].run.size}", f"{long / short:.3f}", "about 1")


def _first_frame(figures: Sequence[Figures]) -> Iterator[Goal]:
    for one in figures:
        if one.run.kind == "inpaint" and one.run.size == FULL_HD and one.result.first_frame is not None:
            what = f"first output frame, {FULL_HD}, hole of {one.run.hole:g} %"
            yield Goal(what, f"{one.result.first_frame:.1f} s", f"under {FIRST_FRAME_SECONDS:g} s")


def _help(figures: Sequence[Figures]) -> Iterator[Goal]:
    for one in figures:
        wanted = f"under {HELP_SECONDS:g} s" if one.run.command == "stranet --help" else ""
        yield Goal(f"`{one.run.command}`", f"{one.result.seconds:.2f} s", wanted)
