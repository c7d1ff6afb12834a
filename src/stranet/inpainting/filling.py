"""One target from its hole to its filled frame: the method figure, box by box."""

from __future__ import annotations

import torch
from torch import Tensor

from stranet.device import choose_device, sent
from stranet.errors import HoleError
from stranet.geometry.homography import pixel_grid
from stranet.geometry.scale import scaled, to_tensor
from stranet.inpainting.boxes import choose_boxes
from stranet.inpainting.detail import TargetCrop, full_position, sample_reference
from stranet.inpainting.leftover import carry_on, compose_leftover
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.regions import Band, bands, core, hole_boxes, moved
from stranet.inpainting.stats import InpaintStats
from stranet.inpainting.view import BoxFill, View
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.model.aggregation import Target, TemporalOutput
from stranet.model.alignment import Alignment
from stranet.model.attention import Sources, few_sources
from stranet.model.candidates import Reference, align_candidates, cut, sample_features
from stranet.model.composite import composite
from stranet.model.first_guess import first_guesses
from stranet.model.fixed_temporal import enlarge
from stranet.model.refine import refine_alignment
from stranet.model.residual import READS, AlignedSource, TemporalResiduals
from stranet.types import Box, HoleArray

MARGIN = 32
"""How far around the hole the target is looked at, in low-resolution pixels."""

SEAM = 1
"""How far around the hole the fill is worked out, in low-resolution pixels: as far as bilinear upsampling reads."""


class FrameFiller:
    """Fills frames from the window around them, in four steps: prepare, view, copy, finish.

    Copying depends on nothing that is filled, so several targets can be copied for at once, each in a thread; views are
    made and frames are finished in order, in one thread.
    """

    def __init__(self, options: InpaintOptions, stats: InpaintStats) -> None:
        self._options, self._stats = options, stats
        self.device = choose_device(options.device)
        self.boxes = choose_boxes(options, self.device)

    @torch.inference_mode()
    def prepare(self, frame: WindowFrame) -> None:
        """What is computed once per frame, before its hole is filled: its small copy, and what an encoder makes of it.

        Frames may be prepared in several threads, each frame in one.
        """
        with self._stats.timed("low resolution"):
            frame.shrink()
        with self._stats.timed("features"):
            frame.encode(self.boxes.temporal.encode, self.device)

    @torch.inference_mode()
    def view(self, window: ShotWindow, index: int, references: tuple[int, ...]) -> View:
        """The frame at ``index``, which has a hole, and what it may copy from; all of them are prepared.

        Raises:
            HoleError: neither the target nor any reference shows anything.
        """
        target, frames = window[index], [window[position] for position in references]
        # Frames before this one are filled, or will be before this one is finished.
        if all(frame.blind and frame.index >= index for frame in (target, *frames)):
            raise HoleError(
                f"the mask covers all of frame {index} and of every frame near it, so there is nothing to "
                "fill it from; mask only what should vanish"
            )
        with self._stats.timed("registration"):
            return View(target, frames, window.chain(index, references))

    @torch.inference_mode()
    def copy(self, view: View) -> list[BoxFill]:
        """Fill what some reference shows: alignment, temporal aggregation and temporal residuals, box by box."""
        hole = view.target.hole
        if hole is None:
            return []
        return [self._copy_box(view, hole, box) for box in hole_boxes(~view.target.low.visible, MARGIN)]

    @torch.inference_mode()
    def finish(self, view: View, fills: list[BoxFill]) -> None:
        """Fill what is left, and composite; the frame serves as a reference from then on."""
        target = view.target
        hole = target.hole
        if hole is None:
            return
        for fill in fills:
            self._stats.leftover_pixels += int(fill.left.sum())
            if fill.left.any():
                with self._stats.timed("leftover"):
                    carry_on(view, fill)
            if fill.left.any():
                with self._stats.timed("spatial"):
                    self._compose_leftover(fill.image, fill.left, target.scale.factor)
        with self._stats.timed("composite"):
            filled = composite(target.rgb, ((fill.crop.box, fill.image[0].cpu().numpy()) for fill in fills), hole)
            target.finish(filled)
        self._stats.hole_pixels += int(hole.sum())

    def _copy_box(self, view: View, hole: HoleArray, box: Box) -> BoxFill:
        """One box of the hole, as far as references show it."""
        target = view.target
        alignment = self._align(view, box)
        crop = TargetCrop.of(target.rgb, hole, target.scale.to_full(box))
        fill = BoxFill(
            crop,
            None if alignment is None or view.before is None else alignment.onto(view.before),
            box,
            core(~target.low.visible[box.slices], SEAM),
            to_tensor(crop.rgb, self.device),
            sent(torch.from_numpy(crop.hole)[None, None], self.device),
        )
        if alignment:
            with self._stats.timed("temporal"):
                temporal, sources = self._aggregate(view, alignment, box)
            with self._stats.timed("temporal residuals"):
                self._copy_seen(view, fill, alignment, temporal, sources)
        return fill

    def _align(self, view: View, box: Box) -> Alignment | None:
        if not view.frames:
            return None
        with self._stats.timed("alignment"):
            target, references = view.target.low, [frame.low for frame in view.frames]
            return self.boxes.align(target, references, first_guesses(target, references, view.chain, box), box)

    def _aggregate(self, view: View, alignment: Alignment, box: Box) -> tuple[TemporalOutput, Sources]:
        """Candidates onto the target, and their attention."""
        target, frames = view.target, view.frames
        rows, columns = box.slices
        shown = sent(torch.from_numpy(target.low.visible[rows, columns])[None, None], self.device)
        grid = sent(torch.from_numpy(pixel_grid(box)), self.device).permute(2, 0, 1)[None]
        features = sample_features(cut(target.features or (), Box(0, 0, *target.scale.low)), grid)
        own = Target(to_tensor(target.low.rgb[rows, columns], self.device), shown, features)
        apart = torch.tensor([abs(frame.index - target.index) for frame in frames], device=self.device).float()[None]
        parts = (alignment.reads(order, target.scale.low) for order in range(len(frames)))
        references = (
            Reference(frame.low.planes(self.device, part), cut(frame.features or (), part), (part.x0, part.y0))
            for frame, part in zip(frames, parts, strict=True)
        )
        candidates = align_candidates(
            own,
            references,
            alignment.position[None],
            alignment.reference,
            sent(alignment.is_flow, self.device),
            apart,
            self._options.light,
            half=True,
        )
        temporal = self.boxes.temporal(own, candidates)
        offered = candidates.offered[0]
        del candidates  # memory; all that is left to do is to choose among them
        energy = enlarge(temporal.energy, own.image)[0]
        return temporal, few_sources(energy, offered, ~shown, self.boxes.temporal.temperature)

    def _copy_seen(
        self, view: View, fill: BoxFill, alignment: Alignment, temporal: TemporalOutput, sources: Sources
    ) -> None:
        """Temporal residual aggregation, band by band, so that temporaries stay small however large the frame is."""
        positions = [alignment.position[candidate : candidate + 1] for candidate in sources.candidates]
        frames = [view.frames[int(alignment.reference[candidate])] for candidate in sources.candidates]
        if refined := frames[: self._options.plan.refine]:
            own = view.target.fine()
            for order, frame in enumerate(refined):
                positions[order] = refine_alignment(self.boxes.flow, own, frame.fine(), positions[order], fill.box)
        for band in bands(fill.inner, view.target.scale.factor):
            self._copy_band(fill, band, list(zip(frames, positions, sources.attention, strict=True)), temporal)

    def _copy_band(
        self, fill: BoxFill, band: Band, sources: list[tuple[WindowFrame, Tensor, Tensor]], temporal: TemporalOutput
    ) -> None:
        """One band from its sources: each a frame, low-resolution positions on the box, and attention (1, h, w)."""
        rows, factor = (..., *band.rows.slices), fill.factor
        residuals = TemporalResiduals(temporal.image[rows], factor)
        for frame, position, attention in sources:
            share = attention[None][rows]
            used = share[0, 0].numpy(force=True) > 0
            if not used.any():
                continue
            part = core(used, READS)
            here, place = (..., *part.slices), moved(part, band.rows)
            sampled = sample_reference(frame, full_position(position[rows][here], moved(place, fill.box), factor))
            rgb = to_tensor(sampled.rgb, self.device)
            visible = sent(torch.from_numpy(sampled.visible)[None, None], self.device)
            residuals.add(AlignedSource(rgb, visible, share[here]), part)
        detail = temporal.detail[rows] * self._options.residuals
        aggregate, covered = residuals.result(temporal.seen[rows], detail)
        kept, full = (
            (..., *scaled(band.kept, factor).slices),
            (..., *scaled(moved(band.kept, band.rows), factor).slices),
        )
        aggregate, covered = aggregate[kept], covered[kept]
        fill.image[full] = torch.where(fill.left[full] & covered, aggregate, fill.image[full])
        fill.left[full] &= ~covered

    def _compose_leftover(self, image: Tensor, left: Tensor, factor: int) -> None:
        compose_leftover(self.boxes.spatial, image, left, factor)
