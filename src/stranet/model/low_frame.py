"""The small copy of one frame: everything that alignment and attention see of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import Scale
from stranet.types import HoleArray, RgbArray


@dataclass(slots=True)
class LowFrame:
    """One frame at low resolution."""

    rgb: np.ndarray
    """(h, w, 3) float32 in [0, 1]; inside the hole a smooth guess, so that flow does not see the edge of a blank."""
    visible: HoleArray
    """(h, w) bool: no pixel of this square is missing."""
    gray: np.ndarray
    """(h, w) uint8 luma of ``rgb``, for optical flow."""

    @classmethod
    def of(cls, rgb: RgbArray, hole: HoleArray, scale: Scale) -> LowFrame:
        """Shrink an (H, W, 3) frame with its (H, W) hole; nothing under the hole reaches the result."""
        low, visible = scale.down(rgb), scale.down_visible(hole)
        if not visible.all():
            planes = torch.from_numpy(low).permute(2, 0, 1)[None]
            guess = diffuse(planes, torch.from_numpy(visible)[None, None].float())[0].permute(1, 2, 0).numpy()
            low = np.where(visible[..., None], low, guess)
        return cls(low, visible, to_gray(low))

    def fill(self, rgb: RgbArray, scale: Scale) -> None:
        """Take the colours of the finished (H, W, 3) frame; ``visible`` stays, for synthesised ranks below seen."""
        self.rgb = scale.down(rgb)
        self.gray = to_gray(self.rgb)


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) float in [0, 1] -> (h, w) uint8 luma."""
    return cv2.cvtColor(np.rint(rgb.clip(0, 1) * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
