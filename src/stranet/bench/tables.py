"""Figures as tables of text."""

from __future__ import annotations

from collections.abc import Sequence

from stranet.bench.goals import Goal
from stranet.bench.stages import OTHER, STAGES
from stranet.bench.summary import Figures

Cells = list[list[str]]
"""A header, then rows as long."""


def resolution_table(figures: Sequence[Figures]) -> Cells:
    """Time and memory of every run, beside decoding and encoding alone."""
    limits = {one.run.size: one.result.frame_seconds for one in figures if one.run.kind == "passthrough"}
    header = ["size", "hole", *_variant_header(figures), "s/frame", "x limit", "fps", "first frame, s"]
    rows = [[*header, "whole job, s/frame", "peak memory, GB", "invented", "hole PSNR, dB"]]
    for one in figures:
        pace, limit = one.result.frame_seconds, limits.get(one.run.size)
        rows.append(
            [
                *_name(one, figures),
                _number(pace, 3),
                _number(pace / limit if pace and limit else None, 1),
                _number(1 / pace if pace else None, 1),
                _number(one.result.first_frame, 1),
                _number(one.seconds_per_frame, 3),
                _gigabytes(one),
                "-" if one.result.leftover_share is None else f"{one.result.leftover_share:.1%}",
                _number(one.result.hole_psnr, 2),
            ]
        )
    return rows


def stage_table(figures: Sequence[Figures]) -> Cells:
    """Busy milliseconds per frame of every stage."""
    stages = [stage for stage in (*STAGES, OTHER) if any(stage in one.result.stage_seconds for one in figures)]
    rows = [["size", "hole", *_variant_header(figures), *stages]]
    for one in figures:
        spent = one.stage_milliseconds
        rows.append([*_name(one, figures), *(_number(spent.get(stage), 1) for stage in stages)])
    return rows


def length_table(figures: Sequence[Figures]) -> Cells:
    """Time and memory against the number of frames."""
    rows = [["frames", *_variant_header(figures), "seconds", "s/frame", "peak memory, GB"]]
    for one in figures:
        variant = [one.run.variant] if _variant_header(figures) else []
        numbers = [_number(one.result.seconds, 1), _number(one.seconds_per_frame, 3), _gigabytes(one)]
        rows.append([str(one.run.frames), *variant, *numbers])
    return rows


def goal_table(found: Sequence[Goal]) -> Cells:
    """What was asked for, beside what was measured."""
    return [["goal", "measured", "wanted"], *([goal.what, goal.measured, goal.wanted or "-"] for goal in found)]


def as_markdown(cells: Cells) -> str:
    """A table of Markdown; numbers stand to the right, names to the left."""
    header, *rows = cells
    names = [name in ("size", "options", "goal") for name in header]
    rule = ["---" if name else "---:" for name in names]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))


def as_text(cells: Cells) -> str:
    """The same in columns, for a terminal."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _variant_header(figures: Sequence[Figures]) -> list[str]:
    """A column for the options, where they differ from the defaults anywhere."""
    return ["options"] if any(one.run.options for one in figures) else []


def _name(one: Figures, figures: Sequence[Figures]) -> list[str]:
    if one.run.kind == "passthrough":
        return [one.run.size, "decode and encode only", *("-" for _ in _variant_header(figures))]
    return [one.run.size, f"{one.run.hole:g} %", *(one.run.variant for _ in _variant_header(figures))]


def _gigabytes(one: Figures) -> str:
    return "-" if not one.result.peak_memory else f"{one.result.peak_memory / 1e9:.2f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
