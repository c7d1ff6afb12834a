"""Clips cut out of videos."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from panning_video import FRAMES, HEIGHT, SPEED, WIDTH, make_panning_video

from stranet.data.real import RealClips, RealOptions, find_videos
from stranet.data.silhouettes import ProceduralSilhouettes
from stranet.errors import ConfigError, OpenError

OPTIONS = RealOptions(size=64, references=3)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_panning_video(tmp_path_factory.mktemp("real") / "pan.mp4")


def clips(*paths: Path, options: RealOptions = OPTIONS, seed: int = 0) -> RealClips:
    return RealClips(paths, ProceduralSilhouettes(), options, seed)


def test_clips_have_the_promised_form(video: Path) -> None:
    source = clips(video)
    for index in range(8):
        clip = source[index]
        assert clip.frames.shape == (4, 64, 64, 3)
        assert clip.frames.dtype == np.float32
        assert clip.frames.min() >= 0
        assert clip.frames.max() <= 1
        assert np.isnan(clip.position).all()
        assert not clip.shown.any()
        assert 0.015 <= clip.holes[0].mean() <= 0.375
        assert clip.times[0] == 0
        assert len(set(clip.times)) == 4
        assert clip.apart.max() < FRAMES


def test_registration_carries_through_scale_crop_mirror_and_time(video: Path) -> None:
    """The crop of every frame, moved by its homography, is the target; a step is SPEED pixels of the video."""
    source, sides = clips(video, options=dataclasses.replace(OPTIONS, most_stride=1)), set()
    for index in range(12):
        clip = source[index]
        for frame in range(1, 4):
            step = clip.homographies[frame][0, 2] / clip.times[frame]
            zoom = 64 / HEIGHT
            assert SPEED * zoom * 0.95 < abs(step) < SPEED * zoom * OPTIONS.zoom * 1.05
            sides.add(bool(step > 0))
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            moved = cv2.warpPerspective(clip.frames[frame], clip.homographies[frame], (64, 64), flags=flags)
            ones = cv2.warpPerspective(np.ones((64, 64)), clip.homographies[frame], (64, 64), flags=flags)
            assert abs(moved - clip.frames[0])[ones == 1].mean() < 0.02
    assert sides == {True, False}, "mirrored or backwards, and not"


def test_stride_makes_motion_faster(video: Path) -> None:
    source = clips(video, options=dataclasses.replace(OPTIONS, references=2, most_stride=3, zoom=1))
    steps = {
        round(abs(clip.homographies[1][0, 2] / clip.times[1]) / (SPEED * 64 / HEIGHT))
        for clip in map(source.__getitem__, range(20))
    }
    assert steps == {1, 2, 3}


def test_a_clip_is_a_function_of_seed_and_index(video: Path) -> None:
    source = clips(video, seed=2)
    first = source[3]
    source[4]
    for other in (source[3], clips(video, seed=2)[3]):
        for name, part in first._asdict().items():
            np.testing.assert_array_equal(part, getattr(other, name), err_msg=name)
    assert (source[4].frames != first.frames).any()


def test_crops_come_from_the_whole_frame(video: Path) -> None:
    """Small videos are enlarged, large ones shrunk before they are kept."""
    assert clips(video, options=dataclasses.replace(OPTIONS, size=96))[0].frames.shape == (4, 96, 96, 3)
    shrunk = clips(video, options=dataclasses.replace(OPTIONS, size=32, zoom=1))
    assert shrunk[0].frames.shape == (4, 32, 32, 3)
    assert shrunk._videos[0].frames.shape == (FRAMES, 32, round(WIDTH * 32 / HEIGHT), 3)


def test_only_the_middle_of_a_long_video_is_kept(video: Path) -> None:
    few = clips(video, options=dataclasses.replace(OPTIONS, most_frames=4))._videos[0].frames
    whole = clips(video)._videos[0].frames
    np.testing.assert_array_equal(few, whole[3:7])


def test_what_cannot_be_used_is_named(tmp_path: Path, video: Path) -> None:
    with pytest.raises(OpenError, match="holds no videos"):
        find_videos([tmp_path])
    with pytest.raises(OpenError, match="gone"):
        clips(tmp_path / "gone.mp4")
    short = make_panning_video(tmp_path / "short.mp4", frames=3)
    with pytest.raises(OpenError, match="more than 3 frames"):
        clips(short)
    assert find_videos([video.parent, short]) == [video, short]
    assert len(clips(short, video)._videos) == 1


@pytest.mark.parametrize(
    "bad", [{"size": 1}, {"references": 0}, {"reach": 1}, {"zoom": 0.5}, {"most_stride": 0}, {"most_frames": 4}]
)
def test_bad_options_are_named(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        RealOptions(**bad)  # type: ignore[arg-type]
