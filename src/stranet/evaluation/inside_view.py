"""What happens inside StraNet on one frame: candidates, attention and leftover, as the engine itself has them."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from torch import Tensor

from stranet.evaluation.protocol import CutCase
from stranet.inpainting.filling import FrameFiller
from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.stats import InpaintStats
from stranet.inpainting.view import View
from stranet.model.aggregation import Candidates, Features, Target, TemporalAggregator, TemporalOutput
from stranet.model.alignment import Alignment
from stranet.model.attention import Sources
from stranet.types import Box


class InsideView(NamedTuple):
    """One box of one target, at low resolution."""

    box: Box
    """In low-resolution pixels."""
    factor: int
    """Full-resolution pixels per low-resolution pixel."""
    hole: np.ndarray
    """(h, w) bool, what is missing."""
    candidates: np.ndarray
    """(K, h, w, 3) float in [0, 1], references brought onto the target."""
    visible: np.ndarray
    """(K, h, w) bool."""
    attention: np.ndarray
    """(K, h, w), sums to one where anything is visible."""
    leftover: np.ndarray
    """(h, w) bool, what no reference shows."""
    image: np.ndarray
    """(h, w, 3) float, what is made of it."""
    is_flow: np.ndarray
    """(K,) bool: from the flow branch."""
    apart: np.ndarray
    """(K,) frames from the target to the reference, negative = before."""


def look_inside(options: InpaintOptions, case: CutCase, index: int) -> list[InsideView]:
    """Fill a case up to one frame and show how that frame came about, box by box; none for a frame without hole."""
    inpainter = _Watched(options, index)
    for done, _ in enumerate(inpainter.inpaint(case.blanked(), case.holes)):
        if done == index:
            break
    return inpainter.views


class _Watched(Inpainter):
    def __init__(self, options: InpaintOptions, index: int) -> None:
        super().__init__(dataclasses.replace(options, workers=1))
        self.views: list[InsideView] = []
        self._filler = _WatchedFiller(self.options, self.stats, index, self.views)


class _WatchedFiller(FrameFiller):
    """Keeps what goes through the temporal aggregation for one target."""

    def __init__(self, options: InpaintOptions, stats: InpaintStats, index: int, views: list[InsideView]) -> None:
        super().__init__(options, stats)
        self._index, self._views = index, views
        self._watch = _Watch(self.boxes.temporal)
        self.boxes = self.boxes._replace(temporal=self._watch)

    def _aggregate(self, view: View, alignment: Alignment, box: Box) -> tuple[TemporalOutput, Sources]:
        made = super()._aggregate(view, alignment, box)
        target = view.target
        if target.index == self._index and self._watch.seen is not None:
            own, candidates = self._watch.seen
            temporal = made[0]
            apart = np.array([view.frames[int(order)].index - target.index for order in alignment.reference])
            self._views.append(
                InsideView(
                    box=box,
                    factor=target.scale.factor,
                    hole=~_plane(own.visible[0, 0]),
                    candidates=_plane(candidates.image[0].permute(0, 2, 3, 1)),
                    visible=_plane(candidates.visible[0, :, 0]),
                    attention=_plane(temporal.attention[0, :, 0]),
                    leftover=_plane(temporal.leftover[0, 0]),
                    image=_plane(temporal.image[0].permute(1, 2, 0)),
                    is_flow=_plane(alignment.is_flow),
                    apart=apart,
                )
            )
        return made


class _Watch:
    """A temporal aggregation that remembers what it was last given."""

    def __init__(self, inner: TemporalAggregator) -> None:
        self._inner = inner
        self.seen: tuple[Target, Candidates] | None = None

    @property
    def temperature(self) -> float:
        return self._inner.temperature

    def encode(self, planes: Tensor) -> Features:
        return self._inner.encode(planes)

    def __call__(self, target: Target, candidates: Candidates) -> TemporalOutput:
        self.seen = target, candidates
        return self._inner(target, candidates)


def _plane(values: Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()
