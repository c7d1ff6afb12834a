"""Scores as tables: aligned text for the terminal, Markdown for files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stranet.evaluation.bins import by_area
from stranet.evaluation.bootstrap import difference_interval, mean_interval
from stranet.evaluation.score import CaseScore, mean


class Column(NamedTuple):
    """How one measure is printed."""

    key: str
    title: str
    digits: int
    scale: float = 1.0
    mean: Callable[[Sequence[float | None]], float | None] = mean
    """How the cases of a method become one figure."""


def _largest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _total(values: Sequence[float | None]) -> float | None:
    return sum(value for value in values if value is not None)


COLUMNS = (
    Column("frames", "frames", 0, mean=_total),
    Column("hole_area", "hole %", 1, scale=100),
    Column("l1", "L1", 4),
    Column("psnr", "PSNR", 2),
    Column("ssim", "SSIM", 3),
    Column("cw_ssim", "CW-SSIM", 3),
    Column("hole_l1", "hole L1 %", 2, scale=100),
    Column("hole_psnr", "hole PSNR", 2),
    Column("hole_ssim", "hole SSIM", 3),
    Column("rim_l1", "rim L1 %", 2, scale=100),
    Column("rim_psnr", "rim PSNR", 2),
    Column("rim_ssim", "rim SSIM", 3),
    Column("perceptual", "perceptual", 3),
    Column("lpips", "LPIPS", 3),
    Column("warp", "warp e-3", 2),
    Column("flicker", "flicker", 2),
    Column("outside", "outside", 0, mean=_largest),
    Column("seconds_per_frame", "s/frame", 3),
)
"""PSNR in dB, L1 as a share (or %) of the data range, warp in thousandths, flicker and outside in levels of 255."""
CERTAIN = ("hole_psnr", "hole_ssim", "perceptual", "warp")
"""Measures whose intervals are given."""


@dataclass(frozen=True)
class Table:
    """Finished text cells; the first column is a name, the others are numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned columns, names to the left and numbers to the right."""
        widths = [max(len(line[i]) for line in (self.header, *self.rows)) for i in range(len(self.header))]
        lines = [
            "  ".join(
                [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
            )
            for line in (self.header, *self.rows)
        ]
        return "\n".join([self.title, *lines])

    def markdown(self) -> str:
        """A Markdown table below a heading."""
        rule = ("---", *("---:" for _ in self.header[1:]))
        lines = ["| " + " | ".join(line) + " |" for line in (self.header, rule, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines])


def used_columns(scores: Sequence[CaseScore]) -> tuple[Column, ...]:
    """The columns for which some score has a value."""
    summaries = [score.summary() for score in scores]
    return tuple(column for column in COLUMNS if any(summary[column.key] is not None for summary in summaries))


def method_table(scores: Sequence[CaseScore]) -> Table:
    """One row per case of one method, and their mean."""
    columns = used_columns(scores)
    rows = [(score.case, *_cells(score.summary(), columns)) for score in scores]
    header = ("case", *(column.title for column in columns))
    return Table(scores[0].method, header, (*rows, ("mean", *_cells(mean_over_cases(scores), columns))))


def comparison_table(scores: Sequence[CaseScore]) -> Table:
    """One row per method: means over the cases, each case counting the same."""
    columns = used_columns(scores)
    rows = [(name, *_cells(mean_over_cases(own), columns)) for name, own in by_method(scores).items()]
    return Table("mean over the cases", ("method", *(column.title for column in columns)), tuple(rows))


def interval_table(scores: Sequence[CaseScore]) -> Table:
    """One row per method: means with their 95 % bootstrap intervals over the cases, and the lead of the first."""
    groups = by_method(scores)
    columns = [column for column in used_columns(scores) if column.key in CERTAIN]
    first, *_ = groups.values()
    base = {score.case: score.summary()["hole_psnr"] for score in first}
    rows = []
    for name, own in groups.items():
        cells = []
        for column in columns:
            values = [score.summary()[column.key] for score in own]
            cells.append(certain_cell(mean(values), mean_interval(values), column))
        lead = (
            None
            if own is first
            else difference_interval(base, {score.case: score.summary()["hole_psnr"] for score in own})
        )
        cells.append("-" if lead is None else certain_cell(*lead, _LEAD))
        rows.append((name, *cells))
    header = ("method", *(column.title for column in columns), f"dB that {first[0].method} is ahead in the hole")
    return Table("mean with 95 % interval over the cases", header, tuple(rows))


_LEAD = Column("lead", "lead", 2)


def area_table(scores: Sequence[CaseScore]) -> Table:
    """One row per method: hole PSNR by the share of the frame that is missing, over frames."""
    groups = {name: by_area(own) for name, own in by_method(scores).items()}
    some, *_ = groups.values()
    header = ("hole PSNR", *(f"{area.label} ({len(frames)} frames)" for area, frames in some.items()))
    rows = []
    for name, bins in groups.items():
        means = [mean(frame.hole_psnr for frame in frames) for frames in bins.values()]
        rows.append((name, *("-" if value is None else f"{value:.2f}" for value in means)))
    return Table("by hole area", header, tuple(rows))


def mean_over_cases(scores: Sequence[CaseScore]) -> dict[str, float | None]:
    """Mean of the cases' summaries; the total for ``frames`` and the largest for ``outside``."""
    summaries = [score.summary() for score in scores]
    return {column.key: column.mean([summary[column.key] for summary in summaries]) for column in COLUMNS}


def by_method(scores: Sequence[CaseScore]) -> dict[str, list[CaseScore]]:
    """Scores grouped by method, in their order."""
    groups: dict[str, list[CaseScore]] = {}
    for score in scores:
        groups.setdefault(score.method, []).append(score)
    return groups


def all_tables(scores: Sequence[CaseScore]) -> list[Table]:
    """A table per method, and comparisons when there are several."""
    groups = by_method(scores)
    tables = list(map(method_table, groups.values()))
    if len(groups) > 1:
        tables.append(comparison_table(scores))
        if any(frame.hole_psnr is not None for score in scores for frame in score.frames):
            tables += [interval_table(scores), area_table(scores)]
    return tables


def certain_cell(value: float | None, interval: tuple[float, float] | None, column: Column) -> str:
    """``26.71 [24.10, 29.30]``, without the bracket where there is no interval."""
    if value is None:
        return "-"
    text = cell(value, column)
    return text if interval is None else f"{text} [{cell(interval[0], column)}, {cell(interval[1], column)}]"


def cell(value: float | None, column: Column) -> str:
    """One figure as text, a dash for none."""
    return "-" if value is None else f"{value * column.scale:.{column.digits}f}"


def _cells(values: dict[str, float | None], columns: Sequence[Column]) -> list[str]:
    return [cell(values[column.key], column) for column in columns]
