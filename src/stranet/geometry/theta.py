"""Affine motion in normalised coordinates, as tensors that carry gradients.

Convention: theta (B, 2, 3), target -> reference, ``align_corners=False``: in a frame of width w the pixel centre x lies
at ``(2 * x + 1) / w - 1``, so that the frame spans [-1, 1] whatever its size. Pixel positions have their centres at
integers, in (x, y) order. Target and reference have one size.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def identity_theta(batch: int, device: torch.device | None = None) -> Tensor:
    """(batch, 2, 3) float32: no motion."""
    return torch.eye(2, 3, device=device).repeat(batch, 1, 1)


def compose_theta(second: Tensor, first: Tensor) -> Tensor:
    """The (B, 2, 3) motion that applies ``first`` and then ``second``."""
    return _product(second, _square(first))


def theta_homography(theta: Tensor, height: int, width: int) -> Tensor:
    """(B, 2, 3) theta -> (B, 3, 3) homography in pixels, pixel centres at integers, target -> reference."""
    to_unit = theta.new_tensor([[2 / width, 0, 1 / width - 1], [0, 2 / height, 1 / height - 1], [0, 0, 1]])
    to_pixels = theta.new_tensor([[width / 2, 0, (width - 1) / 2], [0, height / 2, (height - 1) / 2], [0, 0, 1]])
    return _product(_product(to_pixels, _square(theta)), to_unit)


def theta_positions(theta: Tensor, height: int, width: int) -> Tensor:
    """(B, 2, 3) theta -> (B, 2, height, width): where in the reference, in pixels, a target pixel is found."""
    grid = position_grid(height, width, theta.device).to(theta.dtype)  # (1, 2, height, width)
    return move_positions(theta_homography(theta, height, width), grid)


def move_positions(homography: Tensor, position: Tensor) -> Tensor:
    """Apply affine motions in pixels, (B, 3, 3) with the last row (0, 0, 1), to positions (B, 2, h, w)."""
    across, down, shift = homography[:, :2, :, None, None].unbind(2)  # (B, 2, 1, 1) each
    return across * position[:, :1] + down * position[:, 1:] + shift


def position_grid(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """(1, 2, height, width) float32: the (x, y) of every pixel; ``grid + flow`` is a position."""
    y, x = torch.meshgrid(torch.arange(height, device=device), torch.arange(width, device=device), indexing="ij")
    return torch.stack((x, y))[None].float()


def _square(theta: Tensor) -> Tensor:
    """(B, 2, 3) -> (B, 3, 3), the last row (0, 0, 1)."""
    last = F.pad(theta.new_ones(len(theta), 1, 1), (2, 0))
    return torch.cat((theta, last), 1)


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Matrix product, (..., n, m) and (..., m, k); written as a sum, which autocast leaves in full precision."""
    return (left[..., None] * right[..., None, :, :]).sum(-2)
