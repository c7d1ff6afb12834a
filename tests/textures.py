"""Pictures with detail at every scale, as something to look at, move and hide."""

from __future__ import annotations

import cv2
import numpy as np


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width, 3) uint8: smooth random colours with octaves of finer and fainter detail."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for cell, strength in ((32, 60), (16, 40), (8, 30), (4, 25), (2, 10)):
        coarse = rng.uniform(-1, 1, (height // cell + 2, width // cell + 2, 3)).astype(np.float32)
        picture += strength * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + picture, 0, 255).astype(np.uint8)


def psnr(one: np.ndarray, other: np.ndarray, where: np.ndarray | None = None) -> float:
    """Decibels between two pictures of one integer type, over (H, W) bool ``where``."""
    difference = one.astype(np.float64) - other.astype(np.float64)
    if where is not None:
        difference = difference[where]
    return float(20 * np.log10(np.iinfo(one.dtype).max / max(np.sqrt((difference**2).mean()), 1e-9)))
