"""A call in another process: its answer, its errors, its end."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from stranet.errors import ConfigError, StraNetError
from stranet.fresh_process import in_fresh_process
from stranet.heap import tidy_heap


def facts(number: int) -> tuple[int, int, dict[str, str]]:
    return number + 1, os.getpid(), tidy_heap(os.environ)


def refuse(message: str) -> None:
    raise ConfigError(message)


def vanish() -> None:
    os._exit(9)


def test_the_answer_comes_from_another_process_with_a_tidy_heap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.mxfast=64")
    before = dict(os.environ)
    number, process, lacking = in_fresh_process(facts, 1)
    assert (number, lacking) == (2, {})
    assert process != os.getpid()
    assert dict(os.environ) == before


def test_its_error_keeps_its_kind_and_its_traceback() -> None:
    with pytest.raises(ConfigError) as caught:
        in_fresh_process(refuse, "too large")
    assert str(caught.value) == "too large"
    assert "in refuse" in caught.value.__notes__[0]


def test_a_killed_process_is_an_error_that_users_understand() -> None:
    with pytest.raises(StraNetError, match="ended with code 9, perhaps for want of memory"):
        in_fresh_process(vanish)


def test_nothing_is_left_when_we_are_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("multiprocessing.connection.Connection.recv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        in_fresh_process(facts, 1)
    assert not multiprocessing.active_children()
