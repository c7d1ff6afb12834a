"""Ridge regression that remembers frames by their normal equations.

Learning from hundreds of frames costs no memory, recent frames count more, and the first one never fades.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

FORGET = 0.9
"""What is left of a frame's weight after another one."""
ANCHOR = 0.4
"""Weight of the first frame; the rest is that of the frames after it."""


class Ridge:
    """Weights of units, so that their sum is 1 on the object and -1 beside it.

    Args:
        count: units.
        strength: regularisation, where all samples together weigh 1.
    """

    def __init__(self, count: int, strength: float) -> None:
        self.weights = np.zeros(count, np.float32)
        self._strength = strength
        self._anchor: tuple[NDArray, NDArray] | None = None
        self._recent: tuple[NDArray, NDArray] | None = None

    def score(self, units: Floats) -> Floats:
        """(N, U) -> (N,): about 1 on the object, -1 beside it."""
        return units @ self.weights

    def learn(self, units: Floats, yes: Floats, no: Floats, *, anew: bool = False) -> None:
        """Learn from a frame; the first one that is learned from is the anchor.

        Args:
            units: (N, U).
            yes: (N,), how much each sample counts as one of the object; scaled to half of all weight.
            no: (N,), how much it counts as one beside it; the same.
            anew: forget what was learned before.
        """
        yes, no = (0.5 * side / max(float(side.sum()), 1e-12) for side in (yes, no))
        equations = (units * (yes + no)[:, None]).T @ units, units.T @ (yes - no)
        if anew or self._anchor is None or self._recent is None:
            self._anchor = self._recent = equations
        else:
            old = self._recent
            self._recent = tuple(FORGET * a + (1 - FORGET) * b for a, b in zip(old, equations, strict=True))  # type: ignore[assignment]
        left, right = (
            ANCHOR * a + (1 - ANCHOR) * b
            for a, b in zip(self._anchor, self._recent, strict=True)  # type: ignore[arg-type]
        )
        self.weights = np.linalg.solve(left + self._strength * np.eye(len(left)), right).astype(np.float32)
