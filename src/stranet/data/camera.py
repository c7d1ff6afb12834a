"""Smooth random motion: of cameras over a still image, and of the things in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError


@dataclass(frozen=True)
class MotionOptions:
    """How far something moves from frame to frame."""

    static: float = 0.2
    """Share of motions that are none, 0 to 1."""
    slowest: float = 0.1
    """Slowest other motion, pixels per frame; speeds between are equally likely on a logarithmic scale."""
    fastest: float = 10.0
    """Fastest motion, pixels per frame."""
    turn: float = 0.25
    """Rotation, degrees per frame, as a standard deviation; like all below it is drawn with the speed."""
    zoom: float = 0.004
    """Relative change of size per frame, as a standard deviation."""
    shear: float = 0.001
    """Change of shear and of aspect per frame, as a standard deviation."""
    tilt: float = 0.001
    """Change of perspective across the frame, per frame, as a standard deviation."""
    shake: float = 1.0
    """Most that a hand shakes, pixels, as a standard deviation; half of the motions have none."""

    def __post_init__(self) -> None:
        for name in ("static", "turn", "zoom", "shear", "tilt", "shake"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must be at least 0")
        if self.static > 1:
            raise ConfigError(f"static is {self.static}, but must lie between 0 and 1")
        if not 0 < self.slowest <= self.fastest:
            raise ConfigError(
                f"slowest is {self.slowest} and fastest {self.fastest}, but must be above 0 and in this order"
            )


class Motion(NamedTuple):
    """One motion at T times, relative to time 0."""

    pan: NDArray[np.float64]
    """(T, 2): displacement in pixels, (x, y)."""
    turn: NDArray[np.float64]
    """(T,): rotation in radians."""
    stretch: NDArray[np.float64]
    """(T, 3): logarithm of the size, logarithm of the aspect, shear."""
    tilt: NDArray[np.float64]
    """(T, 2): change of depth across the frame."""

    def matrices(self, side: float, nearer: float = 1.0) -> NDArray[np.float64]:
        """(T, 3, 3) homographies that move points (x, y) around the origin; the identity at time 0.

        Args:
            side: of the frame, in pixels: what ``tilt`` refers to.
            nearer: factor on the displacement, for a plane that is nearer than the background: parallax.
        """
        count = len(self.turn)
        moved = np.tile(np.eye(3), (count, 1, 1))
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        size, aspect, shear = np.exp(self.stretch[:, 0]), np.exp(self.stretch[:, 1]), self.stretch[:, 2]
        turned = np.stack((cosine, -sine, sine, cosine), -1).reshape(count, 2, 2)
        shaped = np.stack((size * aspect, size * shear, np.zeros(count), size / aspect), -1).reshape(count, 2, 2)
        moved[:, :2, :2] = turned @ shaped
        moved[:, :2, 2] = self.pan * nearer
        bent = np.tile(np.eye(3), (count, 1, 1))
        bent[:, 2, :2] = self.tilt / side
        return moved @ bent


def draw_motion(rng: np.random.Generator, times: NDArray[np.int64], options: MotionOptions) -> Motion:
    """A random smooth motion: a steady drift, a slow swing and the shake of a hand.

    Args:
        rng: all that is random.
        times: (T,) in frames.
        options: how fast.
    """
    moves = rng.random() >= options.static
    speed = np.exp(rng.uniform(np.log(options.slowest), np.log(options.fastest))) * moves
    direction = rng.uniform(0, 2 * np.pi)
    # A pan rarely goes straight up; a fast one swings further.
    velocity = speed * np.array((np.cos(direction), 0.5 * np.sin(direction)))
    swing = rng.normal(0, 2 * speed, 2)

    spread = np.array(
        (np.radians(options.turn), options.zoom, options.shear, options.shear, options.tilt, options.tilt)
    )
    rates = rng.normal(0, 1, 6) * spread * moves * rng.random() ** 2
    swings = rng.normal(0, 3, 6) * spread * moves * rng.random() ** 2
    wave = _wave(rng, times)

    other = times[:, None] * rates + wave * swings  # (T, 6)
    pan = times[:, None] * velocity + wave * swing
    if moves and rng.random() < 0.5:
        pan = pan + _shake(rng, times) * options.shake * rng.random()
    return Motion(pan, other[:, 0], other[:, 1:4], other[:, 4:])


def _wave(rng: np.random.Generator, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """(T, 1): a slow sine that is 0 at time 0."""
    period, phase = rng.uniform(16, 80), rng.uniform(0, 2 * np.pi)
    return (np.sin(2 * np.pi * times / period + phase) - np.sin(phase))[:, None]


def _shake(rng: np.random.Generator, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """(T, 2): noise whose neighbours in time are alike, 0 at time 0."""
    first, last = int(times.min()), int(times.max())
    noise = rng.normal(0, 1, (last - first + 1, 2))
    keep = rng.uniform(0, 0.8)
    for index in range(1, len(noise)):
        noise[index] = keep * noise[index - 1] + np.sqrt(1 - keep**2) * noise[index]
    return noise[times - first] - noise[-first]
