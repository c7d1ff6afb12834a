"""StraNet with parts taken out, for the ablation tables: the same engine around fewer or plainer boxes."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from stranet.evaluation.variants import Removed
from stranet.geometry.diffuse import diffuse
from stranet.geometry.scale import downsample, shrink, upsample
from stranet.inpainting.filling import FrameFiller
from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.stats import InpaintStats
from stranet.model.aggregation import Candidates, Features, Target, TemporalAggregator, TemporalOutput

COARSE = 4
"""Low-resolution pixels per position of the coarsest scale, where scores are computed."""


class AblatedInpainter(Inpainter):
    """An `Inpainter` without some of its parts."""

    def __init__(self, options: InpaintOptions, removed: Collection[Removed]) -> None:
        super().__init__(options)
        self._filler = AblatedFiller(self.options, self.stats, removed)


class AblatedFiller(FrameFiller):
    """Fills one frame without some of the parts."""

    def __init__(self, options: InpaintOptions, stats: InpaintStats, removed: Collection[Removed]) -> None:
        super().__init__(options, stats)
        self._removed = frozenset(removed)
        if "fine scales" in self._removed:
            self.boxes = self.boxes._replace(temporal=SingleScale(self.boxes.temporal))

    def _compose_leftover(self, image: Tensor, left: Tensor, factor: int) -> None:
        if "spatial" in self._removed:
            image.copy_(torch.where(left, _carried_on(image, left, factor), image))
            return
        super()._compose_leftover(image, left, factor)
        if "spatial residuals" in self._removed:
            image.copy_(torch.where(left, upsample(downsample(image, factor), factor), image))


class SingleScale:
    """Vanilla temporal aggregation, as in CPNet: what the candidates show is transferred at the coarsest scale alone.

    Scores are those of the aggregation inside; what its decoder adds is left out, and so is all finer detail."""

    def __init__(self, inner: TemporalAggregator) -> None:
        self._inner = inner

    @property
    def temperature(self) -> float:
        return self._inner.temperature

    def encode(self, planes: Tensor) -> Features:
        return self._inner.encode(planes)

    def __call__(self, target: Target, candidates: Candidates) -> TemporalOutput:
        whole = self._inner(target, candidates)
        share = torch.zeros_like(shrink(target.image[:, :1], COARSE))
        colour = torch.zeros_like(shrink(target.image, COARSE))
        for index in range(candidates.image.shape[1]):
            weight = shrink(whole.attention[:, index], COARSE)
            share += weight
            colour += weight * shrink(candidates.image[:, index].float(), COARSE)
        coarse = diffuse(colour / share.clamp(min=1e-6), (share > 0.5).float())
        height, width = target.image.shape[-2:]
        fine = upsample(coarse, COARSE)[..., :height, :width]
        return whole._replace(image=fine, detail=torch.zeros_like(whole.detail))


def _carried_on(image: Tensor, left: Tensor, factor: int) -> Tensor:
    """(1, 3, H, W): the surroundings of the leftover, diffused into it at low resolution."""
    share = downsample((~left).float(), factor)
    low = downsample(image * ~left, factor) / share.clamp(min=1e-6)
    return upsample(diffuse(low, (share > 0.999).float()), factor)
