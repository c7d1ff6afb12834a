"""How sure a mean over clips is: percentile bootstrap (Efron 1979), with clips as what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

DRAWS = 4000
"""Resamples; a bound then moves by about a hundredth of the interval from seed to seed."""
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Bounds of a mean."""

    low: float
    high: float


def mean_interval(values: Sequence[float | None], seed: int = 0) -> Interval | None:
    """Bounds between which the mean over clips lies with 95 % confidence.

    Args:
        values: one for each clip; None is left out.
        seed: of the draws; the same values and seed give the same bounds.

    Returns:
        None for fewer than two values.
    """
    present = np.array([value for value in values if value is not None], np.float64)
    if len(present) < 2:
        return None
    drawn = np.random.default_rng(seed).integers(0, len(present), (DRAWS, len(present)))
    means = present[drawn].mean(axis=1)
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (outside, 1 - outside))
    return Interval(float(low), float(high))


def difference_interval(
    ours: Mapping[str, float | None], theirs: Mapping[str, float | None], seed: int = 0
) -> tuple[float, Interval | None] | None:
    """Mean difference between two methods over the clips that have both, with its bounds; None where there is none."""
    both = [(value, theirs.get(clip)) for clip, value in ours.items()]
    pairs = [a - b for a, b in both if a is not None and b is not None]
    if not pairs:
        return None
    return float(np.mean(pairs)), mean_interval(pairs, seed)
