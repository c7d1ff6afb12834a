"""Kinds of motion, from a shift to a homography, as linear equations between matched points.

Several sets of matches are worked on at once: the references of one target ask the same question, and one operation
for all of them costs little more than one for each.

Convention: as in ``homography``: (3, 3), (x, y) order, target -> reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RIDGE = 1e-12
"""Added to normal equations, as a share of their size: points on a line leave some numbers of a model open."""


class Matches(NamedTuple):
    """Where the points of S sets are found, up to N each, in units of their extent."""

    here: np.ndarray
    """(S, 3, N): x, y and 1."""
    there: np.ndarray
    """(S, 2, N)"""
    share: np.ndarray
    """(S, N): what part of its set a match is; 0 = only fills up the row of a smaller set."""

    def squared(self, motion: np.ndarray) -> np.ndarray:
        """(S, N): squared distances between where motions (S, 3, 3) take the points and where they are found."""
        moved = motion @ self.here
        depth = moved[:, 2:]
        depth[np.abs(depth) < 1e-6] = 1e-6
        apart = moved[:, :2] / depth - self.there
        return np.einsum("sin,sin->sn", apart, apart)

    def of(self, sets: np.ndarray) -> Matches:
        """Some of the sets, by their indices."""
        return Matches(*(part[sets] for part in self))


class Model(NamedTuple):
    """A kind of motion as linear equations, which do not change while their weights do."""

    rows: np.ndarray
    """(S, P, 2 N): the equations of all x, then those of all y; P numbers are sought."""
    values: np.ndarray
    """(S, 2 N)"""
    basis: np.ndarray
    """(P, 3, 3): what each number adds to the motion ..."""
    fixed: np.ndarray
    """(3, 3): ... and what is there without any."""

    @property
    def numbers(self) -> int:
        """How many numbers describe such a motion."""
        return len(self.basis)

    def solve(self, weight: np.ndarray) -> np.ndarray:
        """The motions of least squares (S, 3, 3), with weights (S, N)."""
        weighted = self.rows * np.concatenate((weight, weight), 1)[:, None]
        normal = weighted @ self.rows.transpose(0, 2, 1)
        trace = normal.trace(axis1=1, axis2=2)
        normal += RIDGE * np.maximum(trace, RIDGE)[:, None, None] * np.eye(self.numbers)
        numbers = np.linalg.solve(normal, weighted @ self.values[..., None])  # (S, P, 1)
        return self.fixed + np.einsum("sp,pij->sij", numbers[..., 0], self.basis)

    def of(self, sets: np.ndarray) -> Model:
        """The equations of some of the sets, by their indices."""
        return self._replace(rows=self.rows[sets], values=self.values[sets])


def _shift(matches: Matches) -> Model:
    one, none = matches.here[:, 2], np.zeros_like(matches.here[:, 2])
    apart = matches.there - matches.here[:, :2]
    return _model(((one, none), (none, one)), apart, "..a ..b ...", np.eye(3))


def _similarity(matches: Matches) -> Model:
    (x, y, one), none = matches.here.swapaxes(0, 1), np.zeros_like(matches.share)
    return _model(((x, -y, one, none), (y, x, none, one)), matches.there, "aBc bad ...", LAST)


def _affine(matches: Matches) -> Model:
    (x, y, one), none = matches.here.swapaxes(0, 1), np.zeros_like(matches.share)
    equations = (x, y, one, none, none, none), (none, none, none, x, y, one)
    return _model(equations, matches.there, "abc def ...", LAST)


def _homography(matches: Matches) -> Model:
    (x, y, one), (u, v) = matches.here.swapaxes(0, 1), matches.there.swapaxes(0, 1)
    none = np.zeros_like(matches.share)
    equations = (x, y, one, none, none, none, -u * x, -u * y), (none, none, none, x, y, one, -v * x, -v * y)
    return _model(equations, matches.there, "abc def gh.", LAST)


LAST = np.diag((0.0, 0.0, 1.0))


def _model(equations: tuple[tuple[np.ndarray, ...], ...], values: np.ndarray, places: str, fixed: np.ndarray) -> Model:
    """From the coefficients of x and of y, (S, N) each, and what they must give, (S, 2, N).

    Args:
        equations, values: see above.
        places: the three rows of the motion; a letter stands for a number, in their order, a capital for its negative.
        fixed: what is there without any number.
    """
    rows = np.concatenate([np.stack(one, 1) for one in equations], 2)
    basis = np.zeros((rows.shape[1], 9))
    for place, letter in enumerate(places.replace(" ", "")):
        if letter != ".":
            basis[ord(letter.lower()) - ord("a"), place] = -1 if letter.isupper() else 1
    return Model(rows, values.reshape(len(values), -1), basis.reshape(-1, 3, 3), fixed)


MODELS: tuple[Callable[[Matches], Model], ...] = (_shift, _similarity, _affine, _homography)
"""Ever more numbers."""
