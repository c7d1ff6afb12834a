"""Bins of hole area: how much of the frame is missing decides much of how well it can be restored."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from stranet.evaluation.score import CaseScore, FrameScore


class AreaBin(NamedTuple):
    """Shares of the frame, from ``low`` up to but without ``high``."""

    low: float
    high: float

    @property
    def label(self) -> str:
        """For people: ``2-5 %``."""
        if self.high > 1:
            return f">= {self.low:.0%}".replace("%", " %")
        return f"{self.low * 100:.0f}-{self.high * 100:.0f} %"


_EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 1.01)
AREA_BINS = tuple(AreaBin(low, high) for low, high in pairwise(_EDGES))


def by_area(scores: Iterable[CaseScore]) -> dict[AreaBin, list[FrameScore]]:
    """Every scored frame in its bin."""
    bins: dict[AreaBin, list[FrameScore]] = {area: [] for area in AREA_BINS}
    for score in scores:
        for frame in score.frames:
            bins[next(area for area in AREA_BINS if area.low <= frame.hole_area < area.high)].append(frame)
    return bins
