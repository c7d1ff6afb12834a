"""Output of other systems in the same tables, and the input that they are given."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.errors import ConfigError
from stranet.evaluation.command import evaluate
from stranet.evaluation.options import EvaluateOptions
from stranet.evaluation.protocol import BLANK

from .conftest import write_clip


@pytest.fixture
def options(data: Path, tmp_path: Path):
    def make(**changes) -> EvaluateOptions:
        defaults = {"data": data, "out": tmp_path / "out", "sizes": ("96x64",), "methods": ("telea",)}
        return EvaluateOptions(**{**defaults, **changes})

    return make


@pytest.fixture
def other(case, tmp_path: Path) -> Path:
    """The truth itself: once as a folder of pictures, once as a video, longer than the case."""
    from stranet.types import Size

    folder = tmp_path / "other"
    (folder / "still").mkdir(parents=True)
    for index, frame in enumerate(case("still").cut(Size(96, 64), 30).truth):
        cv2.imwrite(str(folder / f"still/{index:05d}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    truth = case("slide").cut(Size(96, 64), 30).truth
    write_clip(folder / "slide.mkv", [*truth, truth[-1]])
    return folder


def table(out: Path) -> dict:
    return json.loads((out / "96x64/table.json").read_text())["methods"]


def test_folders_and_videos_stand_in_the_table(options, other, capsys):
    chosen = options(predictions=(other,), name=("oracle",))
    assert evaluate(chosen) == 0
    assert "still oracle: 5 frames, given" in capsys.readouterr().err
    cases = table(chosen.out)["oracle"]["cases"]
    assert cases["still"]["hole_psnr"] == cases["slide"]["hole_psnr"] == 100
    assert cases["still"]["seconds_per_frame"] is None


def test_given_frames_alone_are_enough(options, other):
    assert evaluate(options(methods=(), predictions=(other,), name=("oracle",))) == 0


def test_a_folder_per_size_counts_first(options, other, capsys):
    shutil.copytree(other / "still", other / "96x64/still")
    for picture in (other / "96x64/still").iterdir():
        cv2.imwrite(str(picture), np.zeros((64, 96, 3), np.uint8))
    chosen = options(predictions=(other,), name=("dark",), only=("still",))
    evaluate(chosen)
    assert table(chosen.out)["dark"]["cases"]["still"]["outside"] > 50


def test_changed_files_are_refused(options, other):
    chosen = options(predictions=(other,), name=("oracle",))
    evaluate(chosen)
    cv2.imwrite(str(other / "still/00001.png"), np.zeros((64, 96, 3), np.uint8))
    with pytest.raises(ConfigError, match="differs in given"):
        evaluate(chosen)


@pytest.mark.parametrize(
    ("break_it", "changes", "message"),
    [
        (lambda other: shutil.rmtree(other / "still"), {}, "has no output for case still: neither still nor"),
        (lambda other: (other / "still/00004.png").unlink(), {}, r"still: 4 frames, but case still has 5"),
        (lambda other: None, {"name": ("../out",)}, "name is '../out', but must be a plain word"),
        (lambda other: None, {"name": ("telea",)}, "two methods share a name"),
        (lambda other: shutil.rmtree(other), {}, "there is no such folder of predictions"),
    ],
)
def test_what_does_not_fit_is_named(options, other, break_it, changes, message):
    break_it(other)
    with pytest.raises(ConfigError, match=message):
        evaluate(options(**{"predictions": (other,), "name": ("oracle",), **changes}))


def test_frames_of_another_size_are_refused(options, other):
    for picture in (other / "still").iterdir():
        cv2.imwrite(str(picture), np.zeros((32, 48, 3), np.uint8))
    with pytest.raises(ConfigError, match="frames are 48x32 of 8 bits, but the case is 96x64"):
        evaluate(options(predictions=(other,), name=("oracle",)))


def test_names_and_folders_must_pair(options, other):
    with pytest.raises(ConfigError, match="1 --predictions and 0 --name"):
        options(predictions=(other,))


def test_export_shows_everything_but_the_truth(options, case, tmp_path, capsys):
    from stranet.types import Size

    assert evaluate(options(export=tmp_path / "input")) == 0
    assert "input/96x64/slide: 4 frames" in capsys.readouterr().out
    cut = case("slide").cut(Size(96, 64), 30)
    for index, (truth, hole) in enumerate(zip(cut.truth, cut.holes, strict=True)):
        frame = cv2.cvtColor(cv2.imread(str(tmp_path / f"input/96x64/slide/frames/{index:05d}.png")), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(str(tmp_path / f"input/96x64/slide/masks/{index:05d}.png"), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(mask > 0, hole)
        np.testing.assert_array_equal(frame[~hole], truth[~hole])
        assert (frame[hole] == BLANK).all()
    assert not (tmp_path / "out").exists()
