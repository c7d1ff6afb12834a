"""Means over squares: of every square of a grid, and around every position.

On the CPU OpenCV is many times as fast as PyTorch's pooling, and differs in the last bits only.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SMALL = 24 * 24
"""Below so many positions a call for every plane costs more than it saves."""


def block_mean(planes: Tensor, side: int) -> Tensor:
    """(..., C, h, w) of any size -> (..., C, ceil(h/side), ceil(w/side)), mean over squares, cut off at the edge."""
    if side == 1:
        return planes
    height, width = planes.shape[-2:]
    if height * width < SMALL or not suits_opencv(planes):
        whole = planes.reshape(-1, *planes.shape[-3:])
        means = F.avg_pool2d(whole, side, ceil_mode=True, count_include_pad=False)
        return means.view(*planes.shape[:-2], *means.shape[-2:])
    source = planes.detach().reshape(-1, *planes.shape[-2:]).numpy()  # (N, h, w)
    rows, columns = -(-height // side), -(-width // side)
    if (beyond := (rows * side - height, columns * side - width)) != (0, 0):
        whole = np.empty((len(source), rows * side, columns * side), np.float32)
        whole[:, :height, :width], whole[:, height:], whole[:, :, width:] = source, 0, 0
        source = whole
    # In one call: planes below each other, of which no square touches two.
    means = _whole_squares(np.ascontiguousarray(source).reshape(-1, columns * side), side)
    means = means.reshape(len(source), rows, columns)
    for edge, missing in zip((means[:, -1:], means[:, :, -1:]), beyond, strict=True):
        if missing:  # sums, over what there is of the square
            np.divide(edge * side, side - missing, out=edge)
    return torch.from_numpy(means).view(*planes.shape[:-2], *means.shape[-2:])


def _whole_squares(plane: np.ndarray, side: int) -> np.ndarray:
    """(h, w), multiples of the side -> (h/side, w/side); by halves as long as that goes, which OpenCV is fastest at."""
    while side > 1:
        step = 2 if side % 2 == 0 else side
        size = plane.shape[1] // step, plane.shape[0] // step
        plane, side = cv2.resize(plane, size, interpolation=cv2.INTER_AREA), side // step
    return plane


def box_mean(planes: Tensor, window: int) -> Tensor:
    """(..., C, h, w) -> the same shape, mean over a square of odd side around every position, the edge replicated."""
    if not suits_opencv(planes):
        whole = planes.reshape(-1, *planes.shape[-3:])
        padded = F.pad(whole, (window // 2,) * 4, mode="replicate")
        means = F.avg_pool2d(F.avg_pool2d(padded, (window, 1), 1), (1, window), 1)
        return means.view(planes.shape)
    source = planes.detach().reshape(-1, *planes.shape[-2:]).numpy()
    means = np.empty(source.shape, np.float32)
    for plane, place in zip(source, means, strict=True):
        cv2.blur(plane, (window, window), dst=place, borderType=cv2.BORDER_REPLICATE)
    return torch.from_numpy(means).view(planes.shape)


def suits_opencv(planes: Tensor) -> bool:
    """Whether values may leave PyTorch: on the CPU, in float32, and nobody asks for a gradient."""
    learning = planes.requires_grad and torch.is_grad_enabled()
    return planes.device.type == "cpu" and planes.dtype == torch.float32 and not learning
