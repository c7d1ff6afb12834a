"""`stranet evaluate`: predict, score, print tables, and write them with the pictures that were asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stranet.errors import ConfigError, StraNetError
from stranet.evaluation.costs import COST_FRAMES, Cost, measure_cost, typical_case
from stranet.evaluation.export import export_all
from stranet.evaluation.files import write_scores
from stranet.evaluation.given import given_method
from stranet.evaluation.methods import Method, method_list, resolve_methods
from stranet.evaluation.options import DEFAULT_SIZE, EvaluateOptions
from stranet.evaluation.paper_tables import TABLE_1, PaperPlan, paper_tables
from stranet.evaluation.passes import Passes
from stranet.evaluation.predict import PredictionCache
from stranet.evaluation.protocol import PROTOCOL_VERSION, Case, load_protocol
from stranet.evaluation.removal import RemovalClip, load_removal
from stranet.evaluation.results_page import results_page
from stranet.evaluation.score import CaseScore
from stranet.evaluation.table import Table, all_tables, comparison_table
from stranet.evaluation.variants import VARIANTS
from stranet.types import Size
from stranet.words import split_names

DEFAULT_METHODS = ("stranet", "telea")


@dataclass(frozen=True)
class SizeRun:
    """All that is run at one size."""

    size: Size
    cases: tuple[Case, ...]
    passes: Passes
    clips: tuple[RemovalClip, ...] = ()
    """Real removal, without truth."""
    removal: Passes | None = None


@dataclass(frozen=True)
class Evaluation:
    """All that came out, for tables, figures and the report."""

    options: EvaluateOptions
    runs: tuple[SizeRun, ...]
    scores: Mapping[Size, Sequence[CaseScore]]
    removal: Mapping[Size, Sequence[CaseScore]]
    plan: PaperPlan | None = None
    costs: Mapping[Size, Mapping[str, Cost]] = field(default_factory=dict)

    @property
    def shown(self) -> SizeRun:
        """The size whose pictures the report shows: 864x480 if it is there, else the largest."""
        return next((run for run in self.runs if run.size == DEFAULT_SIZE), self.runs[-1])


def evaluate(options: EvaluateOptions) -> int:
    """Run what is missing, score everything, print the tables and write them to the output folder.

    Returns:
        0, the exit code.

    Raises:
        ConfigError: An option, the manifest, weights or the output folder does not fit.
    """
    if "list" in split_names(options.methods):
        _print(method_list())
        return 0
    protocol = load_protocol(options.data)
    cases = _cases(options, {size: protocol for size in options.chosen_sizes()})
    if options.export is not None:
        _print("\n".join(export_all(options.export, cases, options.count)))
        return 0
    plan = _plan(options, tuple(cases))
    runs = _claim(options, cases, plan)

    scores, removal = {}, {}
    for run in runs:
        for line in run.passes.predictions(run.cases, options.jobs):
            _say(line)
        if run.removal is not None:
            for line in run.removal.predictions(run.clips, options.jobs):
                _say(line)
    for run in runs:
        scores[run.size] = run.passes.scores(run.cases, options.jobs)
        if run.removal is not None:
            removal[run.size] = run.removal.scores(run.clips, options.jobs)
    result = Evaluation(options, runs, scores, removal, plan, _costs(options, runs, plan))
    _write(result)
    return 0


def _cases(options: EvaluateOptions, protocols: dict) -> dict[Size, list[Case]]:
    """The cases of every size; a size of the paper's that was not asked for by name may have none."""
    only = split_names(options.only)
    chosen: dict[Size, list[Case]] = {}
    for size, protocol in protocols.items():
        try:
            chosen[size] = protocol.select(size, only)
        except ConfigError:
            if options.sizes or not chosen:
                raise
            _say(f"{size}: no clip is as large; left out")
    return chosen


def _plan(options: EvaluateOptions, sizes: tuple[Size, ...]) -> PaperPlan | None:
    if not options.tables:
        return None
    named = split_names(options.methods)
    if named and named[0] != "stranet":
        named = ("stranet", *(name for name in named if name != "stranet"))  # every table of the paper has it
    return PaperPlan(sizes, named or _distinct(options), options.name)


def _distinct(options: EvaluateOptions) -> tuple[str, ...]:
    """The methods of Table 1 that differ from each other, and whose weights are there."""
    found: dict[str, Method] = {}
    for name in TABLE_1:
        try:
            (method,) = resolve_methods([name], options.inpaint)
        except ConfigError as error:
            if name == "stranet":
                raise
            _say(f"left out: {error}")
            continue
        if name not in VARIANTS or all(method.config != other.config for other in found.values()):
            found[name] = method
    return tuple(found)


def _claim(options: EvaluateOptions, cases: dict[Size, list[Case]], plan: PaperPlan | None) -> tuple[SizeRun, ...]:
    """Find every method and make its folder ready, before any work is done."""
    clips = load_removal(options.removal) if options.removal is not None else ()
    resolved: dict[Size, list[Method]] = {}
    for size, chosen in cases.items():
        names = plan.methods(size) if plan else split_names(options.methods)
        if not names and not options.predictions:
            names = DEFAULT_METHODS if not options.methods else ()
        methods = resolve_methods(names, options.inpaint)
        given = [
            given_method(name, folder, size, [case.name for case in chosen])
            for name, folder in zip(options.name, options.predictions, strict=True)
        ]
        resolved[size] = [*methods, *given]
        known = [method.name for method in resolved[size]]
        if not known:
            raise ConfigError("no method is given; name at least one, for example --methods stranet")
        if len(set(known)) < len(known):
            raise ConfigError(f"two methods share a name: {', '.join(known)}; give another --name")
    perceptual = _has_features()
    if options.lpips != "none":
        from stranet.evaluation.perceptual import lpips_network

        lpips_network(options.lpips)  # refused now rather than after the work
    runs = []
    for size, methods in resolved.items():
        fitting = tuple(clip for clip in clips if clip.fits(size))
        own = [method for method in methods if method.is_timed]

        def passes(folder: Path, methods: list[Method], size: Size = size) -> Passes:
            cache = PredictionCache(folder)
            claimed = [(m, cache.claim(m, size, options.count, overwrite=options.overwrite)) for m in methods]
            return Passes(cache, tuple(claimed), size, options.count, perceptual, options.lpips)

        removal = passes(options.out / "removal" / str(size), own) if fitting and own else None
        runs.append(SizeRun(size, tuple(cases[size]), passes(options.out / str(size), methods), fitting, removal))
    return tuple(runs)


def _has_features() -> bool:
    from stranet.evaluation.perceptual import embedded_network

    try:
        embedded_network()
    except StraNetError as error:
        _say(f"no perceptual distance: {error}")
        return False
    return True


def _costs(options: EvaluateOptions, runs: tuple[SizeRun, ...], plan: PaperPlan | None) -> dict[Size, dict[str, Cost]]:
    """Memory and time of the methods of Table 1, one after the other."""
    costs: dict[Size, dict[str, Cost]] = {}
    for run in runs if plan else ():
        if plan is None or run.size not in plan.cost_sizes:
            continue
        case = typical_case(list(runs[-1].cases))
        costs[run.size] = {}
        for method, _ in run.passes.methods:
            if method.name in plan.compared:
                cost = measure_cost(options.out / str(run.size) / ".costs", method, case, run.size, COST_FRAMES)
                costs[run.size][method.name] = cost
                _say(
                    f"{run.size} {method.name}: {cost.seconds_per_frame:.2f} s a frame, "
                    f"{cost.peak_memory / 1e9:.2f} GB at most"
                )
    return costs


def _write(result: Evaluation) -> None:
    options, written = result.options, []
    sections: dict[str, list[Table]] = {}
    for run in result.runs:
        folder = run.passes.cache.folder
        scores = result.scores[run.size]
        title = f"Syn-HD version {PROTOCOL_VERSION} at {run.size}, first {options.count} frames of each case"
        write_scores(folder, title, run.size, options.count, scores)
        written.append(f"{folder / 'table.md'}, table.json and frames.csv")
        tables = all_tables(scores)
        if run.removal is not None:
            place = run.removal.cache.folder
            write_scores(place, f"Real removal at {run.size}", run.size, options.count, result.removal[run.size])
            written.append(f"{place / 'table.md'}, table.json and frames.csv")
            table = comparison_table(result.removal[run.size])
            tables.append(Table("real removal, mean over the clips", table.header, table.rows))
        sections[title] = tables
        if not options.tables:
            head = [title] if len(result.runs) > 1 else []
            _print("\n\n".join([*head, *(table.text() for table in tables)]) + "\n")
    if result.plan is not None:
        tables = paper_tables(result.plan, result.scores, result.costs)
        _print("\n\n".join(table.text() for table in tables))
        sections = {"The paper's tables": tables, **sections}
        page = options.page or options.out / "results.md"
        names = {run.size: [case.name for case in run.cases] for run in result.runs}
        costs = [cost for by_name in result.costs.values() for cost in by_name.values()]
        measured = f"case {costs[0].case}, {costs[0].frames} frames" if costs else "not measured"
        try:
            page.write_text(results_page(options, names, tables, measured), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{page}: cannot be written ({error.strerror})") from error
        written.append(str(page))
    written += _pictures(result, sections)
    _say("\nwritten: " + "; ".join(written))


def _pictures(result: Evaluation, sections: Mapping[str, Sequence[Table]]) -> list[str]:
    """Strips, figures and the report, as far as they are wanted; returns what was written."""
    options = result.options
    if not (options.strips or options.report):
        return []
    from stranet.evaluation.pictures import Pictures
    from stranet.evaluation.report import write_report

    written: list[str] = []
    inside = options.inpaint if options.report else None
    for run in result.runs:
        shows = options.report and run is result.shown
        shown = []
        for passes, cases in ((run.passes, run.cases), (run.removal, run.clips)):
            if passes is None or not (options.strips or shows):
                continue
            pictures = Pictures(passes, passes.cache.folder, options.strips, inside if shows else None)
            shown += pictures.of_all(cases, options.jobs)
            written += [str(passes.cache.folder / "strips")] if options.strips else []
        if shows:
            written += write_report(options, run.size, result.scores[run.size], sections, shown)
    return written


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
