"""Every recipe in configs/ loads, holds differences only, and the smallest trains."""

from __future__ import annotations

import json
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from stranet.config import load_config, save_config
from stranet.errors import ConfigError
from stranet.training.config import PROCEDURAL, DataPaths, Running, TrainConfig
from stranet.training.distributed import join_processes
from stranet.training.loop import train
from stranet.training.parts import make_parts

FOLDER = Path(__file__).parents[2] / "configs"
RECIPES = sorted(FOLDER.glob("*.toml"))


def load(name: str) -> TrainConfig:
    return load_config(FOLDER / f"{name}.toml", TrainConfig)


def test_all_are_there() -> None:
    assert {path.stem for path in RECIPES} >= {"tiny", "stanet", "paper"}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipe_loads_and_survives_saving(path: Path, tmp_path: Path) -> None:
    config = load_config(path, TrainConfig)
    save_config(tmp_path / "again.toml", config)
    assert load_config(tmp_path / "again.toml", TrainConfig) == config


def test_recipes_are_what_they_say() -> None:
    paper = load("paper")
    assert (paper.size, paper.batch, paper.references) == (512, 40, 4)
    assert paper.steps * paper.batch == pytest.approx(10 * (1.8e6 + 33.7e3), rel=0.01)
    assert paper.features == "vgg16"
    stanet = load("stanet")
    assert (stanet.size, stanet.batch) == (256, 4)
    assert [name for name, _ in stanet.stages] == ["alignment", "temporal", "spatial"]
    assert load("tiny").data == DataPaths()


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_paths_are_to_be_replaced(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8")).get("data", {})
    for key in ("images", "silhouettes", "clips"):
        assert all(not Path(place).is_absolute() for place in data.get(key, []))


def test_each_stage_of_the_network_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step of every stage, on 32x32."""
    monkeypatch.setattr("stranet.training.loop.draw_curves", lambda out, lines: False)  # slow to load
    config = replace(
        load("tiny"),
        out=tmp_path / "run",
        stages=(("alignment", 1), ("temporal", 1), ("spatial", 1), ("joint", 1)),
        size=32,
        batch=1,
        validation_clips=1,
        running=Running(device="cpu", workers=0),
    )
    assert train(config).finished
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    figures = summary["figures"]
    assert figures.keys() == {"alignment", "temporal", "spatial", "joint"}
    assert "psnr_result" in figures["joint"]["synthetic"]
    assert (tmp_path / "run" / "weights.safetensors").is_file()


def test_batches_are_of_the_asked_size() -> None:
    config = replace(load("tiny"), size=32, running=Running(device="cpu", workers=0))
    with join_processes("cpu") as processes:
        (batch,) = list(make_parts(config).batches(range(3, 4), processes))
    assert batch.image.shape == (2, 3, 3, 32, 32)


def test_initial_weights_come_from_a_file(tmp_path: Path) -> None:
    config = replace(load("tiny"), size=32)
    parts = make_parts(config)
    parts.export(parts.model, tmp_path / "w.safetensors", {})
    again = make_parts(replace(config, init=tmp_path / "w.safetensors", seed=5)).model
    for name, tensor in parts.model.state_dict().items():
        assert again.state_dict()[name].equal(tensor.half().float()), name

    other = replace(config.model, temporal=replace(config.model.temporal, fine=4))
    with pytest.raises(ConfigError, match=r"another model config; it differs in temporal\.fine"):
        make_parts(replace(config, init=tmp_path / "w.safetensors", model=other))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": ()}, "stages is empty"),
        ({"stages": (("temporal", 0),)}, "stages holds 'temporal' with 0 steps"),
        ({"stages": (("temporl", 9),)}, "stages holds 'temporl'"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0, but must be above 0"),
        ({"ema": 1.5}, "ema is 1.5, but must lie between 0 and 1"),
        ({"batch": 0}, "batch is 0, but must be at least 1"),
        ({"size": 8}, "size is 8, but must be at least 32"),
    ],
)
def test_values_out_of_range(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(TrainConfig(), **change)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real_share": 2.0}, "real_share is 2.0, but must lie between 0 and 1"),
        ({"images": (PROCEDURAL, Path("more"))}, "images is procedural, more, but must be .* procedural alone"),
        ({"silhouettes": ()}, "silhouettes is empty, but must be folders or .tar files"),
    ],
)
def test_data_that_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        DataPaths(**change)  # pyright: ignore[reportArgumentType]


@pytest.mark.slow
def test_tiny_trains_in_two_minutes(tmp_path: Path) -> None:
    start = time.monotonic()
    assert train(replace(load("tiny"), out=tmp_path / "run")).finished
    assert time.monotonic() - start < 120
