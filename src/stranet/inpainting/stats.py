"""What a run did, for reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from stranet.types import Shot

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
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds spent per stage; several frames may be worked on at once, so that they add up to more than passed."""

    @property
    def leftover_share(self) -> float:
        """Share of the filled pixels that no reference showed, 0 to 1."""
        return self.leftover_pixels / self.hole_pixels if self.hole_pixels else 0.0

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time spent inside to a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - begun
            with _ADDING:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
