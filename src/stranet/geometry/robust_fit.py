"""The simplest motion that explains a set of matches: none, a shift, a similarity, an affine motion or a homography.

A camera on a tripod does not move at all, and a fit with eight numbers to noisy matches says that it does, a little;
chained from frame to frame that blurs what it should carry over. So every model pays for its numbers.

Convention: as in ``homography``: (3, 3), pixel centres at integers, (x, y) order, target -> reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from stranet.geometry.homography import IDENTITY, apply_homography
from stranet.geometry.motion_models import MODELS, Matches, Model

MIN_POINTS = 12
"""Fewer matches than this fit nothing that can be trusted."""
MOST_POINTS = 300
"""More matches are thinned out evenly."""
PRICE = 0.003
"""What a number of a model costs, as a share of the matches that it must explain better."""
FAR_ROUNDS = 4
"""Reweightings of the first model; the robust cost bends four times as early from one to the next."""
NEAR_ROUNDS = 2
"""Reweightings of each further model, which starts from the one before."""
UNEXPLAINED = 0.7
"""A fit that leaves more than this is tried again at twice the scale: matches in motion blur are coarse."""
EXPLAINED = 0.2
"""Where a similarity leaves less than this, no other start is looked for."""
SAMPLED_FROM = 2
"""The first model that is tried from another start too: the affine one."""
WIDEST = 8
"""Largest scale of a fit that is to be exact, in multiples of the first."""


def fit_motions(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    tolerance: float,
    models: Sequence[Callable[[Matches], Model]] = MODELS,
    widest: int = WIDEST,
) -> list[np.ndarray | None]:
    """Robust fits of ``matched = H(points)`` by the simplest model that will do, one per set of matches.

    Args:
        pairs: of each set (N, 2) float32 target positions, and where they are found in the reference, (N, 2) float32.
        tolerance: how far an inlier may lie from the fit, in pixels; half of it is where the robust cost bends.
        models: those that are tried, from few numbers to many.
        widest: largest scale at which a fit that explains little is tried again, in multiples of the first.

    Returns:
        (3, 3) each, or None where there are too few matches.
    """
    fitted: list[np.ndarray | None] = [None] * len(pairs)
    enough = [index for index, (points, _) in enumerate(pairs) if len(points) >= MIN_POINTS]
    if not enough:
        return fitted
    matches, to_unit = _in_units([pairs[index] for index in enough])
    built = [build(matches) for build in models]
    scale = tolerance / 2 * to_unit[:, 0, 0]  # (S,)

    best, open_sets = np.tile(IDENTITY, (len(enough), 1, 1)), np.arange(len(enough))
    for widen in range(widest.bit_length()):
        some = [model.of(open_sets) for model in built]
        best[open_sets], cost = _best_fit(some, matches.of(open_sets), scale[open_sets] * 2**widen)
        open_sets = open_sets[cost >= UNEXPLAINED]
        if not len(open_sets):
            break
    motions = np.linalg.inv(to_unit) @ best @ to_unit
    for index, motion in zip(enough, motions, strict=True):
        fitted[index] = motion / motion[2, 2]
    return fitted


def unexplained(motion: np.ndarray, pair: tuple[np.ndarray, np.ndarray], tolerance: float) -> float:
    """The share of matches that a motion leaves unexplained, by the robust cost: 0 = none, 1 = all of them.

    Args:
        motion: (3, 3).
        pair, tolerance: as in `fit_motions`; at least one match.
    """
    points, matched = pair
    squared = np.square(apply_homography(motion, points) - matched).sum(1)
    return float((squared / ((tolerance / 2) ** 2 + squared)).mean())


def _in_units(pairs: list[tuple[np.ndarray, np.ndarray]]) -> tuple[Matches, np.ndarray]:
    """Thinned out, in units of their extent and of one length; and what brings pixels there, (S, 3, 3)."""
    steps = [-(-len(points) // MOST_POINTS) for points, _ in pairs]
    thinned = [(points[::step], matched[::step]) for step, (points, matched) in zip(steps, pairs, strict=True)]
    longest = max(len(points) for points, _ in thinned)
    sets = len(pairs)
    matches = Matches(np.zeros((sets, 3, longest)), np.zeros((sets, 2, longest)), np.zeros((sets, longest)))
    matches.here[:, 2] = 1
    to_unit = np.tile(IDENTITY, (sets, 1, 1))
    for index, (points, matched) in enumerate(thinned):
        count, centre = len(points), points.mean(0, dtype=np.float64)
        size = max(float(np.ptp(points, axis=0).max()), 1.0)
        to_unit[index] = [[1 / size, 0, -centre[0] / size], [0, 1 / size, -centre[1] / size], [0, 0, 1]]
        matches.here[index, :2, :count] = ((points - centre) / size).T
        matches.there[index, :, :count] = ((matched - centre) / size).T
        matches.share[index, :count] = 1 / count
    return matches, to_unit


def _best_fit(models: list[Model], matches: Matches, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The models (S, 3, 3) with the lowest cost at one scale per set, and these costs (S,), prices included."""
    best = np.tile(IDENTITY, (len(scale), 1, 1))
    cost = _cost(best, matches, scale)
    moving = np.flatnonzero(cost >= 2 * PRICE)  # elsewhere nothing is to be gained
    if not len(moving):
        return best, cost
    models, matches, scale = [model.of(moving) for model in models], matches.of(moving), scale[moving]
    fit, sampled = best[moving], None
    for order, model in enumerate(models):
        fit = _reweighted(model, matches, scale, fit, far=order == 0)
        costs = _cost(fit, matches, scale)
        if order == SAMPLED_FROM:
            sampled = _sampled(matches, scale, cost[moving] > EXPLAINED)
        if sampled is not None and len(sampled.sets):
            sets = sampled.sets
            other = _reweighted(model.of(sets), matches.of(sets), scale[sets], sampled.motions, far=False)
            others = _cost(other, matches.of(sets), scale[sets])
            better = others < costs[sets]
            fit[sets[better]], costs[sets[better]] = other[better], others[better]
        priced = costs + PRICE * model.numbers
        cheaper = priced < cost[moving]
        best[moving[cheaper]], cost[moving[cheaper]] = fit[cheaper], priced[cheaper]
    return best, cost


class _Starts(NamedTuple):
    """Other motions to start from."""

    sets: np.ndarray
    """(T,) indices."""
    motions: np.ndarray
    """(T, 3, 3)"""


def _sampled(matches: Matches, scale: np.ndarray, wanted: np.ndarray) -> _Starts:
    """Homographies by random sampling, of the sets that want (S,) one and of which it explains enough."""
    found = {index: _sample(matches.of(np.array([index])), float(scale[index])) for index in np.flatnonzero(wanted)}
    usable = {index: motion for index, motion in found.items() if motion is not None}
    return _Starts(np.array(list(usable), int), np.array(list(usable.values())).reshape(-1, 3, 3))


def _sample(matches: Matches, scale: float) -> np.ndarray | None:
    """One homography by random sampling, None where it explains too little; OpenCV wants coordinates like pixels."""
    used = matches.share[0] > 0
    here, there = (np.ascontiguousarray(points[0, :2, used]) * 500 for points in (matches.here, matches.there))
    found, inliers = cv2.findHomography(here, there, cv2.USAC_MAGSAC, 1000 * scale, maxIters=300, confidence=0.99)
    if found is None or inliers.sum() < len(here) / 4:
        return None
    to_pixels = np.diag((500.0, 500.0, 1.0))
    motion = np.linalg.inv(to_pixels) @ found @ to_pixels
    return motion / motion[2, 2]


def _cost(motion: np.ndarray, matches: Matches, scale: np.ndarray) -> np.ndarray:
    """Geman-McClure (S,): 0 = every match is explained, 1 = none is."""
    squared = matches.squared(motion)
    return (squared / (scale[:, None] ** 2 + squared) * matches.share).sum(1)


def _reweighted(model: Model, matches: Matches, scale: np.ndarray, motion: np.ndarray, far: bool) -> np.ndarray:
    """Iteratively reweighted least squares from first guesses (S, 3, 3); ``far``: they may be many pixels off."""
    for widen in range(FAR_ROUNDS - 1, -1, -1) if far else (0,) * NEAR_ROUNDS:
        bend = (scale[:, None] * 4**widen) ** 2
        motion = model.solve((bend / (bend + matches.squared(motion))) ** 2 * (matches.share > 0))
    return motion
