"""Which frames of the window a target copies from: those that show what its hole hides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stranet.geometry.homography import apply_homography
from stranet.inpainting.window import ShotWindow
from stranet.references import select_references

FURTHER_VIEW = 0.3
"""What one more view of a hole position is worth, as a share of the view before it."""
FAR = 24
"""At this distance in time, in frames, a view is worth half as much: light and motion drift."""
STRIDE = 4
"""Of so many low-resolution pixels of the hole one is looked for, along each axis."""


def choose_references(window: ShotWindow, index: int, frames: Sequence[int], count: int) -> tuple[int, ...]:
    """Positions of at most ``count`` references, nearest first.

    The frames next to the target are among them; the others are chosen by what they show of the hole, as far as the
    camera's motion tells, and where that leaves some over, by their distance in time.

    Args:
        window: of the shot.
        index: the target, which has a hole.
        frames: the positions that may be chosen from, rising; ``index`` itself is left out.
        count: at least 1.
    """
    others = tuple(position for position in frames if position != index)
    if len(others) <= count:
        return tuple(sorted(others, key=lambda position: (abs(position - index), position)))
    apart = np.abs(np.array(others) - index)
    shown = _shown(window, index, others)
    chosen = [order for order in range(len(others)) if apart[order] == 1][:count]
    worthy = covering_references(shown, apart, count)
    line = sorted((*others, index))
    spread = [others.index(line[place]) for place in select_references(line.index(index), 0, len(line), count)]
    for order in (*worthy, *spread):
        if len(chosen) < count and order not in chosen:
            chosen.append(order)
    return tuple(sorted((others[order] for order in chosen), key=lambda position: (abs(position - index), position)))


def _shown(window: ShotWindow, index: int, others: tuple[int, ...]) -> np.ndarray:
    """(F, P) bool: which of P positions of the target's hole each frame shows."""
    rows, columns = np.nonzero(~window[index].low.visible[::STRIDE, ::STRIDE])
    points = np.stack((columns, rows), -1).astype(np.float32) * STRIDE
    shown = np.zeros((len(others), len(points)), bool)
    for order, (position, homography) in enumerate(
        zip(others, window.chain(index, others).homographies(), strict=True)
    ):
        visible = window[position].low.visible
        x, y = np.rint(apply_homography(homography, points)).T
        inside = (x >= 0) & (y >= 0) & (x < visible.shape[1]) & (y < visible.shape[0])
        shown[order, inside] = visible[y[inside].astype(int), x[inside].astype(int)]
    return shown


def covering_references(shown: np.ndarray, apart: np.ndarray, count: int) -> list[int]:
    """The frames that together show most of a hole, several times over, near ones first (greedy coverage).

    Args:
        shown: (F, P) bool, which of P hole positions each of F frames shows.
        apart: (F,) distance in time to the target, in frames.
        count: most frames to choose.

    Returns:
        Indices of frames, most useful first; fewer than ``count`` where no further frame shows any position.
    """
    near = FAR / (FAR + apart)
    worth = np.ones(shown.shape[1])
    chosen: list[int] = []
    left = shown.astype(np.float64)
    while len(chosen) < min(count, len(shown)):
        gains = (left @ worth) * near
        best = int(gains.argmax())
        if gains[best] <= 0:
            break
        chosen.append(best)
        worth[shown[best]] *= FURTHER_VIEW
        left[best] = 0
    return chosen
