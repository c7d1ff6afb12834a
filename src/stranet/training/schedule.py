"""When: the stages as spans of steps, the learning rate of a step, and what is due every so often."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stranet.training.config import StageName, TrainConfig


class Span(NamedTuple):
    """Steps [first, last) of one training belong to one stage."""

    stage: StageName
    first: int
    last: int


def spans(stages: Sequence[tuple[StageName, int]]) -> Iterator[Span]:
    """The stages one after the other, counted from step 0."""
    first = 0
    for stage, steps in stages:
        yield Span(stage, first, first + steps)
        first += steps


def learning_rate(config: TrainConfig, span: Span, step: int) -> float:
    """Rises in a straight line over the warm-up, then falls along half a cosine to its final share."""
    done = step - span.first
    rise = min(1.0, (done + 1) / (config.warmup + 1))
    fall = 0.5 + 0.5 * math.cos(math.pi * done / (span.last - span.first))
    return config.learning_rate * rise * (config.final_rate + (1 - config.final_rate) * fall)


def average_decay(config: TrainConfig, span: Span, step: int) -> float:
    """Decay of the averaged weights: low at the start of a stage, where an average would only lag behind."""
    done = step - span.first
    return min(config.ema, (1 + done) / (10 + done))


class Every:
    """Due every so many steps, or every so many minutes, or both."""

    def __init__(self, steps: int, minutes: float = 0) -> None:
        self._steps, self._seconds = steps, 60 * minutes
        self._last = time.monotonic()

    def due(self, step: int) -> bool:
        """Whether it is time, after ``step`` steps."""
        by_clock = bool(self._seconds) and time.monotonic() - self._last >= self._seconds
        return by_clock or (bool(self._steps) and step % self._steps == 0)

    def done(self) -> None:
        """Start the clock again."""
        self._last = time.monotonic()
