"""What was asked for, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stranet.bench.options import LENGTH_HOLE
from stranet.bench.summary import Figures

FULL_HD, ULTRA_HD, PAPER = "1920x1080", "3840x2160", "1728x960"
PACE = {(PAPER, "balanced"): 0.4, (PAPER, "fast"): 0.15, (ULTRA_HD, "balanced"): 1.2}
"""Most seconds per frame, by size and quality, with the usual hole."""
FAST_LIMIT = 4.0
"""Most time per frame of the fast quality, in multiples of decoding and encoding alone, at the size of the paper."""
PEAK = {FULL_HD: 1.2, ULTRA_HD: 3.0}
"""Most memory, GB, with the usual hole."""
FIRST_FRAME_SECONDS = 5.0
HELP_SECONDS = 0.3
SMALL_HOLE, LARGE_HOLE = 2.0, 20.0
"""Percent of the frame."""
LEAST_RATIO = 1 / 0.45
"""Of the time that these two take."""
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
        resolution: runs at several sizes and holes; of several qualities each is held against its own goals of pace,
            and the first variant against all others.
        length: runs of several lengths.
        startup: commands.
    """
    first = next((one.run.variant for one in (*resolution, *length) if one.run.kind == "inpaint"), "")
    own = [one for one in resolution if one.run.kind != "inpaint" or one.run.variant == first]
    return [
        *_pace(resolution),
        *_peak(own),
        *_holes(own),
        *_memory([one for one in length if one.run.variant == first]),
        *_first_frame(own),
        *_help(startup),
    ]


def _pace(figures: Sequence[Figures]) -> Iterator[Goal]:
    limits = {one.run.size: one.result.frame_seconds for one in figures if one.run.kind == "passthrough"}
    for one in figures:
        size, quality, pace = one.run.size, one.run.options.get("quality", "balanced"), one.result.frame_seconds
        if one.run.hole != LENGTH_HOLE or pace is None or set(one.run.options) - {"quality"}:
            continue
        if wanted := PACE.get((size, quality)):
            yield Goal(f"time per frame, {size}, {quality}", f"{pace:.3f} s", f"at most {wanted:g} s")
        if (size, quality) == (PAPER, "fast") and (limit := limits.get(size)):
            what = f"time per frame over decoding and encoding alone, {size}, {quality}"
            yield Goal(what, f"{pace / limit:.1f}", f"at most {FAST_LIMIT:g}")


def _peak(figures: Sequence[Figures]) -> Iterator[Goal]:
    for one in figures:
        wanted, peak = PEAK.get(one.run.size), one.result.peak_memory
        if wanted and peak and one.run.hole == LENGTH_HOLE and not one.run.options:
            yield Goal(f"peak memory, {one.run.size}", f"{peak / 1e9:.2f} GB", f"at most {wanted:g} GB")


def _holes(figures: Sequence[Figures]) -> Iterator[Goal]:
    paces = {(one.run.size, one.run.hole): one.result.frame_seconds for one in figures}
    for size in dict.fromkeys(one.run.size for one in figures):
        small, large = paces.get((size, SMALL_HOLE)), paces.get((size, LARGE_HOLE))
        if small and large:
            what = f"time per frame, hole of {LARGE_HOLE:g} % over {SMALL_HOLE:g} %, {size}"
            yield Goal(what, f"{large / small:.2f}", f"at least {LEAST_RATIO:.2f}")


def _memory(figures: Sequence[Figures]) -> Iterator[Goal]:
    peaks = {one.run.frames: one.result.peak_memory for one in figures}
    short, long = peaks.get(SHORT), peaks.get(LONG)
    if short and long:
        yield Goal(
            f"peak memory, {LONG} frames over {SHORT}, {figures[0].run.size}", f"{long / short:.3f}", "within 0.03 of 1"
        )


def _first_frame(figures: Sequence[Figures]) -> Iterator[Goal]:
    for one in figures:
        if one.run.kind == "inpaint" and one.run.size == FULL_HD and one.result.first_frame is not None:
            what = f"first output frame, {FULL_HD}, hole of {one.run.hole:g} %"
            yield Goal(what, f"{one.result.first_frame:.1f} s", f"under {FIRST_FRAME_SECONDS:g} s")


def _help(figures: Sequence[Figures]) -> Iterator[Goal]:
    for one in figures:
        wanted = f"under {HELP_SECONDS:g} s" if one.run.command == "stranet --help" else ""
        yield Goal(f"`{one.run.command}`", f"{one.result.seconds:.2f} s", wanted)
