"""The progress bar: frames, frames per second, time left and memory on a terminal; silence elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from stranet.cli.progress import ProgressBar, in_gigabytes
from stranet.report import Progress

HALFWAY = Progress(frames=50, total=100, seconds=20.0, memory=1_234_000_000)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, quiet: bool = False) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with ProgressBar(quiet=quiet) as bar:
        bar(HALFWAY)
    return stream.getvalue()


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Terminal())
    for piece in ("50/100", "frames", "2.50 fps", "1.23 GB"):
        assert piece in text


def test_silent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO()) == ""
    assert shown(monkeypatch, Terminal(), quiet=True) == ""


def test_gigabytes() -> None:
    assert in_gigabytes(1_499_000_000) == "1.50 GB"
