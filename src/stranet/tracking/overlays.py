"""Logos and burnt-in captions: what stays put while the scene moves.

Over a window of about a second the gradient of a moving scene points now here, now there, and averages out; that of
an overlay stays. Pieces with lasting gradients are looked for window by window, and each is then followed in time, as
long as its own gradients are found in the frames. Where the scene does not move, nothing can be told: a piece found
elsewhere is followed through it, but none is found there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.holes import HoleStore
from stranet.tracking.tracker import FrameStore
from stranet.types import Box, HoleArray, Size

Floats = NDArray[np.floating]

WINDOW, LOOKS = 24, 12
"""Frames of a window, and how many of them are looked at."""
LASTING = 0.9
"""Mean gradient over mean length of gradients: 1 = the same in all frames."""
STRONG = 12.0
"""Least mean gradient of an overlay, in 8-bit levels per pixel."""
MOVING = 0.25
"""Share of all strong gradients that must not last, or else the scene stands still."""
LARGEST = 0.2
"""Share of the frame that one overlay covers at most."""
JOIN = 0.02
"""Letters and lines this near to each other are one overlay, in multiples of the frame's height."""
SMALLEST = 30
"""Pixels with lasting gradients that make an overlay."""
ROUND = 0.2
"""Least share of the weaker direction of its gradients: an edge along which the scene slides lasts too."""
MATCH = 0.6
"""Correlation of its gradients up to which an overlay is still there."""
SHORTEST = 20
"""Frames for which an overlay is there at least."""
COVERED = 0.6
"""A piece is known when this share of it lies in overlays that are already there."""


@dataclass
class _Overlay:
    """A piece that stays put."""

    box: Box
    hole: HoleArray
    """(h, w) bool, inside the box."""
    gradient: Floats
    """(h, w, 2), inside the box, 0 where it does not last."""

    def there(self, gradient: Floats) -> bool:
        """Whether a frame, of which the gradient is given, shows it."""
        part = gradient[self.box.slices]
        both = float((part * self.gradient).sum())
        where = (self.gradient != 0).any(-1)
        lengths = float(np.sqrt((part[where] ** 2).sum() * (self.gradient**2).sum()))
        return lengths > 0 and both / lengths > MATCH


def find_overlays(frames: FrameStore, step: Callable[[], object] = lambda: None) -> HoleStore:
    """Everything that stays put while the scene moves.

    Args:
        frames: the video; cuts do not matter, as overlays live through them.
        step: called once for every frame.

    Returns:
        One hole per frame.
    """
    found = HoleStore(frames.size)
    for start in range(0, len(frames), WINDOW // 2):
        stop = min(start + WINDOW, len(frames))
        if start and stop - start < WINDOW // 2:
            _count(step, stop - start)
            break
        middle = (start + stop) // 2
        for overlay in _lasting(frames, start, stop):
            known = found[middle][overlay.box.slices]
            if (known & overlay.hole).sum() < COVERED * overlay.hole.sum():
                _mark(frames, overlay, middle, found)
        _count(step, min(WINDOW // 2, len(frames) - start))
    return found


def gradient_of(rgb: NDArray[np.uint8]) -> Floats:
    """(h, w, 2) 8-bit levels per pixel."""
    gray = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    slopes = [cv2.Sobel(gray, cv2.CV_32F, *order, scale=1 / 4) for order in ((1, 0), (0, 1))]
    return np.stack(slopes, -1, dtype=np.float32)


def _count(step: Callable[[], object], times: int) -> None:
    for _ in range(times):
        step()


def _lasting(frames: FrameStore, start: int, stop: int) -> Sequence[_Overlay]:
    """What stays put in a window."""
    looked_at = sorted({int(index) for index in np.linspace(start, stop - 1, min(LOOKS, stop - start))})
    if len(looked_at) < 4:
        return ()
    total = np.zeros((frames.size.height, frames.size.width, 2), np.float32)
    length = np.zeros(total.shape[:2], np.float32)
    for index in looked_at:
        gradient = gradient_of(frames[index])
        total += gradient
        length += np.linalg.norm(gradient, axis=-1)
    mean, length = total / np.float32(len(looked_at)), length / np.float32(len(looked_at))
    strength = np.linalg.norm(mean, axis=-1)
    lasting = (strength > STRONG) & (strength > LASTING * length)
    strong = length > STRONG
    if strong.sum() == 0 or (strong & ~lasting).sum() < MOVING * strong.sum():
        return ()
    return _pieces(lasting, mean, frames.size)


def _pieces(lasting: HoleArray, gradient: Floats, size: Size) -> Sequence[_Overlay]:
    """Neighbouring edges as one overlay, filled, with a margin for the blur of its outline."""
    reach = max(2, round(JOIN * size.height))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    crumbs = cv2.morphologyEx(lasting.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    joined = cv2.morphologyEx(
        cv2.copyMakeBorder(crumbs, reach, reach, reach, reach, cv2.BORDER_CONSTANT), cv2.MORPH_CLOSE, kernel
    )
    joined = joined[reach:-reach, reach:-reach]
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    pieces = []
    for outline in outlines:
        whole = np.zeros(lasting.shape, np.uint8)
        cv2.drawContours(whole, [outline], -1, 1, cv2.FILLED)
        if not (lasting & (whole > 0)).sum() >= SMALLEST or whole.sum() > LARGEST * whole.size:
            continue
        whole = cv2.dilate(whole, np.ones((5, 5), np.uint8))
        x, y, width, height = cv2.boundingRect(whole)
        box = Box(x, y, x + width, y + height)
        hole = whole[box.slices] > 0
        kept = gradient[box.slices] * (lasting[box.slices] & hole)[..., None]
        directions = np.linalg.eigvalsh(np.einsum("yxi,yxj->ij", kept, kept))
        if directions[0] > ROUND * directions[1]:
            pieces.append(_Overlay(box, hole, kept.astype(np.float32)))
    return pieces


def _mark(frames: FrameStore, overlay: _Overlay, start: int, found: HoleStore) -> None:
    """Mark an overlay as long as it is there, forwards and backwards; a missed frame or two do not end it."""
    there: list[int] = []
    for order in (range(start, len(frames)), range(start - 1, -1, -1)):
        missed: list[int] = []
        for index in order:
            if overlay.there(gradient_of(frames[index])):
                there += (*missed, index)
                missed = []
            else:
                missed.append(index)
                if len(missed) > 2:
                    break
    if len(there) < min(SHORTEST, len(frames)):
        return
    for index in there:
        hole = found[index]
        hole[overlay.box.slices] |= overlay.hole
        found[index] = hole
