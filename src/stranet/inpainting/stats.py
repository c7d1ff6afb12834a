"""What a run did, for reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from stranet.inpainting.budget import Budget
from stranet.types import Shot

STAGES = (
    "entering",  # cuts, and what of a frame may serve as a reference
    "low resolution",  # the small copy
    "features",  # what temporal attention compares, once per frame
    "registration",
    "alignment",
    "temporal",  # temporal attention and aggregation, at low resolution
    "temporal residuals",  # full-resolution detail from references
    "leftover",  # and from the output before
    "spatial",  # what no frame shows, with its detail
    "composite",
)
"""All that is timed, in the order in which a frame passes it."""
_ADDING = threading.Lock()


@dataclass
class InpaintStats:
    """Counted while frames stream past; complete once the iterator has ended."""

    frames: int = 0
    """Frames that came out."""
    filled: int = 0
    """Frames that had a hole."""
    shots: list[Shot] = field(default_factory=list)
    """Frame ranges between cuts."""
    hole_pixels: int = 0
    """Full-resolution pixels filled, over all frames."""
    leftover_pixels: int = 0
    """Those of them that no reference showed."""
    budget: Budget | None = None
    """What the size of the frames and the memory allowed; None before the first frame."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds that threads spent in each stage, see `STAGES`. Several frames may be worked on at once, and stages may
    overlap: these are busy times, and may add up to more than passed."""

    @property
    def leftover_share(self) -> float:
        """Share of the filled pixels that no reference showed, 0 to 1."""
        return self.leftover_pixels / self.hole_pixels if self.hole_pixels else 0.0

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time spent inside to one of `STAGES`; blocks of one thread must not lie within each other."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - begun
            with _ADDING:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
