"""What no reference shows: from the output before, and what is left then from the frame itself."""

from __future__ import annotations

import torch
from torch import Tensor

from stranet.geometry.scale import downsample, scaled, to_tensor
from stranet.inpainting.detail import full_position, sample_again
from stranet.inpainting.regions import hole_boxes, moved
from stranet.inpainting.view import BoxFill, View
from stranet.model.aggregation import SpatialAggregator
from stranet.model.residual import aggregate_spatial_residuals

CONTEXT = 40
"""How far around its leftover a frame is searched for patches, in low-resolution pixels."""


def carry_on(view: View, fill: BoxFill) -> None:
    """What no reference shows comes from the output before this one, so that it stays what it was."""
    if view.before is None or fill.before is None:
        return
    before, factor, inner = view.frames[view.before], view.target.scale.factor, fill.inner
    image, left, full = fill.image, fill.left, (..., *scaled(inner, factor).slices)
    for position in fill.before.split(1):
        if not left.any():
            break
        there = full_position(position[(..., *inner.slices)], moved(inner, fill.box), factor)
        sampled = sample_again(before, there)
        usable = left[full] & torch.from_numpy(sampled.inside).to(image.device)[None, None]
        image[full] = torch.where(usable, to_tensor(sampled.rgb, image.device), image[full])
        left[full] &= ~usable


def compose_leftover(spatial_aggregation: SpatialAggregator, image: Tensor, left: Tensor, factor: int) -> None:
    """Spatial aggregation and spatial residual aggregation; changes the image inside the leftover."""
    known_share = downsample((~left).float(), factor)
    low = downsample(image * ~left, factor) / known_share.clamp(min=1e-6)
    known = known_share > 0.999
    if not known.any():
        known = known_share > 0  # every square is touched: half a square is better than nothing
    for box in hole_boxes((~known)[0, 0].cpu().numpy(), CONTEXT):
        rows, columns = box.slices
        inner_rows, inner_columns = scaled(box, factor).slices
        spatial = spatial_aggregation(*(plane[..., rows, columns] for plane in (low, ~known, known)))
        image[..., inner_rows, inner_columns] = aggregate_spatial_residuals(
            image[..., inner_rows, inner_columns],
            spatial.source,
            spatial.image,
            left[..., inner_rows, inner_columns],
        )
