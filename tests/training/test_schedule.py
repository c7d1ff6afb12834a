"""Spans of stages, and rates within them."""

from __future__ import annotations

import pytest

from stranet.training.config import TrainConfig
from stranet.training.schedule import Span, learning_rate, spans


def test_learning_rate_rises_and_falls() -> None:
    config = TrainConfig(learning_rate=1.0, warmup=9, final_rate=0.1)
    span = Span("temporal", 100, 1100)
    rates = [learning_rate(config, span, step) for step in range(100, 1100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0, abs=1e-3)
    assert rates[500] == pytest.approx(0.55)
    assert rates[-1] == pytest.approx(0.1, abs=1e-4)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_spans_follow_each_other() -> None:
    assert list(spans((("alignment", 3), ("temporal", 4)))) == [Span("alignment", 0, 3), Span("temporal", 3, 7)]
