"""`stranet train`: the file, the options over it, exit codes and messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stranet.cli.main import main
from stranet.cli.train import read_command
from stranet.config import load_config, save_config
from stranet.training.config import TrainConfig
from stranet.training.report import Progress, Run
from stranet.training.run_log import read_lines

SMALL = """
stages = [["temporal", 2]]
size = 32
references = 1
batch = 1
validation_clips = 1
[running]
device = "cpu"
workers = 0
log_steps = 1
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stranet.training.loop.draw_curves", lambda out, lines: False)  # slow to load
    Path("small.toml").write_text(SMALL)


@pytest.fixture
def refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs the command; returns its one line of complaint."""

    def run(*words: str) -> str:
        before = sorted(tmp_path.rglob("*"))
        assert main(["train", *words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before, "something was written"
        return captured.err.removeprefix("stranet: error: ").rstrip("\n")

    return run


def test_trains_stops_and_resumes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "small.toml", "--out", "run", "--steps", "1", "--learning-rate", "1e-3"]) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "stranet: stopped after step 1 of 2; go on with: stranet train --resume run"
    assert load_config(Path("run/config.toml"), TrainConfig).learning_rate == 1e-3

    assert main(["train", "--resume", "run"]) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "stranet: trained 2 steps; the weights are in run/weights.safetensors"
    assert Path("run/weights.safetensors").is_file()
    assert [line["step"] for line in read_lines(Path("run/metrics.jsonl")) if "terms" in line] == [1, 2]

    assert main(["train", "--resume", "run", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_options_count_more_than_the_file() -> None:
    words = "--batch 8 small.toml --images a b.tar --stages alignment 3 joint 4 --weights.style 0.5 --log-steps 7"
    recipe = read_command(words.split()).recipe
    file = load_config(Path("small.toml"), TrainConfig)
    assert (recipe.batch, recipe.size) == (8, 32)
    assert recipe.data.images == (Path("a"), Path("b.tar"))
    assert recipe.stages == (("alignment", 3), ("joint", 4))
    assert (recipe.weights.style, recipe.weights.align) == (0.5, file.weights.align)
    assert (recipe.running.log_steps, recipe.running.workers) == (7, 0)


@pytest.mark.parametrize(
    ("written", "word", "expected"), [("true", "--no-overfit", False), ("false", "--overfit", True)]
)
def test_yes_and_no_whatever_the_file_says(written: str, word: str, expected: bool) -> None:
    Path("c.toml").write_text(f"overfit = {written}\n")
    assert read_command(["c.toml", word]).recipe.overfit is expected


def test_resume_takes_the_config_of_the_folder_even_when_it_was_moved() -> None:
    Path("moved").mkdir()
    save_config(Path("moved/config.toml"), TrainConfig(out=Path("elsewhere"), seed=9))
    recipe = read_command(["--resume", "moved", "--workers", "3"]).recipe
    assert (recipe.out, recipe.seed, recipe.running.workers) == (Path("moved"), 9, 3)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", "missing: CONFIG, or --resume OUT; see stranet train --help"),
        ("none.toml", "none.toml: there is no such file"),
        ("--resume none", "none is not the folder of a training: there is no none/config.toml"),
        ("small.toml --resume none", "give small.toml or --resume none, not both"),
        ("small.toml --imagse x", "unknown option: --imagse, x; did you mean --images?; see stranet train --help"),
        ("small.toml --batch many", "--batch is 'many', but must be a whole number; see stranet train --help"),
        ("small.toml --batch 0", "batch is 0, but must be at least 1"),
        ("small.toml --steps 0", "steps is 0, but must be above 0"),
        ("small.toml --minutes -1", "minutes is -1.0, but must be above 0"),
        ("small.toml --images nowhere", "nowhere: there is no such file or folder; check the path"),
        ("small.toml --silhouettes n.tar", "n.tar: there is no such file; check the path"),
        ("small.toml --init none.safetensors", "none.safetensors: cannot be read (No such file or directory)"),
        ("small.toml --out full", "full exists, but is not the folder of a training; give another --out"),
        ("wrong.toml", "wrong.toml: unknown key bacth = 4; did you mean batch?"),
    ],
)
def test_mistakes_take_one_line(refuses: Callable[..., str], words: str, line: str) -> None:
    Path("wrong.toml").write_text("bacth = 4")
    Path("full").mkdir()
    Path("full/thesis.tex").touch()
    assert refuses(*words.split()).startswith(line)


def test_another_training_in_the_folder(refuses: Callable[..., str]) -> None:
    Path("run").mkdir()
    save_config(Path("run/config.toml"), load_config(Path("small.toml"), TrainConfig))
    line = refuses("small.toml", "--out", "run", "--seed", "5")
    assert line == "run holds a training of another configuration (it differs in seed); give another --out"


def test_an_interrupted_training_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(config: TrainConfig, *, progress: Callable[[Progress], None], **_: Any) -> Run:
        progress(Progress("temporal", 7, 20, float("nan"), float("nan")))
        return Run(config.out, 7, 20, True, {})

    monkeypatch.setattr("stranet.training.loop.train", train)
    assert main(["train", "small.toml", "--quiet"]) == 130
    line = "stranet: interrupted after step 7 of 20; go on with: stranet train --resume runs/train\n"
    assert capsys.readouterr().err == line


def test_a_second_interruption_ends_with_130_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(*_: Any, **__: Any) -> Run:
        raise KeyboardInterrupt

    monkeypatch.setattr("stranet.training.loop.train", train)
    assert main(["train", "small.toml"]) == 130
    assert capsys.readouterr().err == "stranet: broken off; go on with: stranet train --resume runs/train\n"


def test_help_names_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    for option in ("CONFIG", "--resume", "--images", "--stages", "--precision", "--weights.hole-visible", "--model."):
        assert option in text
