"""What the commands do and print when all is well, and what Ctrl-C leaves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stranet.cli.main import COMMANDS, main
from tiny_clip import FRAMES, make_clip


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def test_inpaint_then_verify(clip: Path, mask: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, report = tmp_path / "out.mkv", tmp_path / "report.json"
    words = ("--lossless", "--preview", "4", "--report", report)
    assert run("inpaint", clip, "--mask", mask, "-o", output, *words) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"stranet: wrote {output}: 4 frames, 4 filled, 1 shot, ")
    assert captured.err.count("\n") == 1
    assert json.loads(report.read_text())["frames"] == 4

    assert run("verify", clip, output, "--mask", mask, "--preview", "4", "--report", tmp_path / "verify.json") == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "frames: 4 in, 4 out"
    assert captured.out.splitlines()[1].startswith("changed pixels outside the mask: 0 of ")
    assert captured.out.splitlines()[-1] == "ok: nothing changed"
    assert json.loads((tmp_path / "verify.json").read_text())["ok"] is True


def test_verify_finds_a_change(clip: Path, mask: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = make_clip(tmp_path / "other.mp4", frames=FRAMES + 2)
    assert run("verify", clip, other, "--mask", mask) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"frames: {FRAMES} in, {FRAMES + 2} out"
    assert f"frames: {FRAMES} became {FRAMES + 2}" in lines
    assert lines[-1] == "changed"


def test_quiet_says_nothing(clip: Path, mask: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inpaint", clip, "-m", mask, "-o", tmp_path / "out.mp4", "--preview", "2", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_damage_is_named(mask: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = make_clip(tmp_path / "whole.mkv", frames=40)
    (tmp_path / "cut.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    words = ("--allow-damaged", "--quiet")
    assert run("inpaint", tmp_path / "cut.mkv", "-m", mask, "-o", tmp_path / "out.mkv", *words) == 0
    warning = capsys.readouterr().err
    assert warning.startswith(f"stranet: warning: {tmp_path / 'cut.mkv'}: damaged after frame ")
    assert warning.endswith("; the output ends there\n")


def test_probe(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("probe", clip, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["size"], facts["codec"], facts["frame_count_hint"], facts["audio_tracks"]) == ("64x48", "h264", 12, 1)
    assert run("probe", clip) == 0
    assert "size:                 64x48\n" in capsys.readouterr().out


def test_shots(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("shots", clip) == 0
    assert capsys.readouterr().out == f"0\t{FRAMES}\n"
    assert run("shots", clip, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [[0, FRAMES]]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")
    assert not ended.value.code
    assert f"usage: stranet {command}" in capsys.readouterr().out


def test_python_m_stranet() -> None:
    done = subprocess.run([sys.executable, "-m", "stranet", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("stranet ")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for other processes")
def test_ctrl_c_leaves_nothing(mask: Path, tmp_path: Path) -> None:
    long = make_clip(tmp_path / "long.mp4", frames=400)
    before = sorted(tmp_path.iterdir())
    command = [sys.executable, "-m", "stranet", "inpaint", str(long), "-m", str(mask), "-o", str(tmp_path / "out.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".*.partial*")) and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "stranet: interrupted; nothing was written\n")
    assert sorted(tmp_path.iterdir()) == before
