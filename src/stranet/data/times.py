"""When the frames of a training clip were taken: a few of the references that the engine would choose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stranet.references import select_references

MOST_REFERENCES = 20
"""As many as the engine copies from at most."""


def draw_times(rng: np.random.Generator, references: int, target: int, length: int) -> NDArray[np.int64]:
    """Times of a target (0) and of some of its references, nearest first, in frames from the target.

    Args:
        rng: decides which references.
        references: how many, fewer than ``length``.
        target: position of the target, in [0, length).
        length: frames of the shot.

    Returns:
        (references + 1,), distinct.
    """
    chosen = select_references(target, 0, length, max(references, MOST_REFERENCES))
    picked = np.sort(rng.choice(len(chosen), references, replace=False))
    return np.array([target, *(chosen[index] for index in picked)]) - target
