"""Which frames of a source are read: by time from its first frame, and by count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from stranet.errors import ConfigError

Item = TypeVar("Item")
_ROUNDING = 1e-6
"""Seconds by which a time written in decimals may miss the frame that it means."""


@dataclass(frozen=True)
class FrameRange:
    """A part of a source, or all of it."""

    start: float | None = None
    """Seconds from the first frame; what comes before is left out. None = from the first."""
    end: float | None = None
    """Seconds from the first frame; what comes from there on is left out. None = to the last."""
    limit: int | None = None
    """At most so many frames; None = any number."""

    def __post_init__(self) -> None:
        """Refuse a range that can hold no frame.

        Raises:
            ConfigError: a bound is negative, the end does not lie after the start, or the limit is below 1.
        """
        for name, value in (("start", self.start), ("end", self.end)):
            if value is not None and not value >= 0:
                raise ConfigError(f"{name} is {value}, but must be 0 s or later")
        if self.end is not None and self.end <= (self.start or 0):
            raise ConfigError(f"end is {self.end} s, but must lie after the start, {self.start or 0} s")
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"limit is {self.limit}, but must be at least 1 frame")

    @property
    def whole(self) -> bool:
        """True when nothing is left out."""
        return self == FrameRange()

    def select(self, timed: Iterable[tuple[Fraction, Item]]) -> Iterator[Item]:
        """The items within the range, of (seconds from the first frame, item) in rising order; takes no more of them
        than it needs to know the end."""
        count = 0
        for time, item in timed:
            if self.end is not None and time >= self.end - _ROUNDING:
                return
            if self.start is not None and time < self.start - _ROUNDING:
                continue
            yield item
            count += 1
            if count == self.limit:
                return
