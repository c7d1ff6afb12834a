"""STRANet: the method figure as one function, on tensors; the streaming engine runs the same boxes frame by frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import downsample, upsample
from stranet.geometry.theta import position_grid, theta_positions
from stranet.geometry.warp import warp
from stranet.model.affine import AffineNet
from stranet.model.aggregation import SpatialOutput, Target, TemporalOutput
from stranet.model.candidates import WHOLE, Reference, align_candidates
from stranet.model.config import STRANetConfig
from stranet.model.pwc import PWCFlow
from stranet.model.residual import AlignedSource, TemporalResiduals, aggregate_spatial_residuals
from stranet.model.spatial import SpatialAggregation
from stranet.model.temporal import TemporalAggregation


class STRAOutput(NamedTuple):
    """One filled target per clip, and how it came about."""

    image: Tensor
    """(B, 3, H, W): the target with its hole filled, everything else bit for bit."""
    position: Tensor
    """(B, 2R, 2, h, w): the joint alignment, affine candidates first, low-resolution pixels."""
    temporal: TemporalOutput
    spatial: SpatialOutput


class STRANet(nn.Module):
    """The learned boxes of the figure (paper section 3)."""

    def __init__(self, config: STRANetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or STRANetConfig()
        self.affine = AffineNet()
        self.flow = PWCFlow()
        self.temporal = TemporalAggregation(config.temporal)
        self.spatial = SpatialAggregation(config.spatial)

    def forward(self, frames: Tensor, holes: Tensor, factor: int, apart: Tensor | None = None) -> STRAOutput:
        """Fill the first frame of every clip from the others, plainly: whole frames, one clip at a time in memory.

        Args:
            frames: (B, T, 3, H, W) in [0, 1], the target first; H and W multiples of ``factor``.
            holes: (B, T, 1, H, W) bool.
            factor: full-resolution pixels per low-resolution pixel.
            apart: (B, T - 1) distance in time of each reference, in frames; None: 1, 2, 3, ...
        """
        batch, count = frames.shape[:2]
        if apart is None:
            apart = torch.arange(1.0, count, device=frames.device).expand(batch, -1)
        planes = low_planes(frames.flatten(0, 1), holes.flatten(0, 1), factor).unflatten(0, (batch, count))

        position = self.align(planes)  # (B, 2R, 2, h, w)
        order = torch.arange(count - 1, device=frames.device).repeat(2)
        is_flow = torch.arange(len(order), device=frames.device) >= count - 1

        features = self.temporal.encode(planes.flatten(0, 1))
        each = [tuple(scale.unflatten(0, (batch, count))[:, index] for scale in features) for index in range(count)]
        target = Target(planes[:, 0, :3], planes[:, 0, 3:4] > WHOLE, each[0])
        references = [Reference(planes[:, index], each[index]) for index in range(1, count)]
        candidates = align_candidates(target, references, position, order, is_flow, apart, light=True)
        temporal = self.temporal(target, candidates)

        spatial = self.spatial(temporal.image, temporal.leftover, ~temporal.leftover)

        image = self.residuals(frames, holes, factor, position, temporal, spatial)
        return STRAOutput(torch.where(holes[:, 0], image, frames[:, 0]), position, temporal, spatial)

    def align(self, planes: Tensor) -> Tensor:
        """(B, T, 5, h, w) -> (B, 2R, 2, h, w): joint alignment, the affine branch first, then flow beyond it."""
        batch, count, _, height, width = planes.shape
        target = planes[:, :1].expand(-1, count - 1, -1, -1, -1).flatten(0, 1)  # (B*R, 5, h, w)
        reference = planes[:, 1:].flatten(0, 1)
        theta = self.affine(target[:, :4], reference[:, :4])
        affine = theta_positions(theta, height, width)  # (B*R, 2, h, w)

        aligned = warp(reference, affine).image
        both = (target[:, 3:4] > WHOLE) & (aligned[:, 3:4] > WHOLE)
        shown = torch.where(both, aligned[:, :3], target[:, :3])  # what only one shows must not look like motion
        flow = self.flow(luma(target[:, :3]), luma(shown)).flow
        completed = diffuse(flow, both.float())
        bent = warp(affine, position_grid(height, width, planes.device) + completed).image
        return torch.cat((affine.unflatten(0, (batch, -1)), bent.unflatten(0, (batch, -1))), 1)

    @staticmethod
    def residuals(
        frames: Tensor,
        holes: Tensor,
        factor: int,
        position: Tensor,
        temporal: TemporalOutput,
        spatial: SpatialOutput,
    ) -> Tensor:
        """Temporal, then spatial residual aggregation with the very same alignment and attention; (B, 3, H, W)."""
        filled: list[Tensor] = []
        for clip in range(len(frames)):
            one = slice(clip, clip + 1)
            aggregate = TemporalResiduals(temporal.image[one], factor)
            for candidate in range(position.shape[1]):
                source = 1 + candidate % (frames.shape[1] - 1)
                fine = full_positions(position[clip, candidate][None], factor)
                planes = torch.cat((frames[clip, source], (~holes[clip, source]).float()))[None]
                sampled = warp(planes, fine)
                visible = (sampled.image[:, 3:] > WHOLE) & sampled.inside
                aggregate.add(AlignedSource(sampled.image[:, :3], visible, temporal.attention[clip, candidate][None]))
            copied, covered = aggregate.result(temporal.seen[one], temporal.detail[one])
            hole = holes[one, 0]
            image = torch.where(hole & covered, copied, frames[one, 0])
            left = hole & ~covered
            filled.append(aggregate_spatial_residuals(image * ~left, spatial.source[one], spatial.image[one], left))
        return torch.cat(filled)


def low_planes(frames: Tensor, holes: Tensor, factor: int) -> Tensor:
    """(N, 3, H, W) and (N, 1, H, W) bool -> (N, 5, h, w): colour with a smooth guess in the hole, visible, offered."""
    shown = downsample((~holes).float(), factor)
    visible = (shown > WHOLE).float()
    colour = diffuse(downsample(frames, factor), visible)
    return torch.cat((colour, visible, visible), 1)


def full_positions(position: Tensor, factor: int) -> Tensor:
    """(1, 2, h, w) low-resolution positions -> (1, 2, H, W) full-resolution positions."""
    height, width = position.shape[-2:]
    flow = upsample(position - position_grid(height, width, position.device), factor) * factor
    return flow + position_grid(height * factor, width * factor, position.device)


def luma(image: Tensor) -> Tensor:
    """(B, 3, h, w) RGB -> (B, 1, h, w), ITU-R BT.601."""
    return (image * image.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
