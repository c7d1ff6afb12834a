"""How the program sets up its process."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from stranet.cli import program
from stranet.cli.main import HEAVY, main

AGAIN = """
import json, os, sys
from stranet.cli.program import restart_with_tidy_heap
from stranet.heap import tidy_heap
print(os.getpid(), flush=True)
{before}
restart_with_tidy_heap()
print(json.dumps([os.getpid(), sys.argv, sys.dont_write_bytecode, len(tidy_heap(os.environ))]))
"""


def test_memory_is_given_back_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    frames = 3 * program.TRIM_EVERY
    monkeypatch.setattr(program, "give_back_memory", lambda: given.append(1))
    for _ in range(frames):
        program.after_frame()
    assert len(given) == 3


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's heap is set up")
@pytest.mark.parametrize(
    ("before", "tidy", "starts", "lacking"),
    [
        ("", False, 2, 0),
        ("", True, 1, 0),
        ("import numpy", False, 1, 2),  # somebody else's program, which has begun its work
        ("os.environ.pop('GLIBC_TUNABLES', None)", True, 2, 1),  # as where the system takes it away: once is enough
    ],
)
def test_the_program_begins_anew_once_and_is_the_same(
    tmp_path: Path, before: str, tidy: bool, starts: int, lacking: int
) -> None:
    script = tmp_path / "a script.py"
    script.write_text(AGAIN.format(before=before))
    words = ["one", "two words", "--three=ä", ""]
    environment = {name: value for name, value in os.environ.items() if name not in program.tidy_heap({})}
    environment.update(program.tidy_heap({}) if tidy else {})
    command = [sys.executable, "-B", str(script), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    *begun, told = done.stdout.splitlines()
    assert len(begun) == starts
    assert json.loads(told) == [int(begun[0]), [str(script), *words], True, lacking]
    assert len(set(begun)) == 1


@pytest.mark.parametrize("command", [*HEAVY, "probe"])
def test_only_a_heavy_command_of_the_shell_begins_anew(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    begun: list[str] = []
    monkeypatch.setattr("stranet.cli.main.restart_with_tidy_heap", lambda: begun.append(command))
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert not begun  # a caller in Python goes on after it
    monkeypatch.setattr(sys, "argv", ["stranet", command, "--help"])
    with pytest.raises(SystemExit):
        main()
    assert begun == ([command] if command in HEAVY else [])
