"""The simplest motion that explains a set of matches: none, a shift, a similarity, an affine motion or a homography.

A camera on a tripod does not move at all, and a fit with eight numbers to noisy matches says that it does, a little;
chained from frame to frame that blurs what it should carry over. So every model pays for its numbers.

Convention: as in ``homography``: (3, 3), pixel centres at integers, (x, y) order, target -> reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from stranet.geometry.homography import IDENTITY, apply_homography

MIN_POINTS = 12
"""Fewer matches than this fit nothing that can be trusted."""
MOST_POINTS = 600
"""More matches are thinned out evenly."""
PRICE = 0.003
"""What a number of a model costs, as a share of the matches that it must explain better."""
FAR_ROUNDS = 4
"""Reweightings of the first model; the robust cost bends four times as early from one to the next."""
NEAR_ROUNDS = 2
"""Reweightings of each further model, which starts from the one before."""
UNEXPLAINED = 0.7
"""A fit that leaves more than this is tried again at twice the scale: matches in motion blur are coarse."""
WIDEST = 8
"""Largest scale, in multiples of the first."""


def fit_motion(points: np.ndarray, matched: np.ndarray, tolerance: float) -> np.ndarray | None:
    """Robust fit of ``matched = H(points)`` by the simplest model that will do.

    Args:
        points: (N, 2) float32 target positions.
        matched: (N, 2) float32 reference positions.
        tolerance: how far an inlier may lie from the fit, in pixels; half of it is where the robust cost bends.

    Returns:
        (3, 3) or None where there are too few matches.
    """
    if len(points) < MIN_POINTS:
        return None
    step = -(-len(points) // MOST_POINTS)
    points, matched = points[::step].astype(np.float64), matched[::step].astype(np.float64)
    centre, size = points.mean(0), max(float(np.ptp(points, axis=0).max()), 1.0)
    to_unit = np.array([[1 / size, 0, -centre[0] / size], [0, 1 / size, -centre[1] / size], [0, 0, 1]])
    here, there, scale = (points - centre) / size, (matched - centre) / size, tolerance / 2 / size

    best, cost = IDENTITY, 1.0
    for widen in range(WIDEST.bit_length()):
        best, cost = _best_fit(here, there, scale * 2**widen)
        if cost < UNEXPLAINED:
            break
    motion = np.linalg.inv(to_unit) @ best @ to_unit
    return motion / motion[2, 2]


def _best_fit(here: np.ndarray, there: np.ndarray, scale: float) -> tuple[np.ndarray, float]:
    """The model with the lowest cost at one scale, its price included."""
    best, cost = IDENTITY, _cost(IDENTITY, here, there, scale)
    if cost < 2 * PRICE:  # nothing to be gained
        return best, cost
    start = _sampled(here, there, scale)
    fit = IDENTITY
    for model, count in MODELS:
        ends = [_reweighted(model, here, there, scale, fit, count == 2)]
        if start is not None and count > 4:
            ends.append(_reweighted(model, here, there, scale, start, False))
        fit = min(ends, key=lambda end: _cost(end, here, there, scale))
        priced = _cost(fit, here, there, scale) + PRICE * count
        if priced < cost:
            best, cost = fit, priced
    return best, cost


def _sampled(here: np.ndarray, there: np.ndarray, scale: float) -> np.ndarray | None:
    """A homography by random sampling, None where it explains too little; OpenCV wants coordinates like pixels."""
    found, inliers = cv2.findHomography(
        here * 500, there * 500, cv2.USAC_MAGSAC, 1000 * scale, maxIters=300, confidence=0.99
    )
    if found is None or inliers.sum() < len(here) / 4:
        return None
    to_pixels = np.diag((500.0, 500.0, 1.0))
    motion = np.linalg.inv(to_pixels) @ found @ to_pixels
    return motion / motion[2, 2]


def _cost(motion: np.ndarray, here: np.ndarray, there: np.ndarray, scale: float) -> float:
    """Geman-McClure: 0 = every match is explained, 1 = none is."""
    squared = _squared(motion, here, there)
    return float(np.mean(squared / (scale**2 + squared)))


def _squared(motion: np.ndarray, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    return ((apply_homography(motion, here) - there) ** 2).sum(-1)


Model = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _reweighted(
    model: Model, here: np.ndarray, there: np.ndarray, scale: float, motion: np.ndarray, far: bool
) -> np.ndarray:
    """Iteratively reweighted least squares from a first guess; ``far``: it may be many pixels off."""
    for widen in range(FAR_ROUNDS - 1, -1, -1) if far else (0,) * NEAR_ROUNDS:
        bend = (scale * 4**widen) ** 2
        weight = (bend / (bend + _squared(motion, here, there))) ** 2
        motion = model(here, there, weight)
    return motion


def _shift(here: np.ndarray, there: np.ndarray, weight: np.ndarray) -> np.ndarray:
    motion = IDENTITY.copy()
    motion[:2, 2] = np.average(there - here, axis=0, weights=weight)
    return motion


def _similarity(here: np.ndarray, there: np.ndarray, weight: np.ndarray) -> np.ndarray:
    (x, y), one, none = here.T, np.ones(len(here)), np.zeros(len(here))
    a, b, u, v = _solve((x, -y, one, none), (y, x, none, one), there, weight)
    return np.array([[a, -b, u], [b, a, v], [0, 0, 1]])


def _affine(here: np.ndarray, there: np.ndarray, weight: np.ndarray) -> np.ndarray:
    rows = np.column_stack((here, np.ones(len(here))))
    normal = rows.T @ (weight[:, None] * rows)
    return np.vstack((np.linalg.lstsq(normal, rows.T @ (weight[:, None] * there), rcond=None)[0].T, (0, 0, 1)))


def _homography(here: np.ndarray, there: np.ndarray, weight: np.ndarray) -> np.ndarray:
    (x, y), (u, v), one, none = here.T, there.T, np.ones(len(here)), np.zeros(len(here))
    found = _solve(
        (x, y, one, none, none, none, -u * x, -u * y), (none, none, none, x, y, one, -v * x, -v * y), there, weight
    )
    return np.append(found, 1).reshape(3, 3)


def _solve(
    for_x: Sequence[np.ndarray], for_y: Sequence[np.ndarray], there: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Weighted least squares of two equations per match."""
    rows = np.concatenate((np.column_stack(for_x), np.column_stack(for_y)))
    weighted = rows * np.tile(weight, 2)[:, None]
    return np.linalg.lstsq(rows.T @ weighted, weighted.T @ there.T.ravel(), rcond=None)[0]


MODELS: tuple[tuple[Model, int], ...] = ((_shift, 2), (_similarity, 4), (_affine, 6), (_homography, 8))
"""Each with how many numbers it has."""
