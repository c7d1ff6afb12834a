"""The paper's tables with our figures beside its own: the same layout, on other data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stranet.evaluation import published
from stranet.evaluation.costs import Cost
from stranet.evaluation.published import PAPER_DATA, Quality
from stranet.evaluation.score import CaseScore
from stranet.evaluation.table import COLUMNS, Table, by_method, cell, interval_table, mean_over_cases
from stranet.types import Size

OWN_DATA = "Syn-HD (ours)"
TABLE_1 = ("stranet", "stranet-learned", "stranet-unlearned", "aligned-median", "nearest-visible", "telea")
"""Methods of Table 1 unless others are named; `navier-stokes` hardly differs from `telea`."""
TABLE_3_LOW = ("stranet-vanilla", "stranet-no-spatial", "stranet")
TABLE_3_HIGH = ("stranet-bilinear", "stranet-no-spatial-residuals", "stranet")
TABLE_4 = ("stranet-affine", "stranet-flow", "stranet")
"""In the order of the paper's rows."""
_COLUMN = {column.key: column for column in COLUMNS}
_PAPER = ("l1", "ssim", "psnr")
_OWN = ("hole_psnr", "hole_ssim", "perceptual", "warp")
"""What the paper does not give, and what tells methods apart better than the whole frame."""

Scores = Mapping[Size, Sequence[CaseScore]]
Costs = Mapping[Size, Mapping[str, Cost]]


@dataclass(frozen=True)
class PaperPlan:
    """Which methods are needed at which sizes."""

    sizes: tuple[Size, ...]
    """Smallest first."""
    compared: tuple[str, ...]
    """The methods of Table 1."""
    given: tuple[str, ...] = field(default=())
    """Other systems in Table 1."""

    @property
    def cost_sizes(self) -> tuple[Size, ...]:
        """The sizes of Table 2: the second of several, as in the paper, and the largest."""
        first, *others = self.sizes
        return tuple(dict.fromkeys((others[0] if len(others) > 1 else first, self.sizes[-1])))

    def methods(self, size: Size) -> tuple[str, ...]:
        """What is run at a size, other systems not counted."""
        names = list(self.compared)
        if size == self.sizes[0]:
            names += TABLE_3_LOW
        if size == self.sizes[-1]:
            names += (*TABLE_3_HIGH, *TABLE_4)
        return tuple(dict.fromkeys(names))


def paper_tables(plan: PaperPlan, scores: Scores, costs: Costs) -> list[Table]:
    """Tables 1 to 4 and seconds per frame, and what stands inside the hole behind Table 1."""
    low, high = scores[plan.sizes[0]], scores[plan.sizes[-1]]
    tables = [_table_1(plan, scores)]
    for size in plan.sizes:
        chosen = [score for score in scores[size] if score.method in (*plan.compared, *plan.given)]
        tables.append(_inside(size, chosen))
    tables += [
        _costs(plan, costs, "Table 2: memory, GB", published.TABLE_2, lambda cost: f"{cost.peak_memory / 1e9:.2f}"),
        _costs(
            plan,
            costs,
            "Seconds per frame",
            {name: {"1728x960": seconds} for name, seconds in published.SECONDS.items()},
            lambda cost: f"{cost.seconds_per_frame:.2f}",
        ),
        _modules("Table 3, left: aggregation modules", plan.sizes[0], low, TABLE_3_LOW, published.TABLE_3_LOW),
        _modules("Table 3, right: residual aggregation", plan.sizes[-1], high, TABLE_3_HIGH, published.TABLE_3_HIGH),
        _modules("Table 4: alignment", plan.sizes[-1], high, TABLE_4, published.TABLE_4),
    ]
    return tables


def _table_1(plan: PaperPlan, scores: Scores) -> Table:
    """L1, SSIM and PSNR over the whole frame, at every size."""
    names = (*plan.compared, *plan.given)
    titles = [
        f"{size} {_COLUMN[key].title}" if key == "l1" else _COLUMN[key].title for size in plan.sizes for key in _PAPER
    ]
    rows: list[tuple[str, ...]] = []
    means = {size: {name: mean_over_cases(own) for name, own in by_method(scores[size]).items()} for size in plan.sizes}
    for name in names:
        cells = [cell(means[size][name][key], _COLUMN[key]) for size in plan.sizes for key in _PAPER]
        rows.append((name, OWN_DATA, *cells))
    for name, sizes in published.TABLE_1.items():
        cells = [text for size in plan.sizes for text in _paper_cells(sizes.get(str(size)))]
        rows.append((name, PAPER_DATA, *cells))
    return Table("Table 1: whole frame", ("method", "data", *titles), tuple(rows))


def _inside(size: Size, scores: Sequence[CaseScore]) -> Table:
    """What Table 1 leaves out, with intervals where there are two methods to compare."""
    table = interval_table(scores)
    cases = len({score.case for score in scores})
    return Table(f"Behind Table 1: inside the hole at {size}, {cases} cases", table.header, table.rows)


def _modules(
    title: str, size: Size, scores: Sequence[CaseScore], names: Sequence[str], paper: Mapping[str, Quality]
) -> Table:
    """One row of ours and one of the paper's for every module."""
    groups = by_method(scores)
    rows: list[tuple[str, ...]] = []
    for name, (module, quality) in zip(names, paper.items(), strict=True):
        means = mean_over_cases(groups[name])
        own = [cell(means[key], _COLUMN[key]) for key in (*_PAPER, *_OWN)]
        rows.append((module, f"{OWN_DATA}, {name}", *own))
        rows.append((module, PAPER_DATA, *_paper_cells(quality), *("-" for _ in _OWN)))
    header = ("module", "data", *(_COLUMN[key].title for key in (*_PAPER, *_OWN)))
    return Table(f"{title}, at {size}", header, tuple(rows))


def _costs(
    plan: PaperPlan,
    costs: Costs,
    title: str,
    paper: Mapping[str, Mapping[str, float]],
    show: Callable[[Cost], str],
) -> Table:
    sizes = plan.cost_sizes
    rows: list[tuple[str, ...]] = []
    for name in plan.compared:
        found = [costs[size].get(name) for size in sizes]
        rows.append((name, "this machine", *("-" if cost is None else show(cost) for cost in found)))
    for name, figures in paper.items():
        cells = [f"{figures[str(size)]:g}" if str(size) in figures else "-" for size in sizes]
        rows.append((name, "Tesla V100 (paper)", *cells))
    return Table(title, ("method", "on", *map(str, sizes)), tuple(rows))


def _paper_cells(quality: Quality | None) -> tuple[str, ...]:
    return ("-", "-", "-") if quality is None else (f"{quality.l1:g}", f"{quality.ssim:g}", f"{quality.psnr:.2f}")
