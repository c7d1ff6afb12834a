"""One target from its hole to its filled frame: the method figure, box by box."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from stranet.device import choose_device
from stranet.errors import HoleError
from stranet.geometry.homography import pixel_grid
from stranet.geometry.scale import downsample, to_tensor
from stranet.inpainting.boxes import choose_boxes
from stranet.inpainting.detail import TargetCrop, full_position, refine_position, sample_reference
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.regions import core, hole_boxes
from stranet.inpainting.stats import InpaintStats
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.model.aggregation import Features, Target, TemporalOutput
from stranet.model.alignment import Alignment
from stranet.model.attention import Sources, few_sources
from stranet.model.candidates import Reference, align_candidates, sample_features
from stranet.model.composite import composite
from stranet.model.residual import AlignedSource, TemporalResiduals, aggregate_spatial_residuals
from stranet.types import Box

MARGIN = 32
"""How far around the hole the target is looked at, in low-resolution pixels."""

CONTEXT = 40
"""How far around its leftover a frame is searched for patches, in low-resolution pixels."""
SEAM = 1
"""How far around the hole the fill is worked out, in low-resolution pixels: as far as bilinear upsampling reads."""
REFINED = 3
"""Only so many sources, those that give most, are worth a correction at full resolution."""


class FrameFiller:
    """Fills one frame from the window around it."""

    def __init__(self, options: InpaintOptions, stats: InpaintStats) -> None:
        self._options, self._stats = options, stats
        self._device = choose_device(options.device)
        self.boxes = choose_boxes(options, self._device)

    @torch.inference_mode()
    def fill(self, window: ShotWindow, index: int, references: tuple[int, ...]) -> None:
        """Fill the frame at ``index`` in place; it serves as a reference from then on.

        Raises:
            HoleError: neither the target nor any reference shows anything.
        """
        target = window[index]
        hole = target.hole
        if hole is None:
            return
        frames = [window[position] for position in references]
        if hole.all() and not any(frame.hole is None or not frame.hole.all() for frame in frames):
            raise HoleError(
                f"the mask covers all of frame {index} and of every frame near it, so there is nothing to "
                "fill it from; mask only what should vanish"
            )
        with self._stats.timed("registration"):
            homographies = window.homographies(index, references)

        crops = (
            (box, TargetCrop.of(target.rgb, hole, target.scale.to_full(box)))
            for box in hole_boxes(~target.low.visible, MARGIN)
        )
        fills = ((crop.box, self._fill_box(target, frames, homographies, box, crop)) for box, crop in crops)
        filled = composite(target.rgb, fills, hole)
        self._stats.hole_pixels += int(hole.sum())
        target.finish(filled)

    def _fill_box(
        self,
        target: WindowFrame,
        frames: list[WindowFrame],
        homographies: list[np.ndarray],
        box: Box,
        crop: TargetCrop,
    ) -> np.ndarray:
        """(H, W, 3) float fill of one box."""
        image = to_tensor(crop.rgb, self._device)
        left = torch.from_numpy(crop.hole).to(self._device)[None, None]  # what is left of the hole
        inner = core(~target.low.visible[box.slices], SEAM)
        alignment = None
        if frames:
            with self._stats.timed("alignment"):
                alignment = self.boxes.align(target.low, [frame.low for frame in frames], homographies, box)
            with self._stats.timed("temporal"):
                temporal, sources = self._aggregate(target, frames, alignment, box)
            with self._stats.timed("temporal residuals"):
                self._copy_seen(target, frames, alignment, temporal, sources, crop, box, inner, image, left)
        self._stats.leftover_pixels += int(left.sum())
        if alignment and left.any():
            with self._stats.timed("leftover"):
                self._copy_synthesised(target, frames, alignment, box, inner, image, left)
        if left.any():
            with self._stats.timed("spatial"):
                image = self._compose_leftover(image, left, target.scale.factor)
        return image[0].permute(1, 2, 0).cpu().numpy()

    def _aggregate(
        self, target: WindowFrame, frames: list[WindowFrame], alignment: Alignment, box: Box
    ) -> tuple[TemporalOutput, Sources]:
        """Candidates onto the target, and their attention."""
        rows, columns = box.slices
        shown = torch.from_numpy(target.low.visible[rows, columns]).to(self._device)[None, None]
        grid = torch.from_numpy(pixel_grid(box)).to(self._device).permute(2, 0, 1)[None]
        features = sample_features(self._features(target), grid)
        own = Target(to_tensor(target.low.rgb[rows, columns], self._device), shown, features)
        apart = torch.tensor([abs(frame.index - target.index) for frame in frames], device=self._device).float()[None]
        references = (Reference(frame.low.planes(self._device), self._features(frame)) for frame in frames)
        candidates = align_candidates(
            own, references, alignment.position[None], alignment.reference, apart, self._options.light
        )
        temporal = self.boxes.temporal(own, candidates)
        sources = few_sources(temporal.energy[0], candidates.offered[0], ~shown, self.boxes.temporal.temperature)
        return temporal, sources

    def _features(self, frame: WindowFrame) -> Features:
        """What the encoder makes of a frame, worked out once, before its hole is filled; kept in half precision."""
        if frame.features is None:
            encoded = self.boxes.temporal.encode(frame.low.planes(self._device))
            frame.features = tuple(scale.half() for scale in encoded)
        return tuple(scale.float() for scale in frame.features)

    def _copy_seen(
        self,
        target: WindowFrame,
        frames: list[WindowFrame],
        alignment: Alignment,
        temporal: TemporalOutput,
        sources: Sources,
        crop: TargetCrop,
        box: Box,
        inner: Box,
        image: Tensor,
        left: Tensor,
    ) -> None:
        """Temporal residual aggregation within ``inner``, a part of the box; changes the image and what is left."""
        factor = target.scale.factor
        low, full = (..., *inner.slices), (..., *_scaled(inner, factor).slices)
        height, width = left[full].shape[-2:]
        residuals = TemporalResiduals(height, width, factor, self._device)
        for order, candidate in enumerate(sources.candidates):
            frame = frames[int(alignment.reference[candidate])]
            position = alignment.position[candidate : candidate + 1]
            if self._options.refine and order < REFINED:
                whole = full_position(position, box, factor)
                there = refine_position(self.boxes.flow, crop, frame, whole, factor)[_scaled(inner, factor).slices]
            else:
                there = full_position(position[low], _moved(inner, box), factor)
            sampled = sample_reference(frame, there)
            rgb = to_tensor(sampled.rgb, self._device)
            visible = torch.from_numpy(sampled.visible).to(self._device)[None, None]
            residuals.add(AlignedSource(rgb, visible, sources.attention[order : order + 1][low]))
        detail = temporal.detail[low] * self._options.residuals
        aggregate, covered = residuals.result(temporal.image[low], temporal.seen[low], detail)
        image[full] = torch.where(left[full] & covered, aggregate, image[full])
        left[full] &= ~covered

    def _copy_synthesised(
        self,
        target: WindowFrame,
        frames: list[WindowFrame],
        alignment: Alignment,
        box: Box,
        inner: Box,
        image: Tensor,
        left: Tensor,
    ) -> None:
        """What no reference shows comes from the output before this one, so that it stays what it was."""
        factor = target.scale.factor
        low, full = (..., *inner.slices), (..., *_scaled(inner, factor).slices)
        for order in reversed(range(len(alignment.reference))):
            frame = frames[int(alignment.reference[order])]
            if frame.index != target.index - 1 or not left.any():
                continue
            position = full_position(alignment.position[order : order + 1][low], _moved(inner, box), factor)
            sampled = sample_reference(frame, position)
            usable = left[full] & torch.from_numpy(sampled.inside).to(self._device)[None, None]
            image[full] = torch.where(usable, to_tensor(sampled.rgb, self._device), image[full])
            left[full] &= ~usable

    def _compose_leftover(self, image: Tensor, left: Tensor, factor: int) -> Tensor:
        """Spatial aggregation and spatial residual aggregation, inside the leftover."""
        known_share = downsample((~left).float(), factor)
        low = downsample(image * ~left, factor) / known_share.clamp(min=1e-6)
        known = known_share > 0.999
        if not known.any():
            known = known_share > 0  # every square is touched: half a square is better than nothing
        for box in hole_boxes((~known)[0, 0].cpu().numpy(), CONTEXT):
            rows, columns = box.slices
            inner_rows, inner_columns = _scaled(box, factor).slices
            spatial = self.boxes.spatial(*(plane[..., rows, columns] for plane in (low, ~known, known)))
            image[..., inner_rows, inner_columns] = aggregate_spatial_residuals(
                image[..., inner_rows, inner_columns],
                spatial.source,
                spatial.image,
                left[..., inner_rows, inner_columns],
            )
        return image


def _scaled(box: Box, factor: int) -> Box:
    """The full-resolution pixels of a low-resolution box."""
    return Box(*(side * factor for side in box))


def _moved(inner: Box, outer: Box) -> Box:
    """A box within another one, as a box of the frame."""
    return Box(inner.x0 + outer.x0, inner.y0 + outer.y0, inner.x1 + outer.x0, inner.y1 + outer.y0)
