"""Features of a picture of any size, all at one resolution: pictures in and arrays out, so callers need no torch."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from stranet.photo.network import STEP, PhotoNetwork
from stranet.photo.weights import embedded_photo_network

PIXELS = 224 * 224
"""The network sees pictures at about so many pixels, as in its training; 18 ms of one core."""


def photo_features(rgb: NDArray[np.uint8], network: PhotoNetwork | None = None) -> NDArray[np.float32]:
    """Fine and coarse features side by side.

    Args:
        rgb: (H, W, 3), at least a pixel.
        network: None = the one that comes with the package.

    Returns:
        (h, w, 176) at a quarter of the resolution that the network sees, about 56x56 for a square; neither centred nor
        scaled.

    Raises:
        WeightsError: the weights of the package are missing or damaged.
    """
    network = network or embedded_photo_network()
    height, width = rgb.shape[:2]
    scale = (PIXELS / (height * width)) ** 0.5
    size = tuple(max(STEP, STEP * round(side * scale / STEP)) for side in (width, height))
    seen = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    with torch.inference_mode():
        image = torch.from_numpy(seen.astype(np.float32) / 255).permute(2, 0, 1)[None]
        maps = [each[0].permute(1, 2, 0).contiguous().numpy() for each in network(image)]
    quarter = maps[0].shape[1], maps[0].shape[0]
    return np.concatenate([cv2.resize(each, quarter, interpolation=cv2.INTER_LINEAR) for each in maps], -1)
