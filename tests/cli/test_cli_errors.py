"""Every bad input ends in one line, exit code 2, and nothing written. The messages are part of the interface."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stranet.cli.main import main
from stranet.video.images import write_png
from tiny_clip import make_clip

Cli = Callable[..., str]


@pytest.fixture
def refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder; returns its one line of complaint."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> str:
        before = sorted(tmp_path.rglob("*"))
        assert main([str(word) for word in words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.endswith("\n")
        assert captured.err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before, "something was written"
        return captured.err.removeprefix("stranet: error: ").rstrip("\n")

    return run


def test_missing_file(refuses: Cli, mask: Path) -> None:
    assert refuses("inpaint", "none.mp4", "-m", mask, "-o", "out.mp4") == "none.mp4: there is no such file"


def test_empty_file(refuses: Cli, mask: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert refuses("inpaint", "empty.mp4", "-m", mask, "-o", "out.mp4") == "empty.mp4: the file is empty"


def test_no_video(refuses: Cli, mask: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.mp4").write_text("Dear reader, " * 100)
    line = refuses("inpaint", "letter.mp4", "-m", mask, "-o", "out.mp4")
    assert line.startswith("letter.mp4: not a video, or damaged at its start")


def test_folder_without_images(refuses: Cli, mask: Path, tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    assert refuses("inpaint", "frames", "-m", mask, "-o", "out") == (
        "frames: no images (.png, .jpg, .jpeg, .tif, .tiff, .webp, .bmp) in this folder"
    )


def test_truncated_video(refuses: Cli, mask: Path, tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mkv", frames=40)
    (tmp_path / "cut.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    line = refuses("inpaint", "cut.mkv", "-m", mask, "-o", "out.mkv")
    assert line.startswith("cut.mkv: damaged after frame ")
    assert "--allow-damaged" in line or "allow damaged" in line


def test_mask_missing(refuses: Cli, clip: Path) -> None:
    assert refuses("inpaint", clip, "-m", "none.png", "-o", "out.mp4") == "none.png: there is no such mask"


def test_mask_of_another_shape(refuses: Cli, clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "square.png", np.full((64, 64), 255, np.uint8))
    assert refuses("inpaint", clip, "-m", "square.png", "-o", "out.mp4") == (
        f"square.png: the mask is 64x64, but {clip} is 64x48; give a mask of the same aspect ratio"
    )


def test_mask_of_another_length(refuses: Cli, clip: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "mask.mp4", frames=7)
    assert refuses("inpaint", clip, "-m", "mask.mp4", "-o", "out.mp4") == (
        f"mask.mp4: the mask has 7 frames, but {clip} has 12; give one mask per frame"
    )


def test_hole_covers_everything(refuses: Cli, clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "all.png", np.full((48, 64), 255, np.uint8))
    assert refuses("inpaint", clip, "-m", "all.png", "-o", "out.mp4") == (
        "the mask covers all of frame 0 and of every frame near it, so there is nothing to fill it from; "
        "mask only what should vanish"
    )


def test_output_is_the_input(refuses: Cli, clip: Path, mask: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    line = "copy.mp4: output and input are the same; choose another output"
    assert refuses("inpaint", "copy.mp4", "-m", mask, "-o", "copy.mp4") == line
    assert refuses("inpaint", copy, "-m", mask, "-o", "copy.mp4") == line
    assert copy.read_bytes() == clip.read_bytes()


def test_output_is_the_mask(refuses: Cli, clip: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "mask.mp4")
    line = refuses("inpaint", clip, "-m", "mask.mp4", "-o", "mask.mp4")
    assert line == "mask.mp4: output and input are the same; choose another output"


def test_no_folder_for_the_output(refuses: Cli, clip: Path, mask: Path) -> None:
    line = refuses("inpaint", clip, "-m", mask, "-o", "none/out.mp4")
    assert line == "none/out.mp4: there is no folder none; create it first"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(refuses: Cli, clip: Path, mask: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert refuses("inpaint", clip, "-m", mask, "-o", "out.mp4") == "out.mp4: no permission to write into ."


def test_no_space(refuses: Cli, clip: Path, mask: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("stranet.video.writer.FileEncoder.write", full)
    line = refuses("inpaint", clip, "-m", mask, "-o", "out.mp4")
    assert line == "out.mp4: cannot be written (No space left on device)"


def test_unknown_container(refuses: Cli, clip: Path, mask: Path) -> None:
    assert refuses("inpaint", clip, "-m", mask, "-o", "out.avi") == (
        "out.avi: cannot keep frame times in .avi; use one of .mp4, .m4v, .mov, .mkv, .webm, or a folder"
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--refernces 3", "unknown option: --refernces, 3; did you mean --references?"),
        ("--no-lossless", "unknown option: --no-lossless; did you mean --lossless?"),
        ("second.mp4", "unknown option: second.mp4"),
        ("--references", "--references needs a value"),
        ("--references many", "--references is 'many', but must be a whole number"),
        ("--crf good", "--crf is 'good', but must be a number"),
        ("--device gpu", "--device is 'gpu', but must be one of 'auto', 'cpu', 'cuda', 'mps'"),
        ("--alignment none", "--alignment is 'none', but must be one of 'joint', 'affine', 'flow'"),
    ],
)
def test_options_that_cannot_be_parsed(refuses: Cli, clip: Path, mask: Path, words: str, line: str) -> None:
    assert (
        refuses("inpaint", clip, "-m", mask, "-o", "out.mp4", *words.split()) == f"{line}; see stranet inpaint --help"
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--references 0", "references is 0, but must lie between 1 and 64"),
        ("--reach 301", "reach is 301, but must lie between 1 and 300"),
        ("--crf 99", "crf is 99.0, but must lie between 0 and 51"),
        ("--preview 0", "preview is 0, but must be at least 1 frame"),
        ("--dilate -1", "dilate is -1, but must be 0 or more pixels"),
        ("--start 1:xx", "start: '1:xx' is no time; write seconds, or [hours:]minutes:seconds such as 0:01.5"),
        ("--start 0:02 --end 1", "end is 1.0, but must come after start (0:02)"),
        ("--report none/r.json", "none/r.json: there is no folder none for the report; create it first"),
        ("--report out.mp4", "out.mp4: the report would overwrite another file of this job; choose another name"),
    ],
)
def test_values_out_of_range(refuses: Cli, clip: Path, mask: Path, words: str, line: str) -> None:
    assert refuses("inpaint", clip, "-m", mask, "-o", "out.mp4", *words.split()) == line


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_terminals_without_unicode(clip: Path, mask: Path, encoding: str) -> None:
    command = [
        sys.executable,
        "-m",
        "stranet",
        "inpaint",
        str(clip),
        "--refernces",
        "3",
        "-m",
        str(mask),
        "-o",
        "out.mp4",
    ]
    environment = os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "60"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    line = "stranet: error: unknown option: --refernces, 3; did you mean --references?; see stranet inpaint --help\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_unknown_codec(refuses: Cli, clip: Path, mask: Path) -> None:
    assert "nocodec" in refuses("inpaint", clip, "-m", mask, "-o", "out.mp4", "--codec", "nocodec")


def test_device_that_is_not_there(refuses: Cli, clip: Path, mask: Path) -> None:
    import torch

    device = "mps" if torch.cuda.is_available() else "cuda"
    line = refuses("inpaint", clip, "-m", mask, "-o", "out.mp4", "--device", device)
    assert line.startswith(f"device {device} is not available on this machine; choose auto or one of: ")


@pytest.mark.parametrize("command", ["inpaint", "verify"])
def test_missing_words(refuses: Cli, command: str) -> None:
    names = {"inpaint": "VIDEO, --output OUT", "verify": "IN, OUT, --mask MASK"}[command]
    assert refuses(command) == f"missing: {names}; see stranet {command} --help"


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("inpant", "unknown command 'inpant'; did you mean inpaint?"),
        (
            "--video",
            "unknown command '--video'; use one of inpaint, track, verify, app, probe, shots, evaluate, bench, "
            "manifest, study, train",
        ),
    ],
)
def test_unknown_command(refuses: Cli, word: str, line: str) -> None:
    assert refuses(word) == line


@pytest.mark.parametrize("command", ["probe", "shots"])
def test_other_commands_too(refuses: Cli, command: str) -> None:
    assert refuses(command, "none.mp4") == "none.mp4: there is no such file"


def test_app_without_its_packages(refuses: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from stranet.cli import app

    monkeypatch.setattr(app, "find_spec", lambda name: None)
    assert refuses("app") == "stranet app needs starlette and uvicorn; install: pip install 'stranet[app]'"


def test_app_with_options_that_cannot_work(refuses: Cli, tmp_path: Path) -> None:
    assert refuses("app", "--port", "99999") == "port is 99999, but must lie between 0 and 65535"
    assert refuses("app", "--max-minutes", "0") == "max_minutes is 0.0, but must be above 0"
    (tmp_path / "file").touch()
    assert refuses("app", "--folder", "file", "--port", "0").startswith("file: cannot be used as the folder of the app")
