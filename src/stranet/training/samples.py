"""Strips to look at: what went in, what came out and its references, the truth, and where it was copied from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from stranet.errors import ConfigError
from stranet.training.stages import Stage
from stranet.training.validate import HeldOut

ROWS = 4
"""Clips of every kind in a picture."""
GAP = 4
"""White pixels between pictures."""
HOLE = (1.0, 0.0, 1.0)
"""Colour of what is missing."""


@torch.inference_mode()
def write_samples(out: Path, step: int, stage: Stage, held_out: HeldOut, device: torch.device) -> None:
    """Write OUT/samples/STEP-KIND.png: a row per clip; a stage that makes no pictures writes none.

    Raises:
        ConfigError: The picture cannot be written.
    """
    for kind, batches in held_out.items():
        rows: list[np.ndarray] = []
        for batch in batches():
            batch = batch.to(device)
            shown = stage.show(batch)
            if shown is None:
                return
            truth = batch.image[:, 0]
            missing = torch.where(shown.where, truth.new_tensor(HOLE)[:, None, None], truth)
            source = torch.where(shown.where, shown.source, truth / 3)
            rows += [strip(*cells) for cells in zip(missing, *shown.images.values(), truth, source, strict=True)]
            if len(rows) >= ROWS:
                break
        path = out / "samples" / f"{step:08d}-{kind}.png"
        path.parent.mkdir(exist_ok=True)
        if rows and not cv2.imwrite(str(path), np.concatenate(rows[:ROWS])):
            raise ConfigError(f"{path}: cannot be written; check the folder and the space on the disk")


def strip(*pictures: Tensor) -> np.ndarray:
    """(3, H, W) in [0, 1] each -> (H + gap, N * (W + gap), 3) uint8 BGR, side by side."""
    cells = [
        cv2.copyMakeBorder(_to_bgr(picture), 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255))
        for picture in pictures
    ]
    return np.concatenate(cells, axis=1)


def _to_bgr(picture: Tensor) -> np.ndarray:
    pixels = (picture.float().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
