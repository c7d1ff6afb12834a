"""Flow branch, learned: a compact PWC network with iterative residual refinement (paper section 3.2).

A feature pyramid shared by both frames; from coarse to fine, the reference's features are warped by the flow so far,
compared with the target's at small shifts, and one decoder, the same at every level, adds what is missing (Sun et al.
2018; Hur and Roth 2019). The target's features accompany the costs, and dilated convolutions look further around.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from stranet.device import sent
from stranet.errors import WeightsError
from stranet.geometry.resize import resize
from stranet.geometry.theta import position_grid
from stranet.geometry.warp import warp
from stranet.model.cost_volume import comparable, cost_volume
from stranet.model.strict import take_weights

FINEST = 4
"""Flow is estimated at this fraction of the frame, and enlarged."""
LEAK = 0.1


class FlowOutput(NamedTuple):
    """Backward flow of a batch of pairs, in pixels of the frame at every level."""

    flow: Tensor
    """(B, 2, h, w), (dx, dy)."""
    levels: tuple[Tensor, ...]
    """(B, 2, ceil(h/s), ceil(w/s)), from the coarsest s to s = FINEST."""


class PWCFlow(nn.Module):
    """Backward flow between two gray frames."""

    def __init__(
        self, channels: tuple[int, ...] = (16, 32, 48, 64, 80), keys: int = 32, width: int = 64, radius: int = 3
    ) -> None:
        """Build the network.

        Args:
            channels: of the pyramid's levels at 1/2, 1/4, 1/8, ...; at least two.
            keys: channels that are compared and shown to the decoder, the same at every level.
            width: channels of the decoder.
            radius: of the square of shifts, in positions of a level.
        """
        super().__init__()
        self.radius = radius
        ends = zip((1, *channels[:-1]), channels, strict=True)
        self.pyramid = nn.ModuleList(_halving(inward, outward) for inward, outward in ends)
        self.keys = nn.ModuleList(nn.Conv2d(count, keys, 1) for count in channels[1:])
        self.decoder = FlowDecoder((2 * radius + 1) ** 2 + keys + 2, width)

    def forward(self, target: Tensor, reference: Tensor) -> FlowOutput:
        """(B, 1, h, w) in [0, 1] twice -> where in the reference, relative to itself, a target pixel is found."""
        batch, _, height, width = target.shape
        pairs = self._features(torch.cat((target, reference)))  # coarsest first, (2B, keys, h/s, w/s) each

        flow = target.new_zeros(batch, 2, 1, 1)  # in positions of the level
        levels: list[Tensor] = []
        for level, pair in enumerate(pairs):
            here, there = pair.chunk(2)
            rows, columns = here.shape[-2:]
            flow = _enlarge(flow, 2, rows, columns) if level else flow.expand(-1, -1, rows, columns)

            found = warp(there, position_grid(rows, columns, flow.device) + flow).image
            costs = F.leaky_relu(cost_volume(here, found, self.radius), LEAK)
            flow = self.decoder(torch.cat((costs, here, flow), 1), flow)  # (B, 2, h/s, w/s)

            stride = FINEST * 2 ** (len(pairs) - 1 - level)
            levels.append(stride * flow[..., : -(-height // stride), : -(-width // stride)])

        rows, columns = (FINEST * side for side in flow.shape[-2:])
        return FlowOutput(_enlarge(flow, FINEST, rows, columns)[..., :height, :width], tuple(levels))

    def _features(self, frames: Tensor) -> list[Tensor]:
        """Unit vectors per position, from the coarsest level to 1/FINEST; frames are padded by replication."""
        stride = 2 ** len(self.pyramid)
        height, width = frames.shape[-2:]
        features = F.pad(frames, (0, -width % stride, 0, -height % stride), mode="replicate") - 0.5
        levels: list[Tensor] = []
        for halve in self.pyramid:
            features = halve(features)
            levels.append(features)
        return [comparable(key(level)) for key, level in zip(self.keys, levels[1:], strict=True)][::-1]


class FlowDecoder(nn.Module):
    """Costs -> what the flow lacks, in two steps: from near by, then with a wider view."""

    def __init__(self, inward: int, width: int) -> None:
        super().__init__()
        half = width // 2
        self.near = nn.Sequential(_conv(inward, width), _conv(width, width), _conv(width, half))
        self.first = nn.Conv2d(half, 2, 3, padding=1)
        self.wide = nn.Sequential(_conv(half + 2, half), _conv(half, half, 2), _conv(half, half, 4))
        self.second = nn.Conv2d(half, 2, 3, padding=1)
        for last in (self.first, self.second):  # an untrained network sees no motion
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, seen: Tensor, flow: Tensor) -> Tensor:
        """(B, inward, h, w) and the flow so far, (B, 2, h, w) -> (B, 2, h, w), both in positions of the level."""
        near = self.near(seen)
        flow = flow + self.first(near)
        return flow + self.second(self.wide(torch.cat((near, flow), 1)))


class NetworkFlow:
    """The network as a FlowEstimator: uint8 arrays in, float32 array out."""

    def __init__(self, network: PWCFlow) -> None:
        self._network = network.eval()

    @torch.inference_mode()
    def __call__(self, target: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """(h, w) uint8 twice -> (h, w, 2) float32."""
        device = next(self._network.parameters()).device
        pair = sent(torch.from_numpy(np.stack((target, reference))), device)[:, None, None].float() / 255
        flow = self._network(pair[0], pair[1]).flow[0]  # (2, h, w)
        return np.ascontiguousarray(flow.permute(1, 2, 0).float().cpu().numpy())


def load_flow_checkpoint(path: Path | str, network: PWCFlow | None = None) -> PWCFlow:
    """Flow weights from a safetensors file, strictly: every tensor of the network and no other.

    Args:
        path: a file of half or single precision tensors, named as in ``PWCFlow().state_dict()``.
        network: what takes the weights; None: a network of the standard size.

    Raises:
        WeightsError: the file cannot be read, or its tensors are not those of the network.
    """
    network = network or PWCFlow()
    try:
        found = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: flow weights cannot be read ({error}); give a safetensors file") from error
    take_weights(network, found, path)
    return network


def _enlarge(flow: Tensor, factor: int, height: int, width: int) -> Tensor:
    """Flow on a grid ``factor`` times as fine, in its positions."""
    return factor * resize(flow, height, width)


def _halving(inward: int, outward: int) -> nn.Sequential:
    return nn.Sequential(_conv(inward, outward, stride=2), _conv(outward, outward))


def _conv(inward: int, outward: int, dilation: int = 1, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution that keeps the scale of its input, and a leaky rectifier."""
    conv = nn.Conv2d(inward, outward, 3, stride, padding=dilation, dilation=dilation)
    nn.init.kaiming_normal_(conv.weight, LEAK)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return nn.Sequential(conv, nn.LeakyReLU(LEAK))
