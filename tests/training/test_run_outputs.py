"""What a training leaves beside its weights: log, summary, samples, curves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import pytest
from tiny_training import SIZE, losses

from stranet.training.curves import draw_curves, loss_curves, psnr_curves
from stranet.training.run_log import read_lines


def test_log_and_summary(unbroken: Path) -> None:
    lines = read_lines(unbroken / "metrics.jsonl")
    first = lines[0]
    assert first["stage"] == "temporal"
    assert first["terms"].keys() == {"total", "non_hole"}
    assert first["terms"]["total"] == pytest.approx(6 * first["terms"]["non_hole"], rel=1e-4)
    assert first["gradient"] > 0
    assert 0 <= first["waiting"] <= 1
    assert [line["step"] for line in lines if "validation" in line] == [4, 8]

    summary = json.loads((unbroken / "summary.json").read_text())
    assert summary["finished"]
    assert summary["step"] == 8
    assert summary["parameters"] == {"flow": 2, "temporal": 12, "spatial": 12}
    assert summary["config"]["batch"] == 4
    assert summary["figures"]["spatial"]["synthetic"]["psnr_copy"] == 50.0


def test_samples_are_strips(unbroken: Path) -> None:
    picture = cv2.imread(str(unbroken / "samples" / "00000008-synthetic.png"))
    assert picture is not None
    assert picture.shape == (2 * (SIZE + 4), 5 * (SIZE + 4), 3)  # two clips: missing, result, copy, truth, source
    missing, copied, truth = (picture[:SIZE, cell * (SIZE + 4) :][:, :SIZE] for cell in (0, 2, 3))
    assert (missing[8:16, 8:16] == (255, 0, 255)).all()
    assert (missing[16:] == truth[16:]).all()
    assert (copied == truth).all()


def test_curves_are_drawn(unbroken: Path) -> None:
    assert cv2.imread(str(unbroken / "curves.png")) is not None


def test_curves_need_matplotlib(monkeypatch: pytest.MonkeyPatch, unbroken: Path, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not draw_curves(tmp_path, read_lines(unbroken / "metrics.jsonl"))
    assert not list(tmp_path.iterdir())


def test_curves_hold_what_was_logged(unbroken: Path) -> None:
    lines = read_lines(unbroken / "metrics.jsonl")
    assert loss_curves(lines)["total"] == (list(range(1, 9)), list(losses(unbroken).values()))
    assert psnr_curves(lines)["temporal synthetic psnr_copy"] == ([4], [50.0])
    assert psnr_curves(lines)["spatial synthetic psnr_copy"] == ([8], [50.0])
