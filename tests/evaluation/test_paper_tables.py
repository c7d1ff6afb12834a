"""The paper's tables on tiny data: layout, figures, marks, costs, and that a second run says the same."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stranet.cli.main import main
from stranet.errors import ConfigError
from stranet.evaluation import published
from stranet.evaluation.command import evaluate
from stranet.evaluation.costs import Cost, measure_cost, typical_case
from stranet.evaluation.methods import resolve_methods
from stranet.evaluation.options import PAPER_SIZES, EvaluateOptions
from stranet.evaluation.paper_tables import TABLE_1, PaperPlan, paper_tables
from stranet.evaluation.results_page import command_line
from stranet.evaluation.score import CaseScore, FrameScore
from stranet.inpainting.options import InpaintOptions
from stranet.types import Size

LOW, HIGH = Size(864, 480), Size(1728, 960)


def test_published_figures_are_complete_and_plausible():
    sizes = [str(size) for size in PAPER_SIZES]
    for row in published.TABLE_1.values():
        assert list(row) == sizes
        assert all(0 < q.l1 < 0.05 and 0.8 <= q.ssim < 1 and 25 < q.psnr < 36 for q in row.values())
    ours = published.TABLE_1["STRA-Net"]
    assert (ours["432x240"].psnr, ours["1728x960"].psnr) == (34.66, 33.14)
    assert published.TABLE_3_HIGH["+ spatial residual aggregation"] == published.TABLE_4["both"] == ours["1728x960"]
    assert published.TABLE_2["STRA-Net"] == {"864x480": 2.0, "1728x960": 3.7}


def test_plan_follows_the_paper():
    plan = PaperPlan(PAPER_SIZES, ("stranet", "telea"))
    assert plan.cost_sizes == (LOW, HIGH)
    assert plan.methods(LOW) == ("stranet", "telea")
    assert plan.methods(PAPER_SIZES[0]) == ("stranet", "telea", "stranet-vanilla", "stranet-no-spatial")
    assert "stranet-flow" in plan.methods(HIGH)
    assert "stranet-bilinear" in plan.methods(HIGH)


def test_layout_sets_ours_beside_the_papers():
    plan = PaperPlan((LOW, HIGH), ("stranet", "telea"), ("other",))
    scores = {
        size: [
            CaseScore(name, case, 0.1, (FrameScore(0, 0.1, l1=0.001, psnr=30 + order, ssim=0.9, hole_psnr=20.0),))
            for order, name in enumerate((*plan.methods(size), "other"))
            for case in ("a", "b")
        ]
        for size in plan.sizes
    }
    costs = {size: {"stranet": Cost("a", 2, 0.5, 1_300_000_000)} for size in plan.cost_sizes}
    tables = {table.title: table for table in paper_tables(plan, scores, costs)}
    first = tables["Table 1: whole frame"]
    assert first.rows[0] == ("stranet", "Syn-HD (ours)", "0.0010", "0.900", "30.00", "0.0010", "0.900", "30.00")
    assert ("STRA-Net", "Syn-DS+ (paper)", "0.002", "0.97", "34.66", "0.003", "0.97", "33.14") in first.rows
    assert "other" in [row[0] for row in first.rows]
    memory = tables["Table 2: memory, GB"]
    assert memory.rows[:2] == (("stranet", "this machine", "1.30", "1.30"), ("telea", "this machine", "-", "-"))
    assert ("STRA-Net", "Tesla V100 (paper)", "2", "3.7") in memory.rows
    assert tables["Seconds per frame"].rows[0] == ("stranet", "this machine", "0.50", "0.50")
    alignment = tables["Table 4: alignment, at 1728x960"]
    assert [row[0] for row in alignment.rows[::2]] == ["affine transformation", "optical flow", "both"]
    assert alignment.rows[0][1] == "Syn-HD (ours), stranet-affine"
    assert alignment.rows[1][2:5] == ("0.005", "0.98", "32.05")


@pytest.fixture
def options(data: Path, tmp_path: Path) -> EvaluateOptions:
    # Vanilla and plain StraNet need a size with room for their scales; the two clips are of this size.
    return EvaluateOptions(
        data, sizes=("48x32,96x64",), count=3, only=("still",), tables=True, out=tmp_path / "out", methods=("telea",)
    )


def test_a_run_writes_the_page_and_a_second_one_the_same(options, capsys):
    assert evaluate(options) == 0
    printed = capsys.readouterr().out
    page = (options.out / "results.md").read_text()
    assert page.startswith(
        "# Results\n\nMade by this command; do not edit by hand.\n\n```sh\nstranet evaluate --data data"
    )
    for title in ("Table 1: whole frame", "Table 2: memory, GB", "Seconds per frame", "Table 3, left", "Table 4"):
        assert f"### {title}" in page
        assert title in printed
    assert "do not compare with each other" in page
    assert not re.search(r"\bnan\b", page)
    evaluate(options)
    assert (options.out / "results.md").read_text() == page
    assert capsys.readouterr().out == printed


def test_the_page_goes_where_it_is_wanted(options, tmp_path):
    with pytest.raises(ConfigError, match="page is only written with --tables"):
        EvaluateOptions(options.data, page=tmp_path / "results.md")


def test_the_command_names_what_decides_figures():
    options = EvaluateOptions(Path("/home/me/eval"), count=20, tables=True, page=Path("docs/results.md"), jobs=2)
    assert command_line(options) == "stranet evaluate --data eval --count 20 --tables --page docs/results.md"


def test_methods_that_are_the_same_stand_once(options, monkeypatch, tmp_path, capsys):
    from stranet.evaluation.command import _distinct

    monkeypatch.setattr("stranet.model.weights.EMBEDDED", tmp_path / "none")
    fixed = InpaintOptions(registration="robust", flow="dis", temporal="fixed", spatial="patches")
    named = EvaluateOptions(options.data, tables=True, inpaint=fixed)
    assert _distinct(named) == ("stranet", "aligned-median", "nearest-visible", "telea")
    assert "left out: stranet-learned needs trained weights" in capsys.readouterr().err
    assert {"stranet-unlearned", "stranet-learned"} < set(TABLE_1)


def test_costs_come_from_a_fresh_process_and_are_kept(case, tmp_path):
    (method,) = resolve_methods(["telea"], InpaintOptions())
    cost = measure_cost(tmp_path, method, case("still"), Size(96, 64), 3)
    assert (cost.case, cost.frames) == ("still", 3)
    assert 20e6 < cost.peak_memory < 1e9
    assert cost.seconds_per_frame > 0
    assert measure_cost(tmp_path, method, case("still"), Size(96, 64), 3) == cost
    assert measure_cost(tmp_path, method, case("still"), Size(96, 64), 2).frames == 2


def test_the_typical_case_has_the_typical_hole(case):
    from dataclasses import replace

    cases = [replace(case("still"), area=area) for area in (0.3, 0.09, None)]
    assert typical_case(cases) is cases[1]


def test_a_killed_run_goes_on_and_gives_the_same(data, tmp_path, capsys):
    """Killed, not interrupted: nothing can be tidied up."""
    words = ["evaluate", "--data", str(data), "--sizes", "96x64", "--methods", "temporal-median,telea", "--out"]
    command = [sys.executable, "-m", "stranet", *words, str(tmp_path / "killed")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        end = time.monotonic() + 120
        while time.monotonic() < end and running.poll() is None:
            if any((tmp_path / "killed").glob("96x64/*/slide/prediction.json")):
                break
            time.sleep(0.02)
        running.kill()
    printed = []
    for out in ("killed", "whole"):
        assert main([*words, str(tmp_path / out)]) == 0
        printed.append(capsys.readouterr())
    assert "(kept)" in printed[0].err
    timeless = [[line.split()[:-1] for line in run.out.splitlines()] for run in printed]
    assert timeless[0] == timeless[1]
