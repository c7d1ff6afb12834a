from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from stranet.errors import ConfigError
from stranet.evaluation.command import evaluate
from stranet.evaluation.methods import resolve_methods
from stranet.evaluation.options import EvaluateOptions
from stranet.inpainting.options import InpaintOptions
from stranet.types import Size
from stranet.versions import code_digest
from stranet.words import parse_size


@pytest.fixture
def options(data: Path, tmp_path: Path):
    """Options for the tiny data folder, with changes."""

    def make(**changes) -> EvaluateOptions:
        defaults = {"data": data, "out": tmp_path / "out", "sizes": ("96x64",), "methods": ("telea,temporal-median",)}
        return EvaluateOptions(**{**defaults, **changes})

    return make


def test_tables_are_printed_and_written(options, capsys, tmp_path):
    assert evaluate(options(strips=True)) == 0
    printed = capsys.readouterr()
    first_words = " ".join(line.split()[0] for line in printed.out.splitlines() if line)
    assert first_words == (
        "telea case slide still mean temporal-median case slide still mean mean method telea temporal-median "
        "mean method telea temporal-median by hole telea temporal-median"
    )
    assert "slide telea: 4 frames" in printed.err
    folder = tmp_path / "out/96x64"
    content = json.loads((folder / "table.json").read_text())
    assert content["methods"]["temporal-median"]["cases"]["still"]["hole_psnr"] == 100
    assert content["methods"]["telea"]["mean"]["outside"] == 0
    assert "### mean over the cases" in (folder / "table.md").read_text()
    assert sorted(path.name for path in (folder / "strips").iterdir()) == ["slide.png", "still.png"]


def test_a_second_run_computes_nothing_and_prints_the_same(options, capsys):
    evaluate(options())
    first = capsys.readouterr()
    evaluate(options())
    second = capsys.readouterr()
    assert second.out == first.out
    assert first.err.count("(kept)") == 0
    assert second.err.count("(kept)") == 4


def test_jobs_change_nothing_but_the_time(options, capsys, tmp_path):
    tables = []
    for jobs in (1, 2):
        evaluate(options(jobs=jobs, methods=("telea",), out=tmp_path / str(jobs)))
        tables.append([line.split()[:-1] for line in capsys.readouterr().out.splitlines()])
    assert tables[0] == tables[1]


def test_only_and_count_narrow_the_run(options, capsys):
    evaluate(options(only=("still",), count=2))
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert ["still", "2"] in [row[:2] for row in rows]
    assert "slide" not in [row[0] for row in rows]


def test_another_count_is_refused_until_overwritten(options):
    evaluate(options(count=2))
    with pytest.raises(ConfigError, match="differs in count"):
        evaluate(options(count=3))
    assert evaluate(options(count=3, overwrite=True)) == 0


def test_stranet_gets_the_users_options(options, monkeypatch):
    """With a stand-in for the engine, so that this file tests the command and nothing else."""
    seen = []

    def inpainter(chosen: InpaintOptions):
        seen.append(chosen)
        return SimpleNamespace(inpaint=lambda frames, holes: iter(frames))

    engine = ModuleType("stranet.inpainting.inpainter")
    engine.Inpainter = inpainter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stranet.inpainting.inpainter", engine)
    chosen = InpaintOptions(reach=7)
    assert evaluate(options(methods=("stranet", "stranet-affine"), only=("still",), inpaint=chosen)) == 0
    assert [(o.reach, o.alignment) for o in seen] == [(7, "joint"), (7, "affine")]


def test_configurations_follow_options_and_code():
    one, two = (resolve_methods(["stranet"], InpaintOptions(reach=reach))[0].config for reach in (5, 6))
    assert one["options"]["reach"] == 5
    assert one["code"] == two["code"] != code_digest("evaluation/baselines.py")
    json.dumps(one)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ("tela",)}, r"no method 'tela' \(did you mean telea\?\)"),
        ({"methods": (",",)}, "no method is given"),
        ({"only": ("stil",)}, "has no case 'stil'"),
        ({"sizes": ("960x640",)}, "no clip in"),
    ],
)
def test_bad_choices_end_before_anything_is_written(options, changes, message):
    chosen = options(**changes)
    with pytest.raises(ConfigError, match=message):
        evaluate(chosen)
    assert not chosen.out.exists()


@pytest.mark.parametrize(
    "changes", [{"count": 0}, {"jobs": 0}, {"sizes": ("96",)}, {"sizes": ("96x",)}, {"sizes": ("8x8",)}]
)
def test_bad_values_are_refused(options, changes):
    with pytest.raises(ConfigError, match=next(iter(changes))):
        options(**changes)


def test_sizes():
    assert parse_size("864x480") == Size(864, 480)
    assert parse_size("1728X960") == Size(1728, 960)
    for text in ("", "864", "864x480x3", "-864x480", "864 x 480", "١٢٣x480"):
        with pytest.raises(ConfigError, match="WIDTHxHEIGHT"):
            parse_size(text)
