"""Every example runs, and says what its text promises."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from stranet.video.images import write_png
from stranet.video.reader import open_video
from tiny_clip import FRAMES, make_clip

EXAMPLES = Path(__file__).parents[1] / "examples"
TESTED = {"inpaint_file", "own_arrays", "mask_from_boxes", "verify_result"}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("film") / "film.mp4", size=(160, 90))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hole = np.zeros((90, 160), np.uint8)
    hole[40:56, 60:80] = 255
    write_png(path := tmp_path_factory.mktemp("box") / "box.png", hole)
    return path


def test_every_example_is_tested() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == TESTED


def test_inpaint_file(film: Path, box: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load("inpaint_file").main(str(film), str(box), str(tmp_path / "out.mp4"))
    assert f"{FRAMES} frames, " in capsys.readouterr().out
    with open_video(tmp_path / "out.mp4") as result:
        assert len(list(result)) == FRAMES


def test_own_arrays() -> None:
    example = load("own_arrays")
    filled = list(example.fill())
    assert len(filled) == example.COUNT
    for index, frame in enumerate(filled):
        given, hole = example.picture(index)
        assert np.array_equal(frame[~hole], given[~hole])
        assert frame[hole].astype(int)[:, 2].mean() > 60  # the wall is never red


def test_mask_from_boxes(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load("mask_from_boxes").main(str(film), str(tmp_path / "out.mp4"))
    assert (
        capsys.readouterr().out
        == f"160x90, {FRAMES} frames, h264\n{FRAMES} of {FRAMES} frames had something to remove\n"
    )


def test_verify_result(film: Path, box: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load("verify_result").main(str(film), str(box), str(tmp_path / "out.mkv"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0 of ")
    assert lines[1:] == ["frames, times, tags and tracks are the same"]
