"""`stranet bench` from words to files: fresh processes, going on, Ctrl-C."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stranet.bench import command
from stranet.bench.measure import Result
from stranet.bench.origin import Origin
from stranet.cli.main import main

LINE = "bench --sizes 64x48 --holes 10 --frames 6 --warmup 2 --repeats 1 --lengths 0 --references 2 --reach 2"
WORDS = LINE.split()
HERE = Origin("abc", "123", {"stranet": "0.1.0"}, {"processor": "x", "cores": 1})


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output folder; starts take no time."""
    monkeypatch.setattr(command, "measure_startup", lambda name: Result(0.1))
    monkeypatch.setattr(Origin, "here", lambda: HERE)
    return tmp_path / "out"


def started(monkeypatch: pytest.MonkeyPatch, stop_at: int | None = None) -> list[str]:
    """Labels of what is run in place of a real run; ``stop_at`` is where Ctrl-C comes."""
    labels: list[str] = []

    def instead(function: object, run: Any, *_: Any) -> Result:
        if len(labels) == stop_at:
            raise KeyboardInterrupt
        labels.append(run.label)
        return Result(1.0, 0.1, 0.5, 10**8, {"decode": 0.1})

    monkeypatch.setattr(command, "in_fresh_process", instead)
    return labels


def test_it_measures_in_fresh_processes_and_leaves_only_results(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*WORDS, "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert [line.split(":")[0] for line in captured.err.splitlines()[-4:-2]] == [
        "64x48, passthrough, 6 frames",
        "64x48, hole 10 %, 6 frames, references=2, reach=2",
    ]
    assert "decode and encode only" in captured.out
    rows = json.loads((out / "bench.json").read_text())["rows"]
    passthrough, filled = (row["result"] for row in rows if row["run"]["kind"] != "startup")
    assert filled["stage_seconds"]["alignment"] > 0
    assert filled["peak_memory"] > passthrough["peak_memory"] + 50e6, "torch was loaded where it is not needed"
    assert sorted(path.name for path in out.iterdir()) == ["bench.json", "clips", "resolution.png", "resolution.svg"]
    assert sorted(path.suffix for path in (out / "clips").iterdir()) == [".mkv", ".mp4"]

    labels = started(monkeypatch)
    assert main([*WORDS, "--out", str(out)]) == 0
    assert labels == [], "what is finished was measured again"
    assert capsys.readouterr().out == captured.out


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = started(monkeypatch, stop_at=1)
    assert main([*WORDS, "--out", str(out)]) == 130
    line = f"stranet: interrupted; finished runs are in {out}, the same command goes on"
    assert capsys.readouterr().err.splitlines()[-1] == line
    assert labels == ["64x48, passthrough, 6 frames"]
    assert not list((out / "clips").glob("stranet-bench-*"))

    labels = started(monkeypatch)
    assert main([*WORDS, "--out", str(out)]) == 0
    assert labels == ["64x48, hole 10 %, 6 frames, references=2, reach=2"]


def test_another_commit_is_refused_with_one_line(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started(monkeypatch)
    assert main([*WORDS, "--out", str(out)]) == 0
    capsys.readouterr()
    monkeypatch.setattr(Origin, "here", lambda: Origin("abd", HERE.code, HERE.versions, HERE.machine))
    assert main([*WORDS, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(
        f"stranet: error: {out}/bench.json holds runs of another origin (it differs in commit)"
    )
    assert captured.err.count("\n") == 1
