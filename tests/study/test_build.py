from __future__ import annotations

import json
import re
from pathlib import Path

import av
import numpy as np
import pytest

from stranet.cli.main import main
from stranet.errors import ConfigError
from stranet.study.build import StudyPlan, build_study

NAMES = ("red", "green", "blue")
COLOURS = {"red": (200, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 200)}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_page_says_nothing_of_the_methods(results, tmp_path):
    assert build_study(StudyPlan(results, NAMES, inputs=results / "input"), tmp_path / "study") == 2
    page = files(tmp_path / "study" / "page")
    assert len(page) == 1 + 2 * 4
    for name, content in page.items():
        for method in (*NAMES, "park", "street"):
            assert method not in name
            assert not re.search(rf"\b{method}\b".encode(), content, re.IGNORECASE)


def test_the_key_knows_whose_every_file_is(results, tmp_path):
    build_study(StudyPlan(results, NAMES), tmp_path / "study")
    key = json.loads((tmp_path / "study/key.json").read_text())
    assert key["methods"] == list(NAMES)
    assert sorted(entry["clip"] for entry in key["tasks"].values()) == ["park", "street"]
    for entry in key["tasks"].values():
        assert sorted(entry["media"].values()) == sorted(NAMES)
        for name, method in entry["media"].items():
            with av.open(str(tmp_path / f"study/page/media/{name}.webm")) as container:
                frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
            assert len(frames) == 3
            assert np.abs(frames[0].mean((0, 1)) - COLOURS[method]).max() < 8


def test_a_seed_gives_the_same_study_and_chance_another(results, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", None), ("d", None)):
        build_study(StudyPlan(results, NAMES, seed=seed), tmp_path / name)
    keys = [(tmp_path / name / "key.json").read_text() for name in "abcd"]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_the_command(results, tmp_path, capsys):
    words = ["study", "build", str(results), "--methods", "red,green", "--clips", "park", "-o", str(tmp_path / "s")]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{tmp_path / 's/page/index.html'}: 1 comparisons of 2 methods\n"
    assert main(words) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["study"]) == 2
    assert "study needs build or tally" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ("red",)}, "name 2 to 6 different ones"),
        ({"methods": ("red", "red")}, "name 2 to 6 different ones"),
        ({"methods": ("red", "pink")}, "has no folder pink; it has blue, green, input, red"),
        ({"clips": ("only-here",)}, "green has no clip only-here"),
        ({"rate": 0}, "rate is 0"),
        ({"inputs": Path("nowhere")}, "nowhere has no clip park"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_left(results, tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        build_study(StudyPlan(**{"results": results, "methods": NAMES, **changes}), tmp_path / "study")
    assert list(tmp_path.iterdir()) == []
