"""Scores as tables: aligned text for the terminal, Markdown and JSON for files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

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
    Column("psnr", "PSNR", 2),
    Column("hole_psnr", "hole PSNR", 2),
    Column("hole_ssim", "hole SSIM", 3),
    Column("hole_l1", "hole L1 %", 2, scale=100),
    Column("warp", "warp e-3", 2),
    Column("outside", "outside", 0, mean=_largest),
    Column("seconds_per_frame", "s/frame", 3),
)
"""PSNR in dB, L1 in % of the data range, warp in thousandths, outside in levels of 255."""


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


def method_table(scores: Sequence[CaseScore]) -> Table:
    """One row per case of one method, and their mean."""
    rows = [(score.case, *_cells(score.summary())) for score in scores]
    header = ("case", *(column.title for column in COLUMNS))
    return Table(scores[0].method, header, (*rows, ("mean", *_cells(mean_over_cases(scores)))))


def comparison_table(scores: Sequence[CaseScore]) -> Table:
    """One row per method: means over the cases, each case counting the same."""
    rows = [(name, *_cells(mean_over_cases(own))) for name, own in by_method(scores).items()]
    return Table("mean over the cases", ("method", *(column.title for column in COLUMNS)), tuple(rows))


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
    """A table per method, and the comparison when there are several."""
    groups = by_method(scores)
    return [*map(method_table, groups.values()), *([comparison_table(scores)] if len(groups) > 1 else [])]


def as_json(scores: Sequence[CaseScore]) -> dict[str, Any]:
    """Everything that the tables are made of, down to the frame."""
    return {
        name: {
            "mean": mean_over_cases(own),
            "cases": {
                score.case: {**score.summary(), "per_frame": [asdict(frame) for frame in score.frames]} for score in own
            },
        }
        for name, own in by_method(scores).items()
    }


def _cells(values: dict[str, float | None]) -> list[str]:
    return [_cell(values[column.key], column) for column in COLUMNS]


def _cell(value: float | None, column: Column) -> str:
    return "-" if value is None else f"{value * column.scale:.{column.digits}f}"
