"""Two processes on one machine compute what one process computes with the whole batch."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny_training import make_exact, tiny_config

from stranet.device import choose_device
from stranet.errors import ConfigError
from stranet.training.checkpoint import load_checkpoint
from stranet.training.distributed import Processes, join_processes
from stranet.training.loop import train
from stranet.training.run_log import read_lines

PROGRAM = Path(__file__).with_name("tiny_training.py")


def in_two_processes(out: Path) -> None:
    """The tiny training, in the environment that `torchrun` makes; copies of this process have all loaded already."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=_take_part, args=(rank, port, out)) for rank in range(2)]
    for process in running:
        process.start()
    for process in running:
        process.join(120)
        assert process.exitcode == 0


def _take_part(rank: int, port: int, out: Path) -> None:
    os.environ |= {"WORLD_SIZE": "2", "RANK": f"{rank}", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": f"{port}"}
    train(tiny_config(out), make=make_exact)


def with_torchrun(out: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run([*launcher, str(PROGRAM), str(out)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "launch",
    [
        pytest.param(
            in_two_processes,
            marks=pytest.mark.skipif(
                sys.platform != "linux" or torch.cuda.is_available(), reason="a process with CUDA cannot be copied"
            ),
        ),
        pytest.param(with_torchrun, marks=pytest.mark.slow),
    ],
)
def test_two_processes_equal_one(
    tmp_path: Path, launch: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stranet.training.loop.draw_curves", lambda out, lines: False)  # slow to load
    train(tiny_config(tmp_path / "one"), make=make_exact)
    launch(tmp_path / "two")
    one, two = (read_lines(tmp_path / name / "metrics.jsonl") for name in ("one", "two"))
    assert [line["step"] for line in one] == [line["step"] for line in two]  # the first process alone writes
    for ours, theirs in zip(one, two, strict=True):
        assert ours.get("terms", {}) == pytest.approx(theirs.get("terms", {}), rel=1e-4)
        assert ours.get("gradient", 0) == pytest.approx(theirs.get("gradient", 0), rel=1e-4)
    first, second = load_checkpoint(tmp_path / "one"), load_checkpoint(tmp_path / "two")
    assert first is not None
    assert second is not None
    for name, tensor in first.tensors.items():
        torch.testing.assert_close(second.tensors[name], tensor, rtol=1e-3, atol=1e-6)


def test_one_process_needs_no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join_processes("cpu") as processes:
        assert processes == Processes(torch.device("cpu"), 0, 1)
        assert processes.first
        tensor = torch.ones(3)
        processes.average([tensor])
        assert torch.equal(tensor, torch.ones(3))
        assert processes.any(True, False) == (True, False)


def test_device_that_is_not_there() -> None:
    missing = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ConfigError, match=f"device {missing} is not available on this machine"):
        choose_device(missing)
