from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from video_files import RECIPES, Recipe, make_video, video_frames

from stranet.errors import ConfigError, DecodeError, OpenError, VideoError
from stranet.video.damage import missing_bytes
from stranet.video.info import probe_video
from stranet.video.pixels import native_planes
from stranet.video.reader import VideoReader, open_video


@pytest.mark.parametrize("name", RECIPES)
def test_every_frame_arrives_with_its_time_and_its_samples(make, name):
    path = make(name)
    expected = video_frames(path)
    with open_video(path) as source:
        frames = list(source)
        info = source.info
    assert [frame.pts * frame.time_base for frame in frames] == [time for time, _ in expected]
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert source.damaged is None
    for frame, (_, planes) in zip(frames, expected, strict=True):
        assert frame.rgb.shape == (info.size.height, info.size.width, 3)
        assert frame.rgb.dtype == (np.uint8 if info.bit_depth == 8 else np.uint16)
        if RECIPES[name].pixel_format != "bgr0":
            assert [plane.tobytes() for plane in native_planes(frame.native)] == planes


@pytest.mark.parametrize("name", RECIPES)
def test_info_says_what_the_recipe_made(make, name):
    recipe, info = RECIPES[name], probe_video(make(name))
    assert info.size == recipe.size
    assert info.rotation == (90 if recipe.display_matrix else 0)
    assert info.display_matrix == recipe.display_matrix
    assert info.audio_tracks == len(recipe.audio)
    assert info.has_audio == bool(recipe.audio)
    assert info.subtitle_tracks == (recipe.subtitle is not None)
    assert info.bit_depth == (10 if "10le" in recipe.pixel_format else 8)
    expected = {"yuv420": (1, 1), "yuv422": (1, 0)}.get(recipe.pixel_format[:6], (0, 0))
    assert info.chroma_shift == expected
    if recipe.sample_aspect_ratio:
        assert info.sample_aspect_ratio == recipe.sample_aspect_ratio
    if recipe.color[0] != 2:
        color = info.color
        assert (color.matrix, color.range, color.primaries, color.transfer) == recipe.color


def test_rotation_is_the_clockwise_turn_that_shows_the_picture_upright(tmp_path):
    """FFmpeg's command line turns this matrix by "transpose=clock", which is a quarter turn clockwise."""
    info = probe_video(make_video(tmp_path / "turned.mp4", RECIPES["rotated"]))
    assert info.rotation == 90
    assert info.display_size == (48, 64)


@pytest.mark.parametrize(("layout", "planar"), [("yuyv422", "yuv422p"), ("nv12", "yuv420p"), ("p010le", "yuv420p10le")])
def test_packed_formats_are_unpacked_without_loss(layout, planar):
    rng = np.random.default_rng(0)
    frame = av.VideoFrame(64, 48, planar)
    for plane in native_planes(frame):
        plane[:] = rng.integers(0, 256, plane.shape)
    back = frame.reformat(format=layout).reformat(format=planar)
    for new, old in zip(native_planes(back), native_planes(frame), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("name", ["ntsc", "variable-rate", "delayed"])
def test_start_end_and_limit_count_from_the_first_frame(make, name):
    path, recipe = make(name), RECIPES[name]
    times = [(pts - recipe.pts[0]) * recipe.time_base for pts in recipe.pts]
    with VideoReader(path, start=0.1, end=0.3) as source:
        assert [frame.index for frame in source] == [n for n, time in enumerate(times) if 0.1 <= time < 0.3]
    with VideoReader(path, start=0.1, limit=3) as source:
        assert [frame.index for frame in source] == [n for n, time in enumerate(times) if time >= 0.1][:3]
    with VideoReader(path, limit=5) as source:
        assert len(list(source)) == 5
    with VideoReader(path, start=100.0) as source:
        assert list(source) == []


@pytest.mark.parametrize("bad", [{"start": -1.0}, {"end": 0.0}, {"start": 2.0, "end": 1.0}, {"limit": 0}])
def test_ranges_without_a_frame_are_refused(make, bad):
    with pytest.raises(ConfigError, match=next(reversed(bad))):
        open_video(make("ntsc"), **bad)


def test_closing_early_ends_the_iteration(make):
    with open_video(make("ntsc")) as source:
        iterator = iter(source)
        next(iterator)
    assert list(iterator) == []


@pytest.mark.parametrize("content", [b"", b"no video at all, just words " * 100, b"\x00" * 4096])
@pytest.mark.parametrize("name", ["in.mp4", "in.mkv", "in.avi"])
def test_what_is_not_a_video_is_refused(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OpenError, match=name):
        open_video(path)


def test_missing_files_sound_files_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(OpenError, match="no such file"):
        open_video(tmp_path / "nowhere.mp4")
    with pytest.raises(OpenError, match="no images"):
        open_video(tmp_path)
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as output:
        track = output.add_stream("aac", rate=48000)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        silence.sample_rate = 48000
        output.mux(track.encode(silence))
        output.mux(track.encode(None))
    with pytest.raises(OpenError, match="no video in this file"):
        open_video(path)


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    shorter = path.with_name("cut" + path.suffix)
    shorter.write_bytes(data[: int(len(data) * share)])
    return shorter


FRONT = {"mp4": ("faststart", "ntsc"), "prores": ("faststart", "prores"), "fragments": ("frag_keyframe", "ntsc")}


@pytest.fixture(params=["mp4", "prores", "fragments", "mkv", "webm", "avi"])
def readable_when_cut(request, tmp_path) -> Path:
    """A file whose index or pictures come first, so that its beginning can be read without its end."""
    if request.param in FRONT:
        flags, name = FRONT[request.param]
        return make_video(tmp_path / f"in{RECIPES[name].suffix}", RECIPES[name], {"movflags": flags})
    name = {"mkv": "subtitles", "webm": "vp9", "avi": "mpeg4"}[request.param]
    return make_video(tmp_path / f"in{RECIPES[name].suffix}", RECIPES[name])


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_a_truncated_file_is_told_from_a_short_one(readable_when_cut, share):
    whole = [time for time, _ in video_frames(readable_when_cut)]
    path = cut(readable_when_cut, share)
    with pytest.raises(DecodeError, match=r"cut.*damaged after frame \d+ \(\d+\.\d+ s\)"), open_video(path) as source:
        list(source)
    with open_video(path, allow_damaged=True) as source:
        times = [frame.pts * frame.time_base for frame in source]
    assert times == whole[: len(times)], "no frame is missing before the damage"
    assert times
    assert f"after frame {len(times)}" in (source.damaged or "")


def test_a_range_before_the_damage_needs_no_permission(readable_when_cut):
    path = cut(readable_when_cut, 0.9)
    with open_video(path, limit=3) as source:
        assert len(list(source)) == 3
    assert source.damaged is None


def test_a_file_that_lost_its_index_says_so(make):
    with pytest.raises(OpenError, match="cut off"):
        open_video(cut(make("ntsc"), 0.8), allow_damaged=True)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("name", ["ntsc", "vp9", "mpeg4", "prores", "odd-size"])
def test_any_cut_ends_in_an_error_of_ours(make, name, share):
    with pytest.raises(VideoError), open_video(cut(make(name), share)) as source:
        list(source)


@pytest.mark.parametrize("name", RECIPES)
def test_whole_files_miss_nothing(make, name):
    assert missing_bytes(make(name)) == 0


def test_a_stream_that_changes_size_is_refused(tmp_path):
    path = tmp_path / "in.h264"  # a bare stream, without any times
    with path.open("wb") as joined:
        for size in ((64, 48), (96, 64)):
            part = make_video(tmp_path / "part.h264", Recipe(suffix=".h264", size=size, audio=()))
            joined.write(part.read_bytes())
    with pytest.raises(DecodeError, match="frame 24 is 96x64"), open_video(path) as source:
        list(source)
