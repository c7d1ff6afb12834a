"""SAM 2 (Ravi et al. 2024) as a tracker: the user's own package and weights behind the same interface.

Frames are handed over as JPEG files, a stretch at a time, because SAM 2 holds every frame of a stretch in memory; each
stretch starts from the last mask of the one before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stranet.errors import ConfigError
from stranet.tracking.outline import find_outline
from stranet.tracking.prompts import Prompt
from stranet.tracking.tracker import FrameStore, Tracked
from stranet.types import HoleArray, Shot

STRETCH = 64
"""Frames that are in memory at a time, about 12 MB each."""
CONFIGS = {
    "sam2.1_hiera_tiny": "configs/sam2.1/sam2.1_hiera_t.yaml",
    "sam2.1_hiera_small": "configs/sam2.1/sam2.1_hiera_s.yaml",
    "sam2.1_hiera_base_plus": "configs/sam2.1/sam2.1_hiera_b+.yaml",
    "sam2.1_hiera_large": "configs/sam2.1/sam2.1_hiera_l.yaml",
}
"""Name of a weights file as it is published -> its configuration inside the package."""


class Sam2Tracker:
    """A `Tracker`.

    Args:
        weights: checkpoint file.
        config: name of its configuration; None = by the name of the file.

    Raises:
        ConfigError: the package is not installed, or the weights do not exist or have a name that tells nothing.
    """

    def __init__(self, weights: Path | None, config: str | None) -> None:
        try:
            build = import_module("sam2.build_sam")
        except ImportError as error:
            raise ConfigError(
                "tracker sam2: the package sam2 is not installed; install it as its authors say, or use the embedded "
                "tracker"
            ) from error
        if weights is None:
            raise ConfigError("tracker sam2: give its weights, such as --tracker-weights sam2.1_hiera_small.pt")
        if not weights.is_file():
            raise ConfigError(f"{weights}: there is no such weights file for sam2")
        config = config or CONFIGS.get(weights.stem)
        if config is None:
            raise ConfigError(
                f"{weights}: which model is this? Give --tracker-config, such as {CONFIGS['sam2.1_hiera_small']}"
            )
        self._torch = import_module("torch")
        device = "cuda" if self._torch.cuda.is_available() else "cpu"
        self._predictor: Any = build.build_sam2_video_predictor(config, str(weights), device=device)

    def segment(
        self, frames: FrameStore, shot: Shot, index: int, prompts: Sequence[Prompt], before: HoleArray | None
    ) -> Tracked:
        """See `Tracker.segment`; masks and brush strokes are left to `find_outline`."""
        boxes = [prompt.box for prompt in prompts if prompt.box is not None]
        drawn = any(prompt.mask is not None or prompt.strokes is not None for prompt in prompts)
        if drawn or before is not None or len(boxes) > 1:
            return find_outline(frames[index], prompts, before)._replace(possible=None)
        points = [point for prompt in prompts for point in prompt.points]
        others = [point for prompt in prompts for point in prompt.not_points]
        marks: dict[str, Any] = {}
        if boxes:
            x, y, width, height = boxes[0]
            marks["box"] = np.array((x, y, x + width, y + height), np.float32)
        if points or others:
            marks["points"] = np.array([*points, *others], np.float32)
            marks["labels"] = np.array([1] * len(points) + [0] * len(others), np.int32)
        with tempfile.TemporaryDirectory(prefix="stranet-") as folder, self._torch.inference_mode():
            state = self._state(frames, range(index, index + 1), Path(folder))
            _, _, logits = self._predictor.add_new_points_or_box(inference_state=state, frame_idx=0, obj_id=1, **marks)
            return Tracked((logits[0, 0] > 0).cpu().numpy(), 1.0)

    def follow(self, frames: FrameStore, order: range, hole: HoleArray) -> Iterator[Tracked]:
        """See `Tracker.follow`."""
        for start in range(0, len(order) - 1, STRETCH):
            stretch = order[start : start + STRETCH + 1]
            if not hole.any():  # nothing to go on from
                yield from (Tracked(np.zeros_like(hole), 0.0) for _ in stretch[1:])
                continue
            with tempfile.TemporaryDirectory(prefix="stranet-") as folder, self._torch.inference_mode():
                state = self._state(frames, stretch, Path(folder))
                self._predictor.add_new_mask(state, frame_idx=0, obj_id=1, mask=hole)
                for number, _, logits in self._predictor.propagate_in_video(state):
                    if number:
                        odds = logits[0, 0].float().cpu().numpy()
                        hole = odds > 0
                        yield Tracked(hole, _confidence(odds))

    def _state(self, frames: FrameStore, stretch: range, folder: Path) -> Any:
        for number, index in enumerate(stretch):
            picture = cv2.cvtColor(frames[index], cv2.COLOR_RGB2BGR)
            _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
            (folder / f"{number:05d}.jpg").write_bytes(encoded.tobytes())
        return self._predictor.init_state(video_path=str(folder), offload_video_to_cpu=True)


def _confidence(odds: np.ndarray) -> float:
    """Mean probability of what is taken for the object; 0 where nothing is."""
    inside = odds[odds > 0]
    return float((1 / (1 + np.exp(-inside))).mean()) if inside.size else 0.0
