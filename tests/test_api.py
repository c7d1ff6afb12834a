"""`inpaint_video` from file to file. A stand-in fills holes with one colour, so that every pixel is known."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import stranet
from stranet import (
    ConfigError,
    EncodeError,
    HoleError,
    InpaintOptions,
    JobOptions,
    OpenError,
    OutputOptions,
    inpaint_video,
    verify_video,
)
from stranet.inpainting.stats import STAGES, InpaintStats
from stranet.report import Progress
from stranet.types import HoleArray, Picture, RgbArray, Shot
from stranet.video.images import write_png
from stranet.video.reader import open_video
from tiny_clip import FRAMES, make_clip

GREEN = (0, 200, 0)
LOSSLESS = OutputOptions(lossless=True)


class GreenInpainter:
    """Fills holes with green, three frames late, as the real one is late; ``fail_at`` raises at that frame."""

    fail_at: int | None = None
    error: BaseException = RuntimeError("no")

    def __init__(self, options: InpaintOptions) -> None:
        self.options, self.stats = options, InpaintStats()

    def fill(self, pairs: Iterable[tuple[Picture, HoleArray]]) -> Iterator[RgbArray | None]:
        late: list[RgbArray | None] = []
        for index, (picture, hole) in enumerate(pairs):
            if index == self.fail_at:
                raise self.error
            late.append(None)
            if hole.any():
                late[-1] = filled = picture.rgb.copy()
                filled[hole] = GREEN
                self.stats.filled += 1
            self.stats.frames += 1
            self.stats.shots = [Shot(0, index + 1)]
            if len(late) > 3:
                yield late.pop(0)
        yield from late


@pytest.fixture
def green(monkeypatch: pytest.MonkeyPatch) -> type[GreenInpainter]:
    class Green(GreenInpainter):
        pass

    monkeypatch.setattr("stranet.inpainting.inpainter.Inpainter", Green)
    return Green


def pixels(path: Path) -> list[np.ndarray]:
    with open_video(path) as reader:
        return [frame.rgb for frame in reader]


@pytest.mark.usefixtures("green")
def test_hole_is_filled_and_nothing_else_changes(clip: Path, mask: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    report = inpaint_video(clip, mask, output, output_options=LOSSLESS, job=JobOptions(dilate=0))
    assert (report.frames, report.filled, report.dilate) == (FRAMES, FRAMES, 0)
    assert [file.name for file in tmp_path.iterdir()] == ["out.mkv"]
    assert verify_video(clip, output, mask, dilate=0).ok
    for frame in pixels(output):
        assert np.abs(frame[20:28, 30:40].astype(int) - GREEN).max() <= 3


@pytest.mark.usefixtures("green")
def test_empty_mask_changes_nothing_and_fills_nothing(clip: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    write_png(empty, np.zeros((48, 64), np.uint8))
    output = tmp_path / "out.mkv"
    report = inpaint_video(clip, empty, output, output_options=LOSSLESS)
    assert (report.frames, report.filled) == (FRAMES, 0)
    checked = verify_video(clip, output, empty)
    assert checked.ok
    assert checked.outside_pixels == FRAMES * 64 * 48


@pytest.mark.usefixtures("green")
def test_sound_is_copied(clip: Path, mask: Path, tmp_path: Path) -> None:
    inpaint_video(clip, mask, tmp_path / "out.mp4")

    def sound(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert sound(tmp_path / "out.mp4") == sound(clip)
    assert sound(clip)


@pytest.mark.usefixtures("green")
@pytest.mark.parametrize(
    ("job", "frames"),
    [
        (JobOptions(start=0.2), 7),
        (JobOptions(end=0.2), 5),
        (JobOptions(start=0.08, end=0.2), 3),
        (JobOptions(preview=4), 4),
        (JobOptions(start="0:00.4", preview=9), 2),
    ],
)
def test_part_of_the_video(clip: Path, mask: Path, tmp_path: Path, job: JobOptions, frames: int) -> None:
    report = inpaint_video(clip, mask, tmp_path / "out.mkv", job=job, output_options=LOSSLESS)
    assert report.frames == frames == len(pixels(tmp_path / "out.mkv"))
    start, end = job.start_seconds, job.end_seconds
    assert verify_video(clip, tmp_path / "out.mkv", mask, start=start, end=end, limit=job.preview).ok


@pytest.mark.usefixtures("green")
def test_nothing_between_start_and_end(clip: Path, mask: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no frame lies between start and end; the video lasts 0\.48 s"):
        inpaint_video(clip, mask, tmp_path / "out.mp4", job=JobOptions(start=60))
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("green")
def test_progress_and_report(clip: Path, mask: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    job = JobOptions(report=tmp_path / "report.json")
    options = InpaintOptions(references=5)
    report = inpaint_video(clip, mask, tmp_path / "out.mp4", options=options, job=job, progress=seen.append)
    assert [progress.frames for progress in seen] == list(range(1, FRAMES + 1))
    assert {progress.total for progress in seen} == {FRAMES}
    assert all(progress.memory > 1e6 and progress.seconds > 0 for progress in seen)
    assert report.peak_memory >= max(progress.memory for progress in seen) * 0.9
    assert report.seconds_per_frame == report.seconds / FRAMES

    written = json.loads((tmp_path / "report.json").read_text())
    assert written["frames"] == written["filled"] == FRAMES
    assert written["options"]["references"] == 5
    assert written["shots"] == [{"start": 0, "stop": FRAMES}]
    assert {"decode", "mask", "encode"} <= set(written["stage_seconds"]) <= {"decode", "mask", "encode", *STAGES}
    assert min(written["stage_seconds"].values()) > 0
    assert written["seconds_per_frame"] == report.seconds_per_frame
    assert {"python", "stranet", "torch", "av"} <= set(written["versions"])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.mp4", "report.json"]


@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt(), HoleError("covers the whole shot")])
@pytest.mark.parametrize("at", [0, 5, FRAMES - 1])
def test_fault_in_the_model_leaves_nothing(
    clip: Path, mask: Path, tmp_path: Path, green: type[GreenInpainter], error: BaseException, at: int
) -> None:
    green.fail_at, green.error = at, error
    with pytest.raises(type(error)) as caught:
        inpaint_video(clip, mask, tmp_path / "out.mp4", job=JobOptions(report=tmp_path / "report.json"))
    assert caught.value is error
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("green")
@pytest.mark.parametrize("where", ["stranet.video.reader.frame_to_rgb", "stranet.video.writer.FileEncoder.write"])
def test_fault_in_a_thread_reaches_the_caller(
    clip: Path, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken in a thread")

    monkeypatch.setattr(where, fail)
    with pytest.raises(RuntimeError, match="broken in a thread"):
        inpaint_video(clip, mask, tmp_path / "out.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("green")
def test_fault_keeps_an_older_output(clip: Path, mask: Path, tmp_path: Path, green: type[GreenInpainter]) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"an older result")
    green.fail_at = 2
    with pytest.raises(RuntimeError):
        inpaint_video(clip, mask, output)
    assert output.read_bytes() == b"an older result"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.usefixtures("green")
def test_truncated_video(mask: Path, tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mkv", frames=40)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    with pytest.raises(stranet.DecodeError, match="damaged after frame"):
        inpaint_video(cut, mask, tmp_path / "out.mkv")
    assert not (tmp_path / "out.mkv").exists()
    report = inpaint_video(cut, mask, tmp_path / "out.mkv", job=JobOptions(allow_damaged=True))
    assert 0 < report.frames < 40
    assert "damaged after frame" in (report.damaged or "")
    assert len(pixels(tmp_path / "out.mkv")) == report.frames


def test_bad_places(clip: Path, mask: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with pytest.raises(OpenError, match="there is no such file"):
        inpaint_video(tmp_path / "none.mp4", mask, out)
    with pytest.raises(HoleError, match="there is no such mask"):
        inpaint_video(clip, tmp_path / "none.png", out)
    with pytest.raises(EncodeError, match="output and input are the same"):
        inpaint_video(clip, mask, clip)
    with pytest.raises(EncodeError, match="there is no folder"):
        inpaint_video(clip, mask, tmp_path / "none" / "out.mp4")
    with pytest.raises(ConfigError, match="there is no folder"):
        inpaint_video(clip, mask, out, job=JobOptions(report=tmp_path / "none" / "report.json"))
    with pytest.raises(ConfigError, match="would overwrite another file"):
        inpaint_video(clip, mask, out, job=JobOptions(report=out))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(clip: Path, mask: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EncodeError, match="no permission"):
        inpaint_video(clip, mask, tmp_path / "out.mp4")


def test_missing_device_is_refused_before_anything_is_written(clip: Path, mask: Path, tmp_path: Path) -> None:
    import torch

    device = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ConfigError, match=f"device {device} is not available"):
        inpaint_video(clip, mask, tmp_path / "out.mp4", options=InpaintOptions(device=device))
    assert not list(tmp_path.iterdir())


def test_shots_of_a_clip(clip: Path) -> None:
    counts: list[int] = []
    assert stranet.detect_shots(clip, progress=counts.append) == [Shot(0, FRAMES)]
    assert counts == list(range(1, FRAMES + 1))


def test_real_inpainter_end_to_end(clip: Path, mask: Path, tmp_path: Path) -> None:
    report = inpaint_video(clip, mask, tmp_path / "out.mkv", output_options=LOSSLESS)
    assert (report.frames, report.filled, report.shots) == (FRAMES, FRAMES, (Shot(0, FRAMES),))
    assert verify_video(clip, tmp_path / "out.mkv", mask).ok
