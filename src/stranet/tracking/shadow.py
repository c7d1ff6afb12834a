"""The soft shadow of an object: ground that is darker than in other frames, in the same colour and texture.

Where the camera's motion lines frames up, ground that the shadow has left or not yet reached shows how bright it is by
itself. A pixel is shadow when it is darker than that by a plausible factor, when this factor explains the difference
(chroma and texture are those of the ground), and when such pixels lead to the object. The
shadow of an object that stays in its place is not found: no frame shows what is below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.tracking.appearance import Floats
from stranet.tracking.camera_path import CameraPath
from stranet.tracking.holes import HoleStore
from stranet.tracking.region import bounding_rect
from stranet.tracking.tracker import FrameStore
from stranet.types import HoleArray, Shot

OFFSETS = (4, 8, 14, 22, 32, 44)
"""Frames before and after that are compared."""
CLEAR, FAINT, DARKEST = 0.82, 0.9, 0.25
"""Brightness, as a share of the ground's, below which it is clearly or faintly shadow, and above which it must be."""
CHROMA = 6.0
"""Levels of Lab by which the chroma of shaded ground may differ: light of the sky is bluer."""
TEXTURE = 0.2
"""Share of its brightness by which ground may differ from itself once the factor is taken out."""
BLUR = 1.5
"""Reduced pixels over which ground is compared; registration errs by about one."""
SMOOTH = 2.5
"""Reduced pixels over which the factor of a shadow hardly changes."""
REACH = 0.8
"""How far from the object its shadow may fall, in multiples of the object's size."""
CLEARANCE = 0.3
"""Ground this near to an object may lie in its shadow, in multiples of the object's size."""
MOST = 1.0
"""Largest shadow, in multiples of the object's area."""
LIT = 0.9
"""Ground that is at least so bright, as a share of itself in other frames, is lit."""
TOUCH = 3
"""Reduced pixels by which a shadow may miss the object."""
BRIGHT = 50
"""Percentile of the ground's brightness over the compared frames."""
FEWEST = 2
"""Frames that must show the ground."""


def find_shadows(
    frames: FrameStore, shots: Sequence[Shot], objects: HoleStore, step: Callable[[], object] = lambda: None
) -> HoleStore:
    """The shadows of tracked objects.

    Args:
        frames, shots: the video.
        objects: what was tracked.
        step: called after every frame.

    Returns:
        One hole per frame at the size of ``frames``, the object itself left out.
    """
    path, shadows = CameraPath(frames, objects), HoleStore(frames.size)
    for shot in shots:
        for index in range(shot.start, shot.stop):
            if index in objects:
                small = _shadow(path, shot, index)
                if small.any():
                    whole = cv2.resize(small.astype(np.float32), frames.size) > 0.5
                    shadows[index] = whole & ~objects[index]
            step()
    return shadows


def _shadow(path: CameraPath, shot: Shot, index: int) -> HoleArray:
    """(h, w) bool at the reduced size."""
    here, hole = _linear(path.small(index)), path.small_hole(index)
    x, y, width, height = bounding_rect(hole)
    size = (width * height) ** 0.5
    room = int(REACH * size) + 1
    near = np.zeros_like(hole)
    near[max(0, y - room) : y + height + room, max(0, x - room) : x + width + room] = True
    ground, known = _ground(path, shot, index, here, near & ~hole, size)

    free = near & ~hole & known
    blurred, ground_blurred = (cv2.GaussianBlur(each, (0, 0), BLUR) for each in (here, ground))
    ratio = blurred.mean(-1) / np.maximum(ground_blurred.mean(-1), 1e-3)
    expected = ground_blurred * ratio[..., None]
    same_chroma = np.linalg.norm(_chroma(blurred) - _chroma(expected), axis=-1) < CHROMA
    light, ground_light = here.mean(-1), ground.mean(-1)
    factor = cv2.GaussianBlur(light, (0, 0), SMOOTH) / np.maximum(cv2.GaussianBlur(ground_light, (0, 0), SMOOTH), 1e-3)
    left = np.abs(light - factor * ground_light) / np.maximum(light, 0.02)
    same_texture = cv2.GaussianBlur(left, (0, 0), BLUR) < TEXTURE
    # Lenses darken corners and cameras adapt: only what is darker than around it counts.
    lit = (free & (ratio > LIT)).astype(np.float32)
    ratio = ratio * (_carried(lit, size) + 1e-3) / (_carried(ratio * lit, size) + 1e-3)

    possible = free & same_chroma & same_texture & (ratio > DARKEST)
    touching = cv2.dilate(hole.view(np.uint8), np.ones((2 * TOUCH + 1, 2 * TOUCH + 1), np.uint8)) > 0
    # What runs on to the end of what is looked at is light of another kind: a shadow ends with its object.
    end = near & ~_shrunk(near)
    return _leading_to(touching, end, possible & (ratio < CLEAR), possible & (ratio < FAINT), MOST * hole.sum()) & ~hole


def _ground(
    path: CameraPath, shot: Shot, index: int, here: Floats, near: HoleArray, size: float
) -> tuple[Floats, HoleArray]:
    """(h, w, 3) linear light of the ground as other frames show it, and (h, w) bool where they do."""
    others = [index + sign * offset for offset in OFFSETS for sign in (-1, 1)]
    seen = [_seen(path, index, other, size) for other in others if shot.start <= other < shot.stop]
    if len(seen) < FEWEST:
        return here, np.zeros_like(near)
    for each in seen:  # cameras adapt their exposure
        both = near & np.isfinite(each[..., 0])
        if both.any():
            each *= float(np.median(here.mean(-1)[both] / np.maximum(each.mean(-1)[both], 1e-3)))
    stack = np.stack(seen)
    known = np.isfinite(stack[..., 0]).sum(0) >= FEWEST
    stack[:, ~known] = 1.0
    # The frame in which a pixel is about as bright as usual, so that colours stay together.
    light = np.nan_to_num(stack.mean(-1), nan=-1.0)
    order, count = np.argsort(light, axis=0), (light >= 0).sum(0)
    rank = len(stack) - count + np.floor((count - 1) * BRIGHT / 100).astype(int)
    chosen = np.take_along_axis(order, rank[None], 0)[..., None]
    return np.take_along_axis(stack, chosen, 0)[0], known


def _shrunk(near: HoleArray) -> HoleArray:
    """A rectangle without its outermost pixels, but for those at the border of the frame."""
    picture = cv2.copyMakeBorder(near.view(np.uint8), 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    return cv2.erode(picture, np.ones((5, 5), np.uint8))[2:-2, 2:-2] > 0


def _leading_to(touching: HoleArray, end: HoleArray, clear: HoleArray, faint: HoleArray, most: float) -> HoleArray:
    """Faint pieces that hold clear ones, touch the object and come to an end."""
    pieces = cv2.morphologyEx(faint.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    pieces = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(pieces)
    touched = np.bincount(labels[touching], minlength=count) > 0
    seeds = np.bincount(labels[clear], minlength=count)
    ended = np.bincount(labels[end], minlength=count) == 0
    small = stats[:, cv2.CC_STAT_AREA] <= most
    kept = touched & ended & small & (seeds > 0.3 * stats[:, cv2.CC_STAT_AREA]) & (seeds >= 12)
    kept[0] = False
    found = kept[labels]
    return cv2.dilate(found.view(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _seen(path: CameraPath, index: int, other: int, size: float) -> Floats:
    """(h, w, 3) linear light of another frame as seen in this one; nan where it may show an object or its shadow."""
    motion = path.motion(index, other)
    height, width = path.small(index).shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(_linear(path.small(other)), motion, (width, height), flags=flags)
    side = 2 * max(2, round(CLEARANCE * size)) + 1
    free = cv2.erode((~path.small_hole(other)).view(np.uint8), np.ones((side, side), np.uint8)) * np.uint8(255)
    shown = cv2.warpPerspective(free, motion, (width, height), flags=flags) == 255
    seen[~shown] = np.nan
    return seen  # type: ignore[return-value]


def _carried(plane: Floats, size: float) -> Floats:
    """A blur as wide as half the object, for which a coarse copy does."""
    step = max(1, int(size / 8))
    height, width = plane.shape
    small = (max(4, width // step), max(4, height // step))
    coarse = cv2.resize(plane.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), max(0.5, 0.5 * size / step))
    return cv2.resize(coarse, (width, height))  # type: ignore[return-value]


def _linear(rgb: NDArray[np.uint8]) -> Floats:
    return (rgb.astype(np.float32) / 255) ** 2.2


def _chroma(light: NDArray) -> Floats:
    """(h, w, 2): a and b of linear light."""
    even = np.clip(light, 0, 1) ** (1 / 2.2)
    return cv2.cvtColor(even.astype(np.float32), cv2.COLOR_RGB2LAB)[..., 1:]  # type: ignore[return-value]
