"""Plots and the page, from the rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from stranet.bench.goals import goals
from stranet.bench.options import LENGTH_HOLE, BenchOptions
from stranet.bench.origin import Origin
from stranet.bench.page import performance_page
from stranet.bench.plots import length_plot, quality_plot, resolution_plot
from stranet.bench.record import Row
from stranet.bench.summary import Figures, by_length, by_resolution, summarise
from stranet.bench.tables import Cells, goal_table, length_table, resolution_table, stage_table
from stranet.errors import ConfigError
from stranet.plotting import as_png, as_svg
from stranet.report import write_text


class Written(NamedTuple):
    """What came out."""

    tables: dict[str, Cells]
    """"goals", "resolution", "stages" and "length", as far as there are any."""
    files: tuple[Path, ...]


def write_all(options: BenchOptions, origin: Origin, rows: Sequence[Row]) -> Written:
    """Write plots into the output folder, and the page with plots beside it if it is wanted.

    Raises:
        ConfigError: A file cannot be written.
    """
    figures = summarise(rows)
    resolution = by_resolution(figures, options.chosen_frames)
    wanted = {str(size) for size in options.chosen_sizes()}, {0.0, *options.chosen_holes()}
    resolution = [one for one in resolution if one.run.size in wanted[0] and one.run.hole in wanted[1]]
    length = by_length(figures, str(options.chosen_length_size()), LENGTH_HOLE, options.chosen_lengths())
    tables = _tables(figures, resolution, length)
    plots = {"resolution": resolution_plot(resolution)}
    if length:
        plots["length"] = length_plot(length)
    if len({one.run.variant for one in resolution if one.result.hole_psnr is not None}) > 1:
        plots["quality"] = quality_plot(resolution)
    vectors = {name: as_svg(plot) for name, plot in plots.items()}
    files = [options.out / "bench.json"]
    for name, plot in plots.items():
        files += [options.out / f"{name}.png", options.out / f"{name}.svg"]
        _write(files[-2], as_png(plot))
        _write(files[-1], vectors[name])
    if options.page is not None:
        addresses = {name: f"images/{options.page.stem}-{name}.svg" for name in plots}
        for name, vector in vectors.items():
            files.append(options.page.parent / addresses[name])
            _write(files[-1], vector)
        write_text(options.page, performance_page(options, origin, tables, addresses))
        files.append(options.page)
    return Written(tables, tuple(files))


def _tables(figures: Sequence[Figures], resolution: Sequence[Figures], length: Sequence[Figures]) -> dict[str, Cells]:
    startup = [one for one in figures if one.run.kind == "startup"]
    tables = {
        "goals": goal_table(goals(resolution, length, startup)),
        "resolution": resolution_table(resolution),
        "stages": stage_table(resolution),
    }
    return {**tables, "length": length_table(length)} if length else tables


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
