"""The small copy of one frame: everything that alignment and attention see of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from stranet.device import sent
from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import Scale
from stranet.pages import on_own_pages
from stranet.types import Box, HoleArray, RgbArray

CUBIC_TAPS = 2
"""A cubic sample reads this many pixels to each side: so close to its own hole a reference shows nothing."""


@dataclass(slots=True)
class LowFrame:
    """One frame at low resolution."""

    rgb: np.ndarray
    """(h, w, 3) float16 in [0, 1]: half the memory, exact to a tenth of an 8-bit level. Inside the hole a smooth
    guess, so that flow does not see the edge of a blank."""
    visible: HoleArray
    """(h, w) bool: no pixel of this square is missing."""
    offered: HoleArray
    """(h, w) bool: visible, and no cubic sample within this square reads the hole: what it can give
    full-resolution detail of."""
    gray: np.ndarray
    """(h, w) uint8 luma of ``rgb``, for optical flow."""

    @classmethod
    def of(cls, rgb: RgbArray, hole: HoleArray | None, scale: Scale) -> LowFrame:
        """Shrink an (H, W, 3) frame with its (H, W) hole; nothing under the hole reaches the result."""
        low = scale.down(rgb)
        visible = offered = np.ones(low.shape[:2], bool)
        if hole is not None:
            visible, offered = scale.down_visible(hole), scale.down_visible(cubic_reach(hole).view(bool))
            planes = torch.from_numpy(low).permute(2, 0, 1)[None]
            guess = diffuse(planes, torch.from_numpy(visible)[None, None].float())[0].permute(1, 2, 0).numpy()
            low = np.where(visible[..., None], low, guess)
        return cls(*(on_own_pages(part) for part in (low.astype(np.float16), visible, offered, to_gray(low))))

    def planes(self, device: torch.device, part: Box | None = None) -> torch.Tensor:
        """(1, 5, h, w): colour, visible and offered, to be warped together; of all of the frame, or of a part of it."""
        rgb, *maps = (plane if part is None else plane[part.slices] for plane in (self.rgb, self.visible, self.offered))
        planes = torch.empty(5, *rgb.shape[:2])
        planes[:3] = torch.from_numpy(rgb).permute(2, 0, 1)
        planes[3], planes[4] = (torch.from_numpy(plane) for plane in maps)
        return sent(planes[None], device)


def cubic_reach(hole: HoleArray) -> np.ndarray:
    """(H, W) uint8, 1 where a cubic sample would read the hole."""
    side = 2 * CUBIC_TAPS + 1
    return cv2.dilate(hole.view(np.uint8), np.ones((side, side), np.uint8))


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) float in [0, 1] -> (h, w) uint8 luma."""
    return cv2.cvtColor(np.rint(rgb.clip(0, 1) * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
