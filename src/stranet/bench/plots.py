"""Time and memory against resolution and against length, and quality against time, as figures by matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stranet.bench.summary import Figures
from stranet.plotting import new_figure
from stranet.words import parse_size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Line = list[tuple[float, float]]
"""Points (x, y)."""


def resolution_plot(figures: Sequence[Figures]) -> Figure:
    """Seconds per frame and peak memory against megapixels; a line per hole, and one for decoding and encoding alone.

    Args:
        figures: runs in order of size, see `by_resolution`.
    """
    sizes = {one.run.size: _megapixels(one) for one in figures}
    seconds = _lines(figures, _megapixels, lambda one: one.result.frame_seconds)
    memory = _lines(figures, _megapixels, lambda one: one.result.peak_memory and one.result.peak_memory / 1e9)
    figure = new_figure(11, 4.2)
    left, right = figure.subplots(1, 2)
    _draw(left, seconds, "seconds per frame")
    _draw(right, memory, "peak memory, GB")
    left.set_yscale("log")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xticks(list(sizes.values()), list(sizes), rotation=45, ha="right", fontsize=8)
        axes.minorticks_off()
        axes.set_xlabel("size, by number of pixels")
    right.set_ylim(bottom=0)
    left.legend(fontsize=8)
    return figure


def length_plot(figures: Sequence[Figures]) -> Figure:
    """Seconds of the whole job and peak memory against the number of frames; a line per variant.

    Args:
        figures: runs in order of length, see `by_length`.
    """
    seconds = _lines(figures, lambda one: one.run.frames, lambda one: one.result.seconds)
    memory = _lines(
        figures, lambda one: one.run.frames, lambda one: one.result.peak_memory and one.result.peak_memory / 1e9
    )
    figure = new_figure(11, 3.6)
    left, right = figure.subplots(1, 2)
    _draw(left, seconds, "seconds in all")
    _draw(right, memory, "peak memory, GB")
    for axes in (left, right):
        top = max((max(line.get_ydata()) for line in axes.lines), default=1.0)
        axes.set(xlabel="frames", ylim=(0, 1.1 * top), xlim=(0, None))
    left.legend(fontsize=8)
    return figure


def quality_plot(figures: Sequence[Figures]) -> Figure:
    """Hole PSNR against seconds per frame, one point per variant; a line per size and hole that has several.

    Args:
        figures: runs in order of size, see `by_resolution`.
    """
    lines: dict[str, list[tuple[float, float, str]]] = {}
    for one in figures:
        if one.result.frame_seconds is not None and one.result.hole_psnr is not None:
            point = one.result.frame_seconds, one.result.hole_psnr, one.run.variant
            lines.setdefault(f"{one.run.size}, hole {one.run.hole:g} %", []).append(point)
    figure = new_figure(7, 4.2)
    axes = figure.subplots()
    for name, points in ((name, points) for name, points in lines.items() if len(points) > 1):
        xs, ys, words = zip(*sorted(points), strict=True)
        axes.plot(xs, ys, "-", marker="o", markersize=4, label=name)
        for x, y, word in zip(xs, ys, words, strict=True):
            axes.annotate(word, (x, y), xytext=(4, -10), textcoords="offset points", fontsize=7)
    axes.set(xlabel="seconds per frame", ylabel="hole PSNR, dB", xlim=(0, None))
    axes.margins(x=0.2, y=0.15)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure


def line_name(one: Figures) -> str:
    """What a line stands for."""
    if one.run.kind == "passthrough":
        return "decode and encode only"
    return f"hole {one.run.hole:g} %" + (f", {one.run.variant}" if one.run.options else "")


def _lines(figures: Sequence[Figures], across: Any, up: Any) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for one in figures:
        if (value := up(one)) is not None:
            lines.setdefault(line_name(one), []).append((across(one), value))
    return lines


def _draw(axes: Any, lines: Mapping[str, Line], label: str) -> None:
    for name, points in lines.items():
        xs, ys = zip(*points, strict=True)
        style = "--" if name.startswith("decode") else "-"
        axes.plot(xs, ys, style, marker="o", markersize=4, label=name)
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)


def _megapixels(one: Figures) -> float:
    size = parse_size(one.run.size)
    return size.width * size.height / 1e6
