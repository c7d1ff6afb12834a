"""What a data set gives: one target with its references, their holes, and what is known about their motion."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stranet.errors import ConfigError


class TrainingClip(NamedTuple):
    """T frames of one scene. Frame 0 is the target, frames 1 to T-1 are its references, nearest in time first."""

    frames: NDArray[np.float32]
    """(T, H, W, 3) RGB in [0, 1]: the truth, nothing is blanked. Whole multiples of 1/255."""
    holes: NDArray[np.bool_]
    """(T, H, W), True = missing; the target's holds at least one pixel."""
    position: NDArray[np.float32]
    """(T, H, W, 2): where each target pixel is found in frame t, in pixels, (x, y); exact. NaN where unknown."""
    shown: NDArray[np.bool_]
    """(T, H, W): frame t shows that surface: inside the frame and not behind something else; its own hole is not
    considered. False everywhere where the motion is unknown."""
    times: NDArray[np.int64]
    """(T,): frames from the target to frame t, negative before it; 0 for the target."""
    homographies: NDArray[np.float64]
    """(T, 3, 3), target -> frame t, in pixels: what registering neighbour after neighbour, through all the frames
    between, finds of the background's motion. A first guess, not the truth."""

    @property
    def apart(self) -> NDArray[np.float32]:
        """(T,): distance in time to the target, in frames."""
        return np.abs(self.times).astype(np.float32)


def to_unit(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[0, 255] -> [0, 1]"""
    return np.divide(pixels, 255, dtype=np.float32)


class ClipSource(Protocol):
    """Endless clips: a pure function of the index and of what the source was made with."""

    def __getitem__(self, index: int) -> TrainingClip: ...


def check_extent(size: int, references: int, reach: int) -> None:
    """Refuse clips that cannot be made.

    Raises:
        ConfigError: names the option, its value and its limit.
    """
    if size < 16:
        raise ConfigError(f"size is {size}, but must be at least 16")
    if references < 1:
        raise ConfigError(f"references is {references}, but must be at least 1")
    if reach < references:
        raise ConfigError(f"reach is {reach}, but must be at least references ({references})")
