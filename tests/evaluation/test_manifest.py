from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.cli.main import main
from stranet.errors import ConfigError
from stranet.evaluation.manifest import build_manifest
from stranet.evaluation.protocol import load_protocol
from stranet.types import Size


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """Two objects that serve, one that leaves the picture half-way, one that is too small."""
    for name, side, count in (("square", 20, 12), ("block", 30, 12), ("leaves", 20, 12), ("dot", 2, 12)):
        folder = tmp_path / "objects" / name
        folder.mkdir(parents=True)
        for index in range(count):
            picture = np.zeros((64, 96), np.uint8)
            if name != "leaves" or index < 4:
                picture[10 : 10 + side, index : index + side] = 255
            cv2.imwrite(str(folder / f"frame{index}.png"), picture)
    return tmp_path / "objects"


def test_every_clip_is_paired_and_can_be_cut(data, objects, tmp_path):
    path = data / "new.toml"
    assert build_manifest(data / "clips", objects, path, count=5, least=3) == 2
    (data / "manifest.toml").write_text(path.read_text())
    cases = load_protocol(data).cases
    assert [case.name for case in cases] == ["slide", "still"]
    assert len({case.hole for case in cases}) == 2  # each object once before any serves again
    assert "dot" not in {case.hole.name for case in cases}
    for case in cases:
        cut = case.cut(Size(96, 64), 30)
        assert len(cut.truth) == (4 if case.hole.name == "leaves" else 5)
        assert all(hole.any() for hole in cut.holes)


def test_the_same_seed_gives_the_same_manifest(data, objects, tmp_path):
    texts = []
    for seed in (1, 1, 2, 3, 4):
        path = data / f"{len(texts)}.toml"
        build_manifest(data / "clips", objects, path, least=3, seed=seed)
        texts.append(path.read_text())
    assert texts[0] == texts[1]
    assert len(set(texts)) > 2


def test_an_object_that_leaves_is_used_as_long_as_it_is_there(data, objects):
    for name in ("square", "block", "dot"):
        for picture in (objects / name).iterdir():
            picture.unlink()
        (objects / name).rmdir()
    build_manifest(data / "clips", objects, data / "new.toml", least=3)
    assert "hole_start = 0\n" in (data / "new.toml").read_text()
    assert "count = 4\n" in (data / "new.toml").read_text()
    with pytest.raises(ConfigError, match="no folder of at least 5 silhouettes"):
        build_manifest(data / "clips", objects, data / "newer.toml", least=5)


def test_the_command(data, objects, capsys):
    words = ["manifest", "--clips", str(data / "clips"), "--holes", str(objects), "-o", str(data / "new.toml")]
    assert main([*words, "--least", "3"]) == 0
    assert capsys.readouterr().out == f"{data / 'new.toml'}: 2 cases\n"
    assert main(words) == 2
    assert "is there already; choose another place" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("films", "holes", "out", "message"),
    [
        ("none", "objects", "m.toml", "there is no such folder of clips"),
        ("data/clips", "none", "m.toml", "there is no such folder of silhouettes"),
        ("data/clips", "objects", "none/m.toml", "there is no folder .*none; create it first"),
        ("objects/dot", "objects", "m.toml", "holds no clip of at least 30 frames"),
    ],
)
def test_bad_folders_are_named(data, objects, tmp_path, films, holes, out, message):
    with pytest.raises(ConfigError, match=message):
        build_manifest(tmp_path / films, tmp_path / holes, tmp_path / out, least=30 if "dot" in films else 3)
    assert not (tmp_path / out).exists()
