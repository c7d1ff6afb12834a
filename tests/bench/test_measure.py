"""What is measured: pace, stages, and real runs on the tiny clip."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stranet.bench import startup
from stranet.bench.fidelity import hole_psnr
from stranet.bench.measure import Files, measure
from stranet.bench.pace import frame_interval
from stranet.bench.plan import Run
from stranet.bench.stages import STAGES, join_stages
from stranet.bench.startup import measure_startup
from stranet.errors import StraNetError
from stranet.inpainting import stats
from stranet.inpainting.options import InpaintOptions
from stranet.video.output import OutputOptions
from stranet.video.reader import open_video
from stranet.video.writer import VideoWriter

FILLING = InpaintOptions(references=2, reach=2, workers=1)


def test_the_warmup_does_not_count() -> None:
    slow, steady = [0.0, 5.0, 9.0], [10.0 + 0.5 * index for index in range(20)]
    assert frame_interval(slow + steady, 3) == pytest.approx(0.5)


def test_frames_that_come_out_together_count_as_if_they_did_not() -> None:
    times = [float(index // 4) for index in range(40)]
    assert frame_interval(times, 0) == pytest.approx(0.25)


def test_one_long_pause_does_not_count() -> None:
    times = [0.1 * index + 7.0 * (index > 25) for index in range(60)]
    assert frame_interval(times, 2) == pytest.approx(0.1)


def test_two_frames_are_the_least() -> None:
    assert frame_interval([0.0, 1.0, 3.0], 1) == 2.0
    with pytest.raises(ValueError, match="leave no interval"):
        frame_interval([0.0, 1.0], 1)


def test_every_part_of_the_engine_has_one_stage() -> None:
    parts = [part for parts in STAGES.values() for part in parts]
    assert sorted(parts) == sorted(("decode", "mask", "encode", *stats.STAGES))


def test_stages_add_up_and_lose_nothing() -> None:
    joined = join_stages({"registration": 1.0, "alignment": 2.0, "decode": 4.0, "new": 8.0})
    assert (joined["alignment"], joined["decode"], joined["network"], joined["other"]) == (3.0, 4.0, 0.0, 8.0)
    assert sum(joined.values()) == 15.0
    assert "other" not in join_stages({"decode": 1.0})


def test_a_run_fills_and_tells_all(files: tuple[Path, Path], tiny: Run, tmp_path: Path) -> None:
    trimmed: list[None] = []
    begun = time.time()
    output = tmp_path / "out.mp4"
    result = measure(tiny, FILLING, Files(*files, output), begun, lambda: trimmed.append(None))
    passed = time.time() - begun
    assert len(trimmed) == tiny.frames
    assert result.first_frame is not None
    assert result.frame_seconds is not None
    assert 0 < result.frame_seconds < result.seconds <= passed
    assert 0 < result.first_frame <= passed
    assert list(result.stage_seconds) == list(STAGES), "a part of the engine has no stage"
    assert min(result.stage_seconds.values()) > 0
    # With one worker, what the engine does cannot take longer than the job.
    assert sum(spent for stage, spent in result.stage_seconds.items() if stage not in ("decode", "mask")) < passed
    assert (result.peak_memory or 0) > 50e6
    assert result.leftover_share is not None
    assert (0 <= result.leftover_share <= 1, result.shots) == (True, 1)
    assert result.hole_psnr is not None
    assert 15 < result.hole_psnr < 50
    with open_video(output) as reader:
        assert sum(1 for _ in reader) == tiny.frames


def test_fidelity_is_that_of_the_hole(files: tuple[Path, Path], tmp_path: Path) -> None:
    video, mask = files
    assert hole_psnr(video, mask, video) == pytest.approx(78.1, abs=0.1)  # its ceiling
    changed = tmp_path / "changed.mkv"
    with (
        open_video(video) as reader,
        open_video(mask) as holes,
        VideoWriter(changed, reader, OutputOptions(lossless=True)) as writer,
    ):
        for frame, hole in zip(reader, holes, strict=True):
            where = hole.rgb[..., 0] > 127
            writer.write(frame, np.where(where[..., None], frame.rgb, 0), ~where)  # black outside of the hole
    assert (hole_psnr(video, mask, changed) or 0) > 40


def test_passthrough_changes_no_frame(files: tuple[Path, Path], tiny: Run, tmp_path: Path) -> None:
    run, output = replace(tiny, kind="passthrough", hole=0.0), tmp_path / "out.mp4"
    result = measure(run, FILLING, Files(files[0], None, output), time.time(), lambda: None)
    assert set(result.stage_seconds) == {"decode", "encode"}
    assert result.frame_seconds == result.seconds / tiny.frames
    assert result.leftover_share is None
    with open_video(files[0]) as before, open_video(output) as after:
        for one, other in zip(before, after, strict=True):
            assert one.time == pytest.approx(other.time)
            assert abs(one.rgb.astype(int) - other.rgb).mean() < 4


def test_a_start_is_timed_and_a_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0.005 < measure_startup("python").seconds < 30
    monkeypatch.setitem(startup.COMMANDS, "wrong", ("-c", "raise SystemExit('no such thing')"))
    with pytest.raises(StraNetError, match="wrong ended with code 1: no such thing"):
        measure_startup("wrong")
