"""SAM 2 and Cutie through packages that only look like them: what is handed over, and what is made of the answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from moving_things import Scene, scene

from stranet.errors import ConfigError
from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt
from stranet.tracking.sam2 import STRETCH
from stranet.tracking.trackers import make_tracker


class Predictor:
    """Sees red discs; counts what it is asked."""

    def __init__(self) -> None:
        self.stretches: list[int] = []
        self.given: list[dict[str, Any]] = []

    def init_state(self, video_path: str, offload_video_to_cpu: bool) -> Any:
        files = sorted(Path(video_path).iterdir())
        assert [file.name for file in files] == [f"{number:05d}.jpg" for number in range(len(files))]
        assert offload_video_to_cpu
        self.stretches.append(len(files))
        return SimpleNamespace(frames=[cv2.imread(str(file)) for file in files])

    def add_new_mask(self, state: Any, frame_idx: int, obj_id: int, mask: np.ndarray) -> None:
        assert mask.dtype == bool
        state.mask = mask

    def add_new_points_or_box(self, inference_state: Any, frame_idx: int, obj_id: int, **marks: Any) -> Any:
        self.given.append(marks)
        return frame_idx, [obj_id], _reddish(inference_state.frames[0])

    def propagate_in_video(self, state: Any) -> Iterator[Any]:
        for number, frame in enumerate(state.frames):
            yield number, [1], _reddish(frame)


def _reddish(bgr: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(bgr[..., 2].astype(np.float32) - bgr[..., 0] - 60)[None, None] / 10


@pytest.fixture
def made() -> Scene:
    return scene(10)


@pytest.fixture
def sam2(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    calls = SimpleNamespace(predictor=Predictor(), built=[])

    def build(config: str, weights: str, device: str) -> Predictor:
        calls.built.append((config, weights))
        return calls.predictor

    package, module = ModuleType("sam2"), ModuleType("sam2.build_sam")
    module.build_sam2_video_predictor = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sam2", package)
    monkeypatch.setitem(sys.modules, "sam2.build_sam", module)
    return calls


def test_sam2_follows_and_outlines(made: Scene, sam2: SimpleNamespace, tmp_path: Path) -> None:
    weights = tmp_path / "sam2.1_hiera_tiny.pt"
    weights.touch()
    tracker = make_tracker(TrackOptions(tracker="sam2", tracker_weights=weights))
    assert sam2.built == [("configs/sam2.1/sam2.1_hiera_t.yaml", str(weights))]
    with made.spool() as frames:
        found = list(tracker.follow(frames, range(9, -1, -1), made.holes[9]))
        prompt = Prompt(box=(1, 2, 30, 40), points=((5, 6),), not_points=((7, 8),))
        tracker.segment(frames, made.shot, 3, [prompt], None)
    assert len(found) == 9
    assert sam2.predictor.stretches == [10, 1]
    (marks,) = sam2.predictor.given
    assert marks["box"].tolist() == [1, 2, 31, 42]
    assert marks["points"].tolist() == [[5, 6], [7, 8]]
    assert marks["labels"].tolist() == [1, 0]


def test_sam2_never_holds_more_than_a_stretch(sam2: SimpleNamespace, tmp_path: Path) -> None:
    weights = tmp_path / "sam2.1_hiera_tiny.pt"
    weights.touch()
    tracker = make_tracker(TrackOptions(tracker="sam2", tracker_weights=weights))
    long = scene(3)
    with long.spool() as frames:
        count = STRETCH + 20

        class Repeated:
            size = frames.size

            def __len__(self) -> int:
                return count

            def __getitem__(self, index: int) -> np.ndarray:
                return frames[index % 3]

        found = list(tracker.follow(Repeated(), range(count), long.holes[0]))
    assert len(found) == count - 1
    assert sam2.predictor.stretches == [STRETCH + 1, 20]


def test_sam2_needs_weights_and_their_kind(sam2: SimpleNamespace, tmp_path: Path) -> None:
    own = tmp_path / "mine.pt"
    own.touch()
    for options, message in (
        ({}, "give its weights"),
        ({"tracker_weights": tmp_path / "none.pt"}, "no such weights file"),
        ({"tracker_weights": own}, "--tracker-config"),
    ):
        with pytest.raises(ConfigError, match=message):
            make_tracker(TrackOptions(tracker="sam2", **options))
    make_tracker(TrackOptions(tracker="sam2", tracker_weights=own, tracker_config="mine.yaml"))
    assert sam2.built == [("mine.yaml", str(own))]
