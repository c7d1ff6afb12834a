"""The simplest motion that explains a set of matches: none, a shift, a similarity, an affine motion or a homography.

A camera on a tripod does not move at all, and a fit with eight numbers to noisy matches says that it does, a little;
chained from frame to frame that blurs what it should carry over. So every model pays for its numbers.

Convention: as in ``homography``: (3, 3), pixel centres at integers, (x, y) order, target -> reference.
"""

from __future__ import annotations

import cv2
import numpy as np

from stranet.geometry.homography import IDENTITY
from stranet.geometry.motion_models import MODELS, Matches, Model

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
EXPLAINED = 0.2
"""Where a similarity leaves less than this, no other start is looked for."""
SAMPLED_FROM = 2
"""The first model that is tried from another start too: the affine one."""
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
    here = np.vstack((((points - centre) / size).T, np.ones(len(points))))
    matches = Matches(here, ((matched - centre) / size).T)
    models = [build(matches) for build in MODELS]
    scale = tolerance / 2 / size

    best, cost = IDENTITY, 1.0
    for widen in range(WIDEST.bit_length()):
        best, cost = _best_fit(models, matches, scale * 2**widen)
        if cost < UNEXPLAINED:
            break
    motion = np.linalg.inv(to_unit) @ best @ to_unit
    return motion / motion[2, 2]


def _best_fit(models: list[Model], matches: Matches, scale: float) -> tuple[np.ndarray, float]:
    """The model with the lowest cost at one scale, its price included."""
    best, cost = IDENTITY, _cost(IDENTITY, matches, scale)
    if cost < 2 * PRICE:  # nothing to be gained
        return best, cost
    start, fit = None, IDENTITY
    for order, model in enumerate(models):
        ends = [_reweighted(model, matches, scale, fit, far=order == 0)]
        if order == SAMPLED_FROM and cost > EXPLAINED:
            start = _sampled(matches, scale)
        if start is not None:
            ends.append(_reweighted(model, matches, scale, start, far=False))
        costs = [_cost(end, matches, scale) for end in ends]
        fit = ends[int(np.argmin(costs))]
        priced = min(costs) + PRICE * model.numbers
        if priced < cost:
            best, cost = fit, priced
    return best, cost


def _sampled(matches: Matches, scale: float) -> np.ndarray | None:
    """A homography by random sampling, None where it explains too little; OpenCV wants coordinates like pixels."""
    here, there = (np.ascontiguousarray(points[:2].T) * 500 for points in matches)
    found, inliers = cv2.findHomography(here, there, cv2.USAC_MAGSAC, 1000 * scale, maxIters=300, confidence=0.99)
    if found is None or inliers.sum() < len(here) / 4:
        return None
    to_pixels = np.diag((500.0, 500.0, 1.0))
    motion = np.linalg.inv(to_pixels) @ found @ to_pixels
    return motion / motion[2, 2]


def _cost(motion: np.ndarray, matches: Matches, scale: float) -> float:
    """Geman-McClure: 0 = every match is explained, 1 = none is."""
    squared = matches.squared(motion)
    return float((squared / (scale**2 + squared)).mean())


def _reweighted(model: Model, matches: Matches, scale: float, motion: np.ndarray, far: bool) -> np.ndarray:
    """Iteratively reweighted least squares from a first guess; ``far``: it may be many pixels off."""
    for widen in range(FAR_ROUNDS - 1, -1, -1) if far else (0,) * NEAR_ROUNDS:
        bend = (scale * 4**widen) ** 2
        motion = model.solve((bend / (bend + matches.squared(motion))) ** 2)
    return motion
