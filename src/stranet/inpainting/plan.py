"""How much work goes into every frame: named points between quality and time."""

from __future__ import annotations

from typing import Literal, NamedTuple

Temporal = Literal["network", "fixed"]
Quality = Literal["fast", "balanced", "best"]


class Plan(NamedTuple):
    """What decides time and memory."""

    references: int
    """Most reference frames that a target copies from."""
    reach: int
    """How many frames to look ahead and behind for references."""
    low_pixels: int
    """Pixels of the small copy."""
    refine: int
    """Sources per box whose alignment is corrected at twice the low resolution."""
    temporal: Temporal
    """Temporal attention: the network, or fixed features."""
    thorough: bool
    """Optical flow to a tenth of a pixel, at four times the time."""


LOW = 480 * 270
"""Pixels of the small copy."""
PLANS: dict[Quality, Plan] = {
    "fast": Plan(6, reach=16, low_pixels=90_000, refine=0, temporal="fixed", thorough=False),
    "balanced": Plan(26, reach=32, low_pixels=LOW, refine=2, temporal="network", thorough=True),
    "best": Plan(32, reach=32, low_pixels=LOW, refine=3, temporal="network", thorough=True),
}
"""The first number is that of references, of which the paper uses 20."""

NEAR = 8
"""Of the frames that lie further back than this, only some serve as references: the others cost memory for little."""
EVERY = 3
"""Of so many frames that lie further back one serves."""
HELD = 4
"""Of the frames that lie further ahead than this, the colours are made again for those few that are copied from."""


def serves(position: int, target: int) -> bool:
    """Whether a frame at ``position`` may be a reference of the one at ``target``, as far as memory goes."""
    return position != target and (target - position <= NEAR or position % EVERY == 0)
