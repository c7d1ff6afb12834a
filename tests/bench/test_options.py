"""What is planned, and what is refused with one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from stranet.bench.options import BenchOptions
from stranet.bench.plan import changed_options, plan_runs
from stranet.cli.main import main
from stranet.errors import ConfigError
from stranet.inpainting.options import InpaintOptions


def test_the_whole_plan() -> None:
    runs = [run for run, _ in plan_runs(BenchOptions())]
    kinds = Counter(run.kind for run in runs)
    # 3 commands, 6 sizes and 3 holes, each 3 times; 4 lengths, of which 75 frames at 864x480 and 8 % is there already.
    assert kinds == {"startup": 9, "passthrough": 18, "inpaint": 54 + 9}
    assert len({run.key for run in runs}) == len(runs)
    assert max(run.frames for run in runs) == 3000


def test_the_quick_plan_and_what_overrides_it() -> None:
    runs = [run for run, _ in plan_runs(BenchOptions(quick=True))]
    assert [(run.size, run.hole, run.frames) for run in runs if run.kind == "inpaint"] == [
        ("432x240", 8.0, 40),
        ("864x480", 8.0, 40),
    ]
    options = BenchOptions(quick=True, sizes=("96x64,64x48",), holes=("20", "2"), frames=20, repeats=2, lengths=("30",))
    runs = [run for run, _ in plan_runs(options) if run.kind == "inpaint"]
    assert [(run.size, run.hole, run.frames, run.repeat) for run in runs] == [
        *((size, hole, 20, repeat) for size in ("64x48", "96x64") for repeat in (0, 1) for hole in (2.0, 20.0)),
        *(("864x480", 8.0, 30, repeat) for repeat in (0, 1)),
    ]


def test_long_runs_may_be_repeated_less_often_than_short_ones() -> None:
    options = BenchOptions(sizes=("64x48",), holes=("8",), frames=20, repeats=3, length_repeats=1, lengths=("30", "40"))
    runs = [run for run, _ in plan_runs(options) if run.kind == "inpaint"]
    assert [(run.frames, run.repeat) for run in runs] == [(20, 0), (20, 1), (20, 2), (30, 0), (40, 0)]


def test_variants_are_measured_side_by_side() -> None:
    options = BenchOptions(quick=True, sizes=("64x48",), vary="references=4,20", inpaint=InpaintOptions(light=False))
    planned = [(run, filling) for run, filling in plan_runs(options) if run.kind == "inpaint"]
    assert [run.options for run, _ in planned] == [
        {"references": 4, "light": False},
        {"references": 20, "light": False},
    ]
    assert [filling for _, filling in planned] == [InpaintOptions(references=n, light=False) for n in (4, 20)]
    assert BenchOptions(vary="residuals=true,false").variants()[1] == InpaintOptions(residuals=False)
    assert BenchOptions(vary="low-pixels=5000").variants() == (InpaintOptions(low_pixels=5000),)
    assert BenchOptions(vary="quality=fast,balanced,best").variants() == (
        InpaintOptions(quality="fast"),
        InpaintOptions(),
        InpaintOptions(quality="best"),
    )


def test_variants_at_one_size_only() -> None:
    options = BenchOptions(
        sizes=("64x48", "32x24"), holes=("8", "20"), lengths=("20",), length_size="64x48", repeats=1, frames=12,
        vary="quality=balanced,fast", vary_size="64x48",
    )  # fmt: skip
    varied = [(run.size, run.hole, run.frames) for run, _ in plan_runs(options) if run.options]
    assert varied == [("64x48", 8.0, 12)]
    with pytest.raises(ConfigError, match="vary_size is 128x96, which is not measured; add it to --sizes"):
        replace(options, vary_size="128x96")


def test_rows_name_files_without_their_folders() -> None:
    assert changed_options(InpaintOptions(weights=Path("/home/me/w.safetensors"))) == {"weights": "w.safetensors"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--sizes 864", "sizes: '864' must be written as WIDTHxHEIGHT, for example 864x480"),
        ("--sizes 865x480", "sizes: 865x480 must have even sides, as most video has"),
        ("--length-size 9x9", "sizes: 9x9 is too small; both sides must be at least 16 pixels"),
        ("--holes 0", "holes: 0 % must be above 0 and at most 60 % of the frame"),
        ("--holes nan", "holes: nan % must be above 0 and at most 60 % of the frame"),
        ("--holes large", "holes: 'large' must be a number"),
        ("--repeats 0", "repeats is 0, but must be at least 1"),
        ("--length-repeats 0", "length_repeats is 0, but must be at least 1"),
        ("--warmup -1", "warmup is -1, but must be 0 or more"),
        ("--frames 11", "a clip of 11 frames is too short: 10 of them are warm-up and 2 must be left; ask for more "),
        ("--lengths 5", "a clip of 5 frames is too short: 10 of them are warm-up and 2 must be left; ask for more "),
        ("--lengths 30.5", "lengths: 30.5 must be whole numbers"),
        ("--lengths inf", "lengths: inf must be whole numbers"),
        ("--vary wrkers=1", "vary is 'wrkers=1', but must be an option with its values, such as workers=1,2"),
        ("--vary workers", "vary is 'workers', but must be an option with its values, such as workers=1,2"),
        ("--vary workers=two", "vary: workers: 'two' must be a number"),
        ("--vary workers=99", "workers is 99, but must lie between 0 and 64"),
        ("--vary light=maybe", "vary: light is 'maybe', but must be true or false"),
        ("--vary quality=good", "quality is 'good', but must be one of fast, balanced, best"),
        ("--vary weights=a", "vary: weights cannot be varied; run the bench once for each value"),
        ("--references 0", "references is 0, but must lie between 1 and 64"),
        ("--siezs 64x48", "unknown option: --siezs, 64x48; did you mean --sizes?; see stranet bench --help"),
        ("--page nowhere/page.md", "nowhere/page.md: there is no folder nowhere for the report; create it first"),
        ("--out file", "file: cannot be made a folder (File exists)"),
    ],
)
def test_mistakes_take_one_line(
    words: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(["bench", *words.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith(f"stranet: error: {line}")
