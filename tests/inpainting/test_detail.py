"""Sampling at full resolution."""

from __future__ import annotations

import numpy as np

from stranet.geometry.scale import Scale
from stranet.inpainting.detail import sample_again, sample_reference
from stranet.inpainting.window import WindowFrame
from stranet.types import Picture, Size
from textures import texture


def contrasts(sample) -> list[float]:
    """Of the middle of a texture, sampled half a pixel to the left and to the right in turn, again and again."""
    height, width = 64, 96
    rgb, hole = texture(height, width), np.zeros((height, width), bool)
    grid = np.stack(np.broadcast_arrays(*np.meshgrid(np.arange(width), np.arange(height)))).astype(np.float32)
    found = []
    for turn in range(60):
        found.append(float(rgb[20:-20, 20:-20].std()))
        frame = WindowFrame(turn, Picture(rgb), hole, Scale(Size(width, height), 1))
        rgb = sample(frame, grid + np.float32(0.5 if turn % 2 else -0.5)).rgb
    return found


def test_what_is_sampled_again_and_again_grows_no_pattern() -> None:
    steady = contrasts(sample_again)
    assert max(steady) <= steady[0] + 0.5
    assert contrasts(sample_reference)[-1] > 1.5 * steady[-1], "the cubic kernel alone rings"
