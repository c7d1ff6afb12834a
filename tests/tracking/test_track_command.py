"""`stranet track` and `stranet inpaint --box` as a user types them; a refusal is one line, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from moving_things import Scene, box_of, scene

from stranet.cli.main import main
from stranet.cli.marks import MarkOptions, read_marks
from stranet.video.images import write_png


@pytest.fixture(scope="module")
def made() -> Scene:
    return scene(8)


@pytest.fixture(scope="module")
def video(made: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.video(tmp_path_factory.mktemp("command") / "moving.mp4")


@pytest.fixture
def refuses(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, command: str = "track", output: str = "mask.mkv") -> str:
        before = sorted(tmp_path.rglob("*"))
        assert main([command, str(video), "-o", output, *words]) == 2
        written = capsys.readouterr()
        assert written.out == ""
        assert written.err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before
        return written.err.removeprefix("stranet: error: ").rstrip("\n")

    return run


def word(box: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in box)


def test_track_then_inpaint(made: Scene, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask, report = tmp_path / "mask.mkv", tmp_path / "report.json"
    assert (
        main(["track", str(video), "-o", str(mask), "--box", word(box_of(made.holes[0])), "--report", str(report)]) == 0
    )
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith(f"stranet: wrote {mask}: 8 masks, 8 not empty, 1 object, ")
    assert json.loads(report.read_text())["frames"] == 8
    assert main(["inpaint", str(video), "-m", str(mask), "-o", str(tmp_path / "out.mp4"), "--quiet"]) == 0
    assert (
        main(["inpaint", str(video), "--box", word(box_of(made.holes[0])), "-o", str(tmp_path / "o2.mp4"), "-q"]) == 2
    )
    capsys.readouterr()
    words = ["--box", word(box_of(made.holes[0])), "-o", str(tmp_path / "one-go.mp4"), "--quiet"]
    assert main(["inpaint", str(video), *words]) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "one-go.mp4").exists()


def test_doubts_are_named(made: Scene, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--box", word(box_of(made.holes[0])), "--doubt", "1.0"]
    assert main(["track", str(video), "-o", str(tmp_path / "mask.mkv"), *words]) == 0
    assert "; low confidence at frames " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing is marked; give --box, --point or --mask, or --overlay for logos and captions"),
        (("--box", "1,2,3"), "--box 1,2,3: expected [NAME:]x,y,w,h[@TIME]"),
        (("--box", "a,b,c,d"), "--box a,b,c,d: expected [NAME:]x,y,w,h[@TIME]"),
        (("--box", "1,2,0,4"), "--box 1,2,0,4: box (1.0, 2.0, 0.0, 4.0): width and height must be more than 0"),
        (("--point", "1,2,3"), "--point 1,2,3: expected [NAME:]x,y[@TIME]"),
        (("--point", "1,2@"), "--point 1,2@: a time must follow @, such as @1.5, @0:01.5 or @#36"),
        (
            ("--point", "1,2@soon"),
            "--point 1,2@soon: 'soon' is no time; write seconds, or [hours:]minutes:seconds such as 0:01.5",
        ),
        (("--point", "1,2@#99"), "prompt at frame 99: the video has 8 frames, counted from 0"),
        (("--point", "1,2@9"), "prompt at 9 s: the last frame is at 0.280 s"),
        (("--point", "999,2"), "point 999,2 lies outside the picture, which is 256x160"),
        (("--box", "999,2,5,5"), "box 999,2,5,5 lies outside the picture, which is 256x160"),
        (("--mask", "none.png"), "none.png: cannot be read"),
        (("--point", "1,2", "--grow", "-1"), "grow is -1, but must lie between 0 and 1000"),
        (
            ("--point", "1,2", "--tracker", "sam2"),
            "tracker sam2: the package sam2 is not installed; install it as its authors say, or use the embedded",
        ),
    ],
)
def test_refusals(refuses: Callable[..., str], words: tuple[str, ...], message: str) -> None:
    assert refuses(*words).startswith(message)


def test_outputs_are_refused(refuses: Callable[..., str]) -> None:
    line = refuses("--point", "1,2", output="mask.mp4")
    assert line == "mask.mp4: masks are lossless; use .mkv or .mov, or a folder for PNG images"


def test_inpaint_wants_one_way_of_saying_what(refuses: Callable[..., str], video: Path) -> None:
    line = refuses(command="inpaint", output="out.mp4")
    assert line == (
        "what is to be removed? Give --mask MASK, or marks such as --box x,y,w,h; see stranet inpaint --help"
    )
    line = refuses("--mask", "m.png", "--box", "1,1,5,5", command="inpaint", output="out.mp4")
    assert line == (
        "what is to be removed? Give --mask or marks (--box, --point), not both; see stranet inpaint --help"
    )
    line = refuses("--mask", "m.png", "--shadow", command="inpaint", output="out.mp4")
    assert line == "--shadow is for tracked objects; give --box or --point in the place of --mask"


def test_words_become_prompts(tmp_path: Path) -> None:
    write_png(tmp_path / "a@b.png", np.full((4, 6), 255, np.uint8))
    marks = MarkOptions(
        box=("1,2,3,4", "5,6,7,8", "dog:1,1,2,2@0:01.5", "9,9,9,9@2"),
        point=("3,4@#7", "dog:5,6"),
        not_point=("7,8",),
    )
    prompts = read_marks(marks, [f"{tmp_path}/a@b.png", f"cat:{tmp_path}/a@b.png@#3"])
    got = [
        (prompt.object, prompt.frame, prompt.seconds, prompt.box, prompt.points, prompt.not_points)
        for prompt in prompts
    ]
    assert got == [
        ("1", None, None, (1, 2, 3, 4), (), ()),
        ("2", None, None, (5, 6, 7, 8), (), ()),
        ("dog", None, 1.5, (1, 1, 2, 2), (), ()),
        ("1", None, 2, (9, 9, 9, 9), (), ()),
        ("1", 7, None, None, ((3, 4),), ()),
        ("dog", None, None, None, ((5, 6),), ()),
        ("1", None, None, None, (), ((7, 8),)),
        ("1", None, None, None, (), ()),
        ("cat", 3, None, None, (), ()),
    ]
    assert all(prompt.mask is not None and prompt.mask.all() for prompt in prompts[-2:])
