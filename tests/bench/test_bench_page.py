"""From rows to medians, tables, plots and the page."""

from __future__ import annotations

import xml.etree.ElementTree
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.bench.goals import goals
from stranet.bench.measure import Result
from stranet.bench.options import BenchOptions
from stranet.bench.origin import Origin
from stranet.bench.page import command_line
from stranet.bench.plan import Run
from stranet.bench.plots import quality_plot
from stranet.bench.record import Row
from stranet.bench.summary import by_length, by_resolution, summarise
from stranet.bench.tables import as_markdown, as_text, resolution_table, stage_table
from stranet.bench.write import write_all
from stranet.inpainting.options import InpaintOptions

MACHINE = {
    "processor": "Slow",
    "cores": 4,
    "usable_cores": 2,
    "memory": 2**34,
    "architecture": "z80",
    "system": "CP/M",
}
HERE = Origin("abc", "123", {"python": "3.12", "stranet": "0.1.0"}, MACHINE)


@pytest.fixture
def rows(row: Callable[..., Row]) -> list[Row]:
    starts = [Row(Run("startup", repeat, command="stranet --help"), Result(0.2 + repeat)) for repeat in range(3)]
    sized = [
        row(size, hole, pace, repeat=repeat)
        for size, scale in (("1920x1080", 4.0), ("864x480", 1.0))
        for hole, base in ((0.0, 0.01), (2.0, 0.2), (20.0, 0.5))
        for repeat, pace in enumerate((base * scale, 9 * base * scale, base * scale))
    ]
    return [*starts, *sized, *(row(pace=0.3, frames=frames) for frames in (3000, 300))]


def test_medians_over_repeats(rows: list[Row]) -> None:
    figures = {(one.run.kind, one.run.size, one.run.hole, one.run.frames): one for one in summarise(rows)}
    assert len(figures) == 1 + 6 + 2
    disturbed = figures["inpaint", "864x480", 2.0, 75]
    assert (disturbed.repeats, disturbed.result.frame_seconds, disturbed.seconds_per_frame) == (3, 0.2, 0.2)
    assert disturbed.stage_milliseconds == {"decode": 10.0, "alignment": 200.0, "encode": 20.0}
    assert figures["startup", "", 0.0, 0].result.seconds == 1.2


def test_order_of_the_tables(rows: list[Row]) -> None:
    figures = summarise(rows)
    assert [(one.run.size, one.run.hole) for one in by_resolution(figures, 75)] == [
        (size, hole) for size in ("864x480", "1920x1080") for hole in (0.0, 2.0, 20.0)
    ]
    assert [one.run.frames for one in by_length(figures, "864x480", 8.0, (300, 3000))] == [300, 3000]


def test_goals(rows: list[Row]) -> None:
    figures = summarise(rows)
    length = by_length(figures, "864x480", 8.0, (300, 3000))
    startup = [one for one in figures if one.run.kind == "startup"]
    assert [(goal.what, goal.measured, goal.wanted) for goal in goals(by_resolution(figures, 75), length, startup)] == [
        ("time per frame, hole of 20 % over 2 %, 864x480", "2.50", "at least 2.22"),
        ("time per frame, hole of 20 % over 2 %, 1920x1080", "2.50", "at least 2.22"),
        ("peak memory, 3000 frames over 300, 864x480", "10.000", "within 0.03 of 1"),
        ("first output frame, 1920x1080, hole of 2 %", "3.5 s", "under 5 s"),
        ("first output frame, 1920x1080, hole of 20 %", "3.5 s", "under 5 s"),
        ("`stranet --help`", "1.20 s", "under 0.3 s"),
    ]
    assert goals([], [], []) == []


def test_goals_of_every_quality(row: Callable[..., Row]) -> None:
    fast, tuned = {"quality": "fast"}, {"quality": "fast", "workers": 1}
    rows = [row("1728x960", hole=0.0, pace=0.05), row("1728x960"), row("3840x2160", pace=1.0)]
    rows += [row("1728x960", pace=pace, options=options) for pace, options in ((0.18, fast), (0.1, tuned))]
    found = goals(by_resolution(summarise(rows), 75), [], [])
    assert [(goal.what, goal.measured, goal.wanted) for goal in found] == [
        ("time per frame, 1728x960, balanced", "0.500 s", "at most 0.4 s"),
        ("time per frame, 1728x960, fast", "0.180 s", "at most 0.15 s"),
        ("time per frame over decoding and encoding alone, 1728x960, fast", "3.6", "at most 4"),
        ("time per frame, 3840x2160, balanced", "1.000 s", "at most 1.2 s"),
        ("peak memory, 3840x2160", "0.08 GB", "at most 3 GB"),
    ]


def test_quality_against_time(row: Callable[..., Row], tmp_path: Path) -> None:
    rows = [row(), row(pace=0.1, options={"quality": "fast"})]
    rows = [Row(one.run, replace(one.result, hole_psnr=psnr)) for one, psnr in zip(rows, (30.0, 28.5), strict=True)]
    options = BenchOptions(out=tmp_path, vary="quality=balanced,fast", page=tmp_path / "performance.md", holes=("8",))
    written = write_all(options, HERE, rows)
    assert [line[-1] for line in written.tables["resolution"]] == ["hole PSNR, dB", "30.00", "28.50"]
    assert "![Hole PSNR against time per frame](images/performance-quality.svg)" in options.page.read_text()
    assert "quality" not in [path.stem for path in write_all(options, HERE, rows[:1]).files]


def test_the_plot_of_quality_leaves_out_what_does_not_vary(row: Callable[..., Row]) -> None:
    rows = [row(), row(options={"quality": "fast"}), row("1920x1080")]
    rows = [Row(one.run, replace(one.result, hole_psnr=30.0)) for one in rows]
    (axes,) = quality_plot(summarise(rows)).axes
    assert [line.get_label() for line in axes.lines] == ["864x480, hole 8 %"]


def test_tables(rows: list[Row]) -> None:
    figures = by_resolution(summarise(rows), 75)
    cells = resolution_table(figures)
    assert cells[1][:5] == ["864x480", "decode and encode only", "0.010", "1.0", "100.0"]
    assert cells[2][:5] == ["864x480", "2 %", "0.200", "20.0", "5.0"]
    assert cells[2][-3:] == ["0.08", "5.0%", "-"]
    assert stage_table(figures)[2] == ["864x480", "2 %", "10.0", "200.0", "20.0"]
    assert stage_table(figures)[1] == ["864x480", "decode and encode only", "10.0", "-", "20.0"]
    assert as_markdown(cells).splitlines()[1].startswith("| --- | ---: | ---: |")
    ends = [
        line.index(cell) + len(cell) for line, cell in zip(as_text(cells).splitlines(), ["hole", "only"], strict=False)
    ]
    assert ends[0] == ends[1], "columns are not aligned"


def test_variants_get_a_column(row: Callable[..., Row]) -> None:
    figures = summarise([row(), row(pace=0.1, options={"workers": 1})])
    cells = resolution_table(figures)
    assert cells[0][:4] == ["size", "hole", "options", "s/frame"]
    assert [line[2:4] for line in cells[1:]] == [["defaults", "0.500"], ["workers=1", "0.100"]]


def test_plots_and_page(rows: list[Row], row: Callable[..., Row], tmp_path: Path) -> None:
    options = BenchOptions(out=tmp_path, page=tmp_path / "performance.md", holes=("2", "20"), lengths=("300", "3000"))
    other = row(hole=8.0, pace=0.77)  # of the runs of different length, as long as those of different size
    written = write_all(options, HERE, [*rows, other])
    assert "0.770" not in str(written.tables["resolution"])
    names = ["bench.json", "length.png", "length.svg", "performance-length.svg", "performance-resolution.svg"]
    assert sorted(path.name for path in written.files) == [*names, "performance.md", "resolution.png", "resolution.svg"]
    for name in ("resolution", "length"):
        picture = cv2.imdecode(np.frombuffer((tmp_path / f"{name}.png").read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.std() > 5
        drawn = (tmp_path / f"images/performance-{name}.svg").read_bytes()
        assert drawn == (tmp_path / f"{name}.svg").read_bytes()
        assert xml.etree.ElementTree.fromstring(drawn).tag.endswith("svg")
    page = (tmp_path / "performance.md").read_text()
    for text in (
        "Slow, 2 of 4 cores, 16 GiB of memory, CP/M on z80. Commit: abc. Versions: python 3.12, stranet 0.1.0.",
        "stranet bench --holes 2 20 --lengths 300 3000\n",
        "](images/performance-resolution.svg)",
        "| 864x480 | 2 % | 0.200 | 20.0 |",
        "## Per stage",
        "| 3000 | 900.0 | 0.300 | 3.15 |",
        "| `stranet --help` | 1.20 s | under 0.3 s |",
    ):
        assert text in page
    assert str(tmp_path) not in page
    before = (tmp_path / "resolution.svg").read_bytes()
    write_all(options, HERE, rows)
    assert (tmp_path / "resolution.svg").read_bytes() == before


def test_the_command_on_the_page_makes_the_page() -> None:
    from stranet.cli.parse import parse

    options = BenchOptions(
        sizes=("64x48",),
        holes=("5",),
        frames=30,
        repeats=2,
        lengths=("0",),
        length_size="96x64",
        length_repeats=1,
        warmup=3,
        vary="workers=1,2",
        page=Path("docs/performance.md"),
        inpaint=InpaintOptions(references=4, light=False, refine=0, alignment="affine"),
    )
    words = command_line(options).split()
    assert parse(BenchOptions, "bench", words[2:]) == options
