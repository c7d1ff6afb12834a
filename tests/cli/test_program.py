"""How the program sets up its process."""

from __future__ import annotations

import pytest

from stranet.cli import program


def test_memory_is_given_back_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    frames = 3 * program.TRIM_EVERY
    monkeypatch.setattr(program, "give_back_memory", lambda: given.append(1))
    for _ in range(frames):
        program.after_frame()
    assert len(given) == 3
