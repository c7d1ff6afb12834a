"""From a video and marks to a mask file, and from both to an inpainted video."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from moving_things import HEIGHT, WIDTH, Scene, box_of, iou, scene

from stranet.api import inpaint_video
from stranet.errors import ConfigError, EncodeError, HoleError
from stranet.tracking.options import TrackOptions
from stranet.tracking.prompts import Prompt
from stranet.tracking.report import TrackProgress
from stranet.tracking.session import TrackSession
from stranet.tracking.track import track_video
from stranet.video.images import list_images
from stranet.video.marked import read_mask


@pytest.fixture(scope="module")
def made() -> Scene:
    return scene(14)


@pytest.fixture(scope="module")
def video(made: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.video(tmp_path_factory.mktemp("track") / "moving.mp4")


def masks_in(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") > 0 for frame in container.decode(video=0)]


def test_one_mask_per_frame_with_the_times_of_the_video(made: Scene, video: Path, tmp_path: Path) -> None:
    seen: list[TrackProgress] = []
    out, view = tmp_path / "mask.mkv", tmp_path / "tinted.mp4"
    report = track_video(video, out, [Prompt(box=box_of(made.holes[0]))], tinted=view, progress=seen.append)
    masks = masks_in(out)
    assert report.frames == report.marked == len(masks) == 14
    assert np.mean([iou(mask, truth) for mask, truth in zip(masks, made.holes, strict=True)]) > 0.8
    assert [at.stage for at in seen] == ["read"] * 14 + ["track"] * 13 + ["write"] * 14
    assert seen[-1].frames == seen[-1].total == 14
    assert report.doubtful == ()
    assert report.objects == ("1",)
    assert len(report.confidence) == 14
    with av.open(str(out)) as one, av.open(str(video)) as other:
        times = [[frame.time for frame in file.decode(video=0)] for file in (one, other)]
    assert times[0] == pytest.approx(times[1], abs=1e-3)
    with av.open(str(view)) as container:
        tinted = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    inside = masks[7]
    gained = tinted[7][inside].astype(int).mean(0) - made.frames[7][inside].mean(0)
    assert len(tinted) == 14
    assert gained[0] > 10


def test_masks_of_a_folder_have_the_names_of_its_images(made: Scene, tmp_path: Path) -> None:
    frames, out = made.folder(tmp_path / "frames"), tmp_path / "masks"
    track_video(frames, out, [Prompt(frame=13, mask=made.holes[13])])
    files = list_images(out)
    assert [file.name for file in files] == [file.name for file in list_images(frames)]
    assert iou(read_mask(files[0]), made.holes[0]) > 0.8


def test_two_objects_are_one_mask(made: Scene, video: Path, tmp_path: Path) -> None:
    other = np.zeros_like(made.holes[0])
    other[110:150, 180:230] = True
    prompts = [Prompt(object="disc", mask=made.holes[0]), Prompt(object="patch", mask=other)]
    report = track_video(video, tmp_path / "m.mkv", prompts)
    assert report.objects == ("disc", "patch")
    first = masks_in(tmp_path / "m.mkv")[0]
    assert np.array_equal(first, made.holes[0] | other)


def test_a_part_of_the_video(made: Scene, video: Path, tmp_path: Path) -> None:
    report = track_video(video, tmp_path / "m.mkv", [Prompt(frame=5, mask=made.holes[5])], start=0.16, end=0.4)
    masks = masks_in(tmp_path / "m.mkv")
    assert [bool(mask.any()) for mask in masks] == [False] * 4 + [True] * 6
    assert report.frames == 10
    with pytest.raises(HoleError, match="not among those that are tracked, 4 to 9"):
        track_video(video, tmp_path / "n.mkv", [Prompt(frame=1, mask=made.holes[1])], start=0.16, end=0.4)
    with pytest.raises(ConfigError, match="no frame lies between"):
        track_video(video, tmp_path / "n.mkv", [Prompt(mask=made.holes[1])], start=20)


def test_session_segments_tracks_and_corrects(made: Scene, video: Path) -> None:
    with TrackSession(video) as session:
        assert session.range == range(14)
        assert session.frame(3).shape == (HEIGHT, WIDTH, 3)
        found = session.segment([Prompt(frame=6, box=box_of(made.holes[6]))])
        assert iou(found, made.holes[6]) > 0.8
        assert not session.hole(6).any()
        wide = made.holes[0].copy()
        wide[110:150, 60:120] = True
        session.track([Prompt(frame=0, mask=wide)])
        before = iou(session.hole(10), made.holes[10])
        x, y, width, height = box_of(made.holes[8])
        session.track([Prompt(frame=0, mask=wide), Prompt(frame=8, box=(x, y, width, height))])
        assert iou(session.hole(10), made.holes[10]) > max(before, 0.8)
        with pytest.raises(HoleError, match="one frame at a time"):
            session.segment([Prompt(frame=1, points=((9, 9),)), Prompt(frame=2, points=((9, 9),))])


def test_what_progress_raises_leaves_nothing(made: Scene, video: Path, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    for stage in ("read", "track", "write"):

        def stop(at: TrackProgress, stage: str = stage) -> None:
            if at.stage == stage and at.frames == 3:
                raise StopError

        with pytest.raises(StopError):
            track_video(
                video, tmp_path / "m.mkv", [Prompt(mask=made.holes[0])], tinted=tmp_path / "t.mp4", progress=stop
            )
        assert list(tmp_path.iterdir()) == []


def test_outputs_that_cannot_be(made: Scene, video: Path, tmp_path: Path) -> None:
    prompts = [Prompt(mask=made.holes[0])]
    with pytest.raises(EncodeError, match=r"masks are lossless; use \.mkv or \.mov"):
        track_video(video, tmp_path / "m.mp4", prompts)
    with pytest.raises(EncodeError, match="there is no folder"):
        track_video(video, tmp_path / "no" / "m.mkv", prompts)
    with pytest.raises(EncodeError, match="output and input are the same"):
        track_video(video, tmp_path / "m.mkv", prompts, tinted=video)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tracker", ["sam2", "cutie"])
def test_trackers_that_are_not_installed(video: Path, made: Scene, tmp_path: Path, tracker: str) -> None:
    with pytest.raises(ConfigError, match=f"the package {tracker} is not installed"):
        track_video(video, tmp_path / "m.mkv", [Prompt(mask=made.holes[0])], TrackOptions(tracker=tracker))  # type: ignore[arg-type]


def test_prompts_in_the_place_of_a_mask(made: Scene, video: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    report = inpaint_video(
        video,
        [Prompt(box=box_of(made.holes[0]))],
        tmp_path / "out.mkv",
        progress=lambda at: stages.append(at.stage),
    )
    assert report.mask == "tracked"
    assert report.frames == report.filled == 14
    assert report.tracked is not None
    assert report.tracked.marked == 14
    assert report.tracked.options.generous
    assert list(dict.fromkeys(stages)) == ["read", "track", "write", "fill"]
    assert [file.name for file in tmp_path.iterdir()] == ["out.mkv"]


def test_generous_masks_mark_more_and_never_less(made: Scene, video: Path) -> None:
    prompts = [Prompt(box=box_of(made.holes[0]))]
    with TrackSession(video) as exact, TrackSession(video, TrackOptions(generous=True)) as generous:
        exact.track(prompts)
        generous.track(prompts)
        for index in range(14):
            hole, wide = exact.hole(index), generous.hole(index)
            assert np.array_equal(generous.object_hole("1", index), hole)
            assert not (hole & ~wide).any()
            assert wide.sum() > hole.sum()
        assert not generous.object_hole("another", 3).any()
        assert not generous.object_hole("1", 14).any()
