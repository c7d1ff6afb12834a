from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.errors import ConfigError
from stranet.evaluation.command import evaluate
from stranet.evaluation.options import EvaluateOptions
from stranet.evaluation.removal import load_removal
from stranet.evaluation.temporal import own_warp_error
from stranet.types import Size

from .conftest import write_clip


@pytest.fixture
def removal(tmp_path: Path, clips, silhouettes) -> Path:
    """One clip of images with masks of its size, one video with masks at half size."""
    folder = tmp_path / "removal"
    for name in ("pictures/frames", "pictures/masks", "film/masks"):
        (folder / name).mkdir(parents=True)
    for index, (frame, hole) in enumerate(zip(clips["still"], silhouettes, strict=True)):
        cv2.imwrite(str(folder / f"pictures/frames/{index}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(folder / f"pictures/masks/{index}.png"), hole.astype(np.uint8) * 255)
        cv2.imwrite(str(folder / f"film/masks/{index}.png"), hole[::2, ::2].astype(np.uint8) * 255)
    write_clip(folder / "film/video.mkv", clips["slide"])
    return folder


def test_both_layouts_are_read_and_masks_grow(removal, clips, silhouettes):
    film, pictures = load_removal(removal)
    assert (film.name, film.size, pictures.name) == ("film", Size(96, 64), "pictures")
    cut = pictures.cut(Size(96, 64), 4)
    assert not cut.has_truth
    assert len(cut.truth) == len(cut.holes) == 4
    np.testing.assert_array_equal(cut.truth[1], clips["still"][1])
    grown = cv2.dilate(silhouettes[1].astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) > 0
    np.testing.assert_array_equal(cut.holes[1], grown)  # by one pixel at this size
    assert film.cut(Size(96, 64), 2).holes[0].sum() > silhouettes[0].sum()


def test_they_get_temporal_figures_and_nothing_that_needs_truth(data, removal, tmp_path, capsys):
    options = EvaluateOptions(
        data, sizes=("96x64",), count=3, methods=("telea",), removal=removal, out=tmp_path / "out", strips=True
    )
    assert evaluate(options) == 0
    assert "real removal, mean over the clips" in capsys.readouterr().out
    content = json.loads((tmp_path / "out/removal/96x64/table.json").read_text())["methods"]["telea"]
    assert content["mean"]["warp"] > 0
    assert content["mean"]["hole_psnr"] is content["mean"]["psnr"] is None
    assert content["mean"]["outside"] == 0
    assert (tmp_path / "out/removal/96x64/strips/film.png").is_file()


def test_own_warping_error_in_closed_form(clips):
    frame = clips["still"][0]
    hole = np.zeros(frame.shape[:2], bool)
    hole[20:40, 30:60] = True
    assert own_warp_error(frame, frame, hole) == pytest.approx(0, abs=1e-6)
    grey, bright = np.full_like(frame, 100), np.full_like(frame, 151)
    assert own_warp_error(bright, grey, hole) == pytest.approx(0.2**2 * 1000)


def test_bad_folders_are_named(removal, tmp_path):
    with pytest.raises(ConfigError, match="there is no such folder of clips"):
        load_removal(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no clip"):
        load_removal(tmp_path / "empty")
    for mask in (removal / "film/masks").iterdir():
        mask.unlink()
    (removal / "film/masks").rmdir()
    with pytest.raises(ConfigError, match="has frames but no masks"):
        load_removal(removal)
