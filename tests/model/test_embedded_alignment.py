"""The trained affine and flow branch against motion that is known in closed form."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stranet.geometry.scale import Scale
from stranet.model.affine import AffineRegistration
from stranet.model.low_frame import LowFrame
from stranet.model.pwc import NetworkFlow
from stranet.model.weights import load_model
from stranet.types import Size
from textures import texture

HEIGHT, WIDTH = 180, 320
MOTIONS = {
    "shift": np.float32([[1, 0, 9], [0, 1, -6]]),
    "turn and grow": np.float32([[1.03, -0.04, 3], [0.04, 1.03, -9]]),
    "shear": np.float32([[1, 0.05, -6], [0, 0.98, 4]]),
}


@pytest.mark.parametrize("name", MOTIONS)
def test_both_find_most_of_a_known_motion(name: str) -> None:
    """What each branch leaves is less than a third of it."""
    motion = MOTIONS[name]
    there = texture(HEIGHT, WIDTH, 3)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    here = cv2.warpAffine(there, motion, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT)
    frames = [LowFrame.of(frame, None, Scale(Size(WIDTH, HEIGHT), 1)) for frame in (here, there)]
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    grid = np.stack((x, y, np.ones_like(x)), -1).astype(float)  # (H, W, 3)
    true = grid @ motion.T.astype(float) - grid[..., :2]
    inside = ((grid[..., :2] + true >= 0) & (grid[..., :2] + true < (WIDTH, HEIGHT))).all(-1)
    size = np.linalg.norm(true, axis=-1)[inside].mean()

    with torch.inference_mode():
        model = load_model(needed=("registration", "flow"))
        homography = AffineRegistration(model.affine)(*frames)
        flow = NetworkFlow(model.flow)(frames[0].gray, frames[1].gray)
    assert homography is not None
    found = grid @ homography.T
    affine = found[..., :2] / found[..., 2:] - grid[..., :2]
    for ours in (affine, flow):
        assert np.linalg.norm(ours - true, axis=-1)[inside].mean() < size / 3
