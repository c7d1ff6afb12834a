"""Where one shot ends and the next begins, decided frame by frame while the video streams past.

Two neighbouring frames of a shot differ by motion and light; two shots differ by structure or by colour. So the
detector compares small copies (about 64x36) of the two frames and adds

- **structure**: luma with mean and contrast normalised (a change of exposure cancels), matched block by block within
  a sixth of the frame (a fast pan cancels), and the mean difference that is left;
- **colour**: the distance between the two histograms of chroma, which motion leaves alone.

A frame starts a shot when the sum is high (another place), or when the structure is fairly high and stands far out
from the last frames of the shot (another angle in the same place). There is no latency, so a single burnt-out flash
frame can still read as a cut; a fade is split at most where it moves fastest. A false cut costs references, never
correctness.

Only cells that both frames show are compared: what lies inside either hole cannot change the answer.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.types import HoleArray, Shot

CELLS = 64 * 36
"""Pixels of the small copy."""
REACH = 6
"""Blocks are matched within 1 / REACH of the width and the height."""
STEP = 2
"""Spacing of the tried displacements, in cells."""
BLOCK = 9
"""Side of a matched block, in cells."""
MIN_CONTRAST = 12.0
"""Contrast (standard deviation of 8-bit luma) below which a frame is not stretched further: noise stays noise."""
CUT = 0.6
"""Structure + colour above this is a cut, whatever came before."""
JUMP = 0.27
"""Structure above this is a cut if it also stands out ..."""
STAND_OUT = 2.5
"""... by this factor from the largest among the last ``MEMORY`` frames of the shot."""
MEMORY = 8
"""Frames that say how restless the shot is."""

_Thumb = tuple[NDArray[np.uint8], NDArray[np.bool_]]
_Floats = NDArray[np.float32]


class ShotDetector:
    """Says of each frame, in order, whether it starts a new shot.

    Example:
        >>> detector = ShotDetector()
        >>> starts = [detector.push(low, hole) for low, hole in zip(lows, holes)]  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._previous: _Thumb | None = None
        self._recent: deque[float] = deque(maxlen=MEMORY)

    def push(self, low: NDArray[np.uint8], hole: HoleArray | None = None) -> bool:
        """Take the next frame.

        Args:
            low: (h, w, 3) uint8 RGB, about 480x270; every frame of the same size.
            hole: (h, w) bool, pixels to ignore; None when there is no hole.

        Returns:
            True when this frame starts a new shot; the very first frame does.
        """
        current = _thumbnail(low, hole)
        previous, self._previous = self._previous, current
        if previous is None:
            return True
        structure, colour = _difference(previous, current)
        cut = structure + colour > CUT or (structure > JUMP and self._stands_out(structure))
        if cut:
            self._recent.clear()
        else:
            self._recent.append(structure)
        return cut

    def _stands_out(self, structure: float) -> bool:
        return len(self._recent) >= 2 and structure > STAND_OUT * max(self._recent)


def thinned(frame: NDArray) -> NDArray[np.uint8]:
    """Every so many rows and columns of an (H, W, 3) uint8 or uint16 frame, about 480x270: enough for `push`."""
    step = thinning(frame.shape[0] * frame.shape[1])
    small = frame[::step, ::step]
    return (small >> 8 * (small.itemsize - 1)).astype(np.uint8)


def thinning(pixels: int) -> int:
    """The step of `thinned` for a frame of so many pixels."""
    return max(1, int((pixels / (480 * 270)) ** 0.5))


def split_shots(starts: Iterable[bool]) -> list[Shot]:
    """Shots from one flag per frame (True = this frame starts a shot); the first frame always starts one.

    Example:
        >>> split_shots([True, False, False, True, False])
        [Shot(start=0, stop=3), Shot(start=3, stop=5)]
    """
    flags = list(starts)
    bounds = [0] + [index for index, start in enumerate(flags) if start and index > 0] + [len(flags)]
    return [Shot(start, stop) for start, stop in itertools.pairwise(bounds) if stop > start]


def _thumbnail(low: NDArray[np.uint8], hole: HoleArray | None) -> _Thumb:
    """Lab copy (h', w', 3) uint8 of about ``CELLS`` cells, and the cells (h', w') that no hole pixel touches."""
    height, width = low.shape[:2]
    across = max(8, round(math.sqrt(CELLS * width / height)))
    size = across, max(8, round(CELLS / across))
    lab = cv2.cvtColor(cv2.resize(low, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    if hole is None or not hole.any():
        return lab.astype(np.uint8, copy=False), np.ones(lab.shape[:2], bool)
    covered = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return lab.astype(np.uint8, copy=False), covered == 0


def _difference(previous: _Thumb, current: _Thumb) -> tuple[float, float]:
    """(structure, colour) over the cells that both frames show: 0 = the same, about 0.6 each = unrelated."""
    both = previous[1] & current[1]
    if not both.any():
        return 0.0, 0.0
    lumas = [_normalised(lab[..., 0], both) for lab, _ in (previous, current)]
    chromas = [_chroma_histogram(lab, both) for lab, _ in (previous, current)]
    colour = 0.5 * float(np.abs(chromas[0] - chromas[1]).sum())
    if both.all():
        return _matched_difference(lumas[0], lumas[1]), colour
    return _matched_difference_where(lumas[0], lumas[1], previous[1], current[1]), colour


def _normalised(luma: NDArray[np.uint8], where: NDArray[np.bool_]) -> _Floats:
    values = luma[where].astype(np.float32)
    return (luma.astype(np.float32) - values.mean()) / max(float(values.std()), MIN_CONTRAST)


def _chroma_histogram(lab: NDArray[np.uint8], where: NDArray[np.bool_]) -> _Floats:
    """(16, 16), sums to one; four levels of a and b to a bin, lightly smoothed; strong colours share the outer bins."""
    bins = np.clip(lab[where][:, 1:].astype(np.intp) // 4 - 24, 0, 15)
    counts = np.bincount(bins[:, 0] * 16 + bins[:, 1], minlength=256).reshape(16, 16)
    smooth = cv2.GaussianBlur((counts / len(bins)).astype(np.float32), (3, 3), 0)
    return smooth / smooth.sum()


def _matched_difference(previous: _Floats, current: _Floats) -> float:
    """Mean over the frame of the smallest blockwise difference under any displacement."""
    best = np.full(current.shape, np.inf, np.float32)
    for moved in _displaced(previous):
        np.minimum(best, cv2.blur(cv2.absdiff(current, moved), (BLOCK, BLOCK)), out=best)
    return float(best.mean())


def _matched_difference_where(
    previous: _Floats, current: _Floats, shown_before: NDArray[np.bool_], shown_now: NDArray[np.bool_]
) -> float:
    """The same over cells shown by both frames; a block needs a quarter of its cells to have a say."""
    now = shown_now.astype(np.float32)
    best = np.full(current.shape, np.inf, np.float32)
    for moved, shown in zip(_displaced(previous), _displaced(shown_before.astype(np.float32)), strict=True):
        weight = now * shown
        seen = cv2.blur(weight, (BLOCK, BLOCK))
        difference = cv2.blur(cv2.absdiff(current, moved) * weight, (BLOCK, BLOCK))
        np.minimum(best, np.where(seen > 0.25, difference / np.maximum(seen, 1e-6), np.inf), out=best)
    known = shown_now & np.isfinite(best)
    return float(best[known].mean()) if known.any() else 0.0


def _displaced(image: _Floats) -> Iterator[_Floats]:
    """Views of ``image`` under every tried displacement, its border continued."""
    height, width = image.shape
    down, right = (STEP * round(side / REACH / STEP) for side in (height, width))
    padded = np.pad(image, ((down, down), (right, right)), mode="edge")
    for y in range(0, 2 * down + 1, STEP):
        for x in range(0, 2 * right + 1, STEP):
            yield padded[y : y + height, x : x + width]
