"""Holes that move: silhouettes with a motion of their own, in the frame or in the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from stranet.data.camera import MotionOptions, draw_motion
from stranet.data.layers import warp_shape
from stranet.data.silhouettes import Silhouette, SilhouetteSource
from stranet.errors import ConfigError
from stranet.model.flow import grow

ATTEMPTS = 6
"""Holes are drawn anew at most so often until they cover as much as they should."""


MOST_ENLARGED = 3.0
"""Largest factor on a silhouette, for frames of 256 pixels."""


@dataclass(frozen=True)
class HoleOptions:
    """How much holes cover and how they move."""

    least: float = 0.03
    """Least share of the target that is missing, above 0."""
    most: float = 0.25
    """Largest share of the target that is missing, below 1."""
    several: float = 0.3
    """Share of clips with two or three holes, 0 to 1."""
    most_growth: int = 5
    """Holes are grown by up to so many pixels, as users' masks are."""
    in_scene: float = 0.3
    """Share of holes that move relative to the scene, 0 to 1; the others move relative to the frame, as what a camera
    follows does."""
    motion: MotionOptions = field(
        default_factory=lambda: MotionOptions(
            static=0.1, slowest=0.6, fastest=10.0, turn=0.4, zoom=0.006, shear=0.003, tilt=0
        )
    )
    """Of their own."""

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most < 1:
            raise ConfigError(
                f"least is {self.least} and most {self.most}, but must lie between 0 and 1, in this order"
            )
        for name in ("several", "in_scene"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must lie between 0 and 1")
        if self.most_growth < 0:
            raise ConfigError(f"most_growth is {self.most_growth}, but must be at least 0")


def draw_holes(
    rng: np.random.Generator,
    silhouettes: SilhouetteSource,
    times: NDArray[np.int64],
    scene: NDArray[np.float64],
    side: int,
    options: HoleOptions,
    near: Sequence[float] | NDArray[np.float64] | None = None,
) -> NDArray[np.bool_]:
    """Holes of all frames of a clip.

    Args:
        rng: all that is random.
        silhouettes: their shapes.
        times: (T,) in frames, the target's 0 first.
        scene: (T, 3, 3), target -> frame, in pixels: the motion of the background.
        side: of the square frames, pixels.
        options: how much they cover and how they move.
        near: (x, y) in the target that a hole should hide; None = anything.

    Returns:
        (T, side, side), True = missing; the target's cover between half of ``least`` and one and a half of ``most``.
    """
    covered = np.exp(rng.uniform(np.log(options.least), np.log(options.most)))
    for _ in range(ATTEMPTS):
        count = 1 if rng.random() >= options.several else int(rng.integers(2, 4))
        growth = int(rng.integers(0, options.most_growth + 1))
        tracks = [
            _Track(rng, silhouettes.draw(rng), covered / count, times, scene, side, options, None if other else near)
            for other in range(count)
        ]
        target = _draw(tracks, 0, side, growth)
        if options.least / 2 <= target.mean() <= options.most * 1.5:
            break
    else:
        growth, tracks = 0, [_Track(rng, (_disc(),), covered, times, scene, side, options, (side / 2, side / 2))]
    return np.stack([_draw(tracks, index, side, growth) for index in range(len(times))])


class _Track:
    """One silhouette on its way."""

    def __init__(
        self,
        rng: np.random.Generator,
        silhouette: Silhouette,
        covered: float,
        times: NDArray[np.int64],
        scene: NDArray[np.float64],
        side: int,
        options: HoleOptions,
        near: Sequence[float] | NDArray[np.float64] | None,
    ) -> None:
        self.shapes = animate(rng, silhouette, times)
        at_target = self.shapes[0]
        scale = np.sqrt(covered * side**2 / np.count_nonzero(at_target))
        # Much enlarged, a small silhouette shows its pixels.
        scale = min(scale, 1.2 * side / max(at_target.shape), MOST_ENLARGED * side / 256)
        centre = rng.normal(near, side / 16) if near is not None else rng.uniform(0.1, 0.9, 2) * side
        own = draw_motion(rng, times, options.motion).matrices(side)  # (T, 3, 3), around the centre
        follows = scene if rng.random() < options.in_scene else np.tile(np.eye(3), (len(times), 1, 1))
        place = shapes_to_frame(self.shapes, scale, centre, bool(rng.random() < 0.5))
        moved = follows @ translation(centre) @ own @ translation(-centre) @ place
        self.to_shape = np.linalg.inv(moved)


def animate(rng: np.random.Generator, silhouette: Silhouette, times: NDArray[np.int64]) -> Silhouette:
    """The shape at each of T times: back and forth through an object's shapes."""
    if len(silhouette) == 1:
        return silhouette * len(times)
    phase, pace = rng.integers(2 * len(silhouette)), rng.uniform(0.1, 0.35)
    steps = np.rint(phase + times * pace).astype(int) % (2 * len(silhouette) - 2)
    return tuple(silhouette[min(step, 2 * len(silhouette) - 2 - step)] for step in steps)


def shapes_to_frame(
    shapes: Silhouette, scale: float, centre: NDArray[np.float64], mirrored: bool
) -> NDArray[np.float64]:
    """(T, 3, 3): brings the middle of every shape to ``centre`` (x, y), ``scale`` times as large."""
    middles = np.stack([translation(((1 - shape.shape[1]) / 2, (1 - shape.shape[0]) / 2)) for shape in shapes])
    return translation(centre) @ np.diag((-scale if mirrored else scale, scale, 1.0)) @ middles


def translation(offset: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3)"""
    moved = np.eye(3)
    moved[:2, 2] = offset
    return moved


def _draw(tracks: Sequence[_Track], index: int, side: int, growth: int) -> NDArray[np.bool_]:
    hole = np.zeros((side, side), bool)
    for track in tracks:
        hole |= warp_shape(track.shapes[index], track.to_shape[index], (side, side))
    return grow(hole, growth)


def _disc() -> NDArray[np.bool_]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (65, 65)).view(bool)
