"""What the writer keeps: times, tags, pictures, in every container and by every encoder."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from copies import LOSSLESS, check_tags, check_times, check_tracks, copy
from video_files import RECIPES, Recipe, make_video, video_frames

from stranet.types import Size
from stranet.video.encode import MAX_THREADS, encoder_threads
from stranet.video.info import probe_video
from stranet.video.output import OutputOptions
from stranet.video.reader import open_video


@pytest.mark.parametrize(
    ("size", "cores", "threads"),
    [
        ((864, 480), 1, 1),
        ((864, 480), 2, 2),
        ((1920, 1080), 1, 1),
        ((1920, 1080), 2, 1),
        ((3840, 2160), 8, 4),
        ((1280, 720), 64, MAX_THREADS),
        ((3840, 2160), 64, MAX_THREADS),
    ],
)
def test_large_frames_are_encoded_by_fewer_threads(size, cores, threads):
    assert encoder_threads(Size(*size), cores) == threads


@pytest.mark.parametrize("name", RECIPES)
def test_the_contract_with_defaults(make, tmp_path, name):
    path = make(name)
    suffix = ".mkv" if RECIPES[name].suffix == ".avi" else RECIPES[name].suffix
    output = copy(path, tmp_path / f"out{suffix}")
    check_times(path, output)
    check_tracks(path, output)
    check_tags(path, output)
    family = {"mpeg4": "h264"}.get(probe_video(path).codec, probe_video(path).codec)
    assert probe_video(output).codec == family


@pytest.mark.parametrize("name", RECIPES)
def test_the_contract_lossless(make, tmp_path, name):
    path = make(name)
    output = copy(path, tmp_path / "out.mkv", LOSSLESS)
    assert [planes for _, planes in video_frames(output)] == [planes for _, planes in video_frames(path)]
    check_times(path, output)
    check_tracks(path, output)
    check_tags(path, output)


@pytest.mark.parametrize("name", ["ntsc", "ten-bit", "4:4:4", "hevc", "vp9"])
def test_the_default_quality_is_visually_lossless(make, tmp_path, name):
    path = make(name)
    output = copy(path, tmp_path / f"out{path.suffix}")
    with open_video(path) as old, open_video(output) as new:
        for a, b in zip(old, new, strict=True):
            level = 1 if a.rgb.dtype == np.uint8 else 257
            error = (a.rgb.astype(float) - b.rgb) / level
            assert 10 * np.log10(255**2 / np.mean(error**2)) > 32  # noise is the worst case; footage reaches 47


@pytest.mark.parametrize("ratio", [Fraction(4, 3), Fraction(16, 15), Fraction(8, 9), Fraction(64, 45)])
@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "ffv1"), (".mkv", "libvpx-vp9"), (".webm", "libvpx-vp9")])
def test_matroska_keeps_the_shape_of_pixels(tmp_path, suffix, codec, ratio):
    recipe = Recipe(suffix=".mp4", sample_aspect_ratio=ratio, audio=())
    path = make_video(tmp_path / "in.mp4", recipe)
    output = copy(path, tmp_path / f"out{suffix}", OutputOptions(codec=codec))
    assert probe_video(output).sample_aspect_ratio == ratio
    with av.open(str(output)) as container:
        assert container.streams.video[0].metadata.get("title", "") == ""
    check_times(path, output)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("name", ["ntsc", "variable-rate", "delayed", "rotated", "tagged"])
def test_every_container_keeps_times_and_tags(make, tmp_path, name, suffix):
    path = make(name)
    output = copy(path, tmp_path / f"out{suffix}")
    check_times(path, output)
    check_tracks(path, output)
    check_tags(path, output)


@pytest.mark.parametrize(("name", "suffix"), [("vp9", ".mp4"), ("vp9", ".mkv"), ("prores", ".mkv"), ("mpeg4", ".mp4")])
def test_containers_can_change(make, tmp_path, name, suffix):
    path = make(name)
    output = copy(path, tmp_path / f"out{suffix}")
    check_times(path, output)
    check_tracks(path, output)
    check_tags(path, output)


def test_hevc_in_mp4_is_of_the_kind_that_every_player_opens(make, tmp_path):
    with av.open(str(copy(make("hevc"), tmp_path / "out.mp4"))) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"


@pytest.mark.parametrize("effort", ["fast", "medium", "slow"])
@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "ffv1"])
def test_every_encoder_takes_its_settings(make, tmp_path, codec, effort):
    output = copy(make("silent"), tmp_path / "out.mkv", OutputOptions(codec=codec, effort=effort), limit=4)
    assert len(video_frames(output)) == 4
