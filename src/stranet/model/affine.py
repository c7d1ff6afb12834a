"""Affine branch: one affine motion per pair of frames, predicted, applied, and predicted again (paper section 3.2).

As in CPNet (Lee et al. 2019), a shared encoder describes every frame once, at 1/8 of a fixed square, and convolutions
on the features of target and reference lead to six numbers that start as the identity. Past it, so that hours of
training do: the regressor also sees the cost volume; in place of an average and a linear layer it gives a shift and a
confidence per cell, whose weighted least-squares fit is the affine motion, so that holes and moving objects can be left
out; and it runs several times, each on features warped by what it has found, the last time at 1/4.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.errors import ConfigError
from stranet.geometry.homography import is_plausible
from stranet.geometry.theta import compose_theta, identity_theta, position_grid, theta_homography, theta_positions
from stranet.geometry.warp import warp
from stranet.model.aggregation import Features
from stranet.model.cost_volume import comparable, cost_volume
from stranet.model.low_frame import LowFrame
from stranet.types import Size

INPUT_SIDE = 224
"""Frames are brought to this square, whatever their shape: normalised coordinates do not mind."""
RIDGE = 1e-3
"""Pull towards no motion where too little is seen to fit an affine."""


class AffineNet(nn.Module):
    """theta (B, 2, 3), normalised coordinates, ``align_corners=False``, target -> reference."""

    def __init__(
        self,
        channels: tuple[int, int, int] = (16, 32, 48),
        keys: int = 32,
        width: int = 48,
        radius: int = 4,
        iterations: int = 3,
    ) -> None:
        """Build the network.

        Args:
            channels: of the encoder at 1/2, 1/4 and 1/8 of the input square.
            keys: channels that are compared.
            width: channels of the regressor.
            radius: of the square of shifts, in positions of a feature map.
            iterations: rounds of prediction, at least one; at 1/8, the last of several at 1/4.
        """
        super().__init__()
        if iterations < 1:
            raise ConfigError(f"iterations is {iterations}, but must be at least 1")
        self.radius, self.iterations = radius, iterations
        first, second, third = channels
        self.stem = nn.Sequential(_conv(4, first, 2), _conv(first, second, 2))
        self.deeper = nn.Sequential(_conv(second, third, 2), _conv(third, third))
        self.fine_key, self.coarse_key = nn.Conv2d(second, keys, 1), nn.Conv2d(third, keys, 1)
        self.regressor = ThetaRegressor((2 * radius + 1) ** 2 + 2 * keys + 2, width)

    def forward(self, target: Tensor, reference: Tensor) -> Tensor:
        """(B, 4, h, w) planes twice, as for ``encode`` -> theta (B, 2, 3)."""
        target_features, reference_features = zip(
            *(scale.chunk(2) for scale in self.encode(torch.cat((target, reference)))), strict=True
        )
        return self.rounds(target_features, reference_features)[-1]

    def encode(self, planes: Tensor) -> Features:
        """Describe frames, each once.

        Args:
            planes: (B, 4, h, w), colour in [0, 1] and visible.

        Returns:
            (B, keys + 1, side, side) at 1/8 and at 1/4 of the input square: unit vectors per position, and visible.
        """
        square = F.interpolate(planes, (INPUT_SIDE, INPUT_SIDE), mode="bilinear", align_corners=False)
        fine = self.stem(square - 0.5)  # (B, C, 56, 56)
        coarse = self.deeper(fine)  # (B, C, 28, 28)
        keys = comparable(self.coarse_key(coarse)), comparable(self.fine_key(fine))
        return tuple(torch.cat((key, F.interpolate(square[:, 3:], key.shape[-2:], mode="area")), 1) for key in keys)

    def rounds(self, target: Features, reference: Features) -> list[Tensor]:
        """Theta after every iteration, (B, 2, 3) float32 each, from encoded frames; every round learns its own part."""
        theta = identity_theta(len(target[0]), target[0].device)
        thetas: list[Tensor] = []
        for index in range(self.iterations):
            finer = 0 < index == self.iterations - 1
            here, there = target[finer], reference[finer]
            side = here.shape[-1]

            before = theta.detach()
            found = warp(there, theta_positions(before, side, side)).image
            costs = cost_volume(here[:, :-1], found[:, :-1], self.radius)
            both = here[:, -1:] * found[:, -1:]  # (B, 1, side, side)
            rest = self.regressor(torch.cat((costs, here, found), 1), both)

            theta = compose_theta(before, rest)
            thetas.append(theta)
        return thetas


class ThetaRegressor(nn.Module):
    """The motion that is left: a shift and a confidence per cell, and the affine motion that they agree on."""

    def __init__(self, inward: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inward, width, 1), nn.ReLU(), _conv(width, width, 2), _conv(width, width))
        self.last = nn.Conv2d(width, 3, 1)
        nn.init.zeros_(self.last.weight)  # the identity
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, seen: Tensor, both: Tensor) -> Tensor:
        """Compared features (B, inward, s, s), and how visible a position is in both, (B, 1, s, s) -> (B, 2, 3)."""
        shift, confidence = self.last(self.body(seen)).float().split((2, 1), 1)  # (B, 2, s/2, s/2) in positions
        weight = F.interpolate(both, shift.shape[-2:], mode="area") * confidence.sigmoid()
        return identity_theta(len(seen), seen.device) + fit_affine(2 / seen.shape[-1] * shift, weight)


class AffineRegistration:
    """The network as a drop-in for `stranet.model.registration`; far pairs need no chain of neighbours."""

    def __init__(self, network: AffineNet) -> None:
        self._network = network.eval()

    @torch.inference_mode()
    def __call__(self, earlier: LowFrame, later: LowFrame) -> np.ndarray | None:
        """(3, 3) homography from a frame to another, in low-resolution pixels; None where it is not plausible."""
        height, width = earlier.visible.shape
        device = next(self._network.parameters()).device
        theta = self._network(*(frame.planes(device)[:, :4] for frame in (earlier, later)))
        homography = theta_homography(theta.cpu().double(), height, width)[0].numpy()
        return homography if is_plausible(homography, Size(width, height)) else None


def fit_affine(shift: Tensor, weight: Tensor) -> Tensor:
    """Weighted least squares of ``shift = fit @ (x, y, 1)``, x and y in [-1, 1].

    Args:
        shift: (B, 2, s, s).
        weight: (B, 1, s, s), not negative; where it is zero everywhere the fit is zero.

    Returns:
        (B, 2, 3)
    """
    side = shift.shape[-1]
    unit = (2 * position_grid(side, side, shift.device) + 1) / side - 1  # (1, 2, s, s)
    terms = torch.cat((unit, torch.ones_like(unit[:, :1])), 1).flatten(2)  # (1, 3, s*s)
    share = (weight / weight.sum((-2, -1), keepdim=True).clamp(min=1e-6)).flatten(2)  # (B, 1, s*s)
    with torch.autocast(shift.device.type, enabled=False):  # long sums of small differences
        normal = (share * terms) @ terms.mT + RIDGE * torch.eye(3, device=shift.device)  # (B, 3, 3)
        return torch.linalg.solve(normal, (share * terms) @ shift.flatten(2).mT).mT


def _conv(inward: int, outward: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inward, outward, 3, stride, padding=1)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return nn.Sequential(conv, nn.ReLU())
