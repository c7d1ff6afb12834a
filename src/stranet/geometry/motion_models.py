"""Kinds of motion, from a shift to a homography, as linear equations between matched points.

Convention: as in ``homography``: (3, 3), (x, y) order, target -> reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RIDGE = 1e-12
"""Added to normal equations, as a share of their size: points on a line leave some numbers of a model open."""


class Matches(NamedTuple):
    """Where N points are found, in units of their extent."""

    here: np.ndarray
    """(3, N): x, y and 1."""
    there: np.ndarray
    """(2, N)"""

    def squared(self, motion: np.ndarray) -> np.ndarray:
        """(N,): squared distances between where a motion takes the points and where they are found."""
        moved = motion @ self.here
        depth = moved[2]
        depth[np.abs(depth) < 1e-6] = 1e-6
        apart = moved[:2] / depth - self.there
        return np.einsum("in,in->n", apart, apart)


class Model(NamedTuple):
    """A kind of motion as linear equations, which do not change while their weights do."""

    rows: np.ndarray
    """(2 N, P): the equations of all x, then those of all y; P numbers are sought."""
    values: np.ndarray
    """(2 N,)"""
    motion: Callable[[np.ndarray], np.ndarray]
    """(P,) -> (3, 3)."""

    @property
    def numbers(self) -> int:
        """How many numbers describe such a motion."""
        return self.rows.shape[1]

    def solve(self, weight: np.ndarray) -> np.ndarray:
        """The motion of least squares, with (N,) weights."""
        weighted = self.rows.T * np.concatenate((weight, weight))
        normal = weighted @ self.rows
        normal.flat[:: len(normal) + 1] += RIDGE * max(normal.trace(), RIDGE)
        return self.motion(np.linalg.solve(normal, weighted @ self.values))


def _shift(matches: Matches) -> Model:
    (x, y, one), none = matches.here, np.zeros(matches.here.shape[1])
    apart = matches.there - np.stack((x, y))
    return _model(((one, none), (none, one)), apart, lambda n: np.array([[1, 0, n[0]], [0, 1, n[1]], [0, 0, 1]]))


def _similarity(matches: Matches) -> Model:
    (x, y, one), none = matches.here, np.zeros(matches.here.shape[1])
    equations = (x, -y, one, none), (y, x, none, one)
    return _model(equations, matches.there, lambda n: np.array([[n[0], -n[1], n[2]], [n[1], n[0], n[3]], [0, 0, 1]]))


def _affine(matches: Matches) -> Model:
    (x, y, one), none = matches.here, np.zeros(matches.here.shape[1])
    equations = (x, y, one, none, none, none), (none, none, none, x, y, one)
    return _model(equations, matches.there, lambda n: np.vstack((n.reshape(2, 3), (0, 0, 1))))


def _homography(matches: Matches) -> Model:
    (x, y, one), (u, v), none = matches.here, matches.there, np.zeros(matches.here.shape[1])
    equations = (x, y, one, none, none, none, -u * x, -u * y), (none, none, none, x, y, one, -v * x, -v * y)
    return _model(equations, matches.there, lambda n: np.append(n, 1).reshape(3, 3))


def _model(
    equations: tuple[tuple[np.ndarray, ...], ...], values: np.ndarray, motion: Callable[[np.ndarray], np.ndarray]
) -> Model:
    """From the coefficients of x and of y, (N,) each, and (2, N) what they must give."""
    return Model(np.concatenate([np.stack(one, -1) for one in equations]), values.ravel(), motion)


MODELS: tuple[Callable[[Matches], Model], ...] = (_shift, _similarity, _affine, _homography)
"""Ever more numbers."""
