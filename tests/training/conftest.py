"""One training in one go, for all who look at what it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_training import run, tiny_config


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All eight steps in one go."""
    out = tmp_path_factory.mktemp("unbroken") / "run"
    assert run(tiny_config(out)).finished
    return out


@pytest.fixture
def no_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longer than all else here; `unbroken` has them."""
    monkeypatch.setattr("stranet.training.loop.draw_curves", lambda out, lines: False)
