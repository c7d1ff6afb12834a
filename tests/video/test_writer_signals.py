"""What a stream says besides its samples and their colour: HDR10 metadata, and the order of fields."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest
from copies import LOSSLESS, copy
from video_files import MASTERED_ON, RECIPES, Recipe, make_video, video_frames

from stranet.video.differences import tag_differences
from stranet.video.hdr import HdrMetadata
from stranet.video.info import probe_video
from stranet.video.output import OutputOptions

HDR = HdrMetadata((34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450), (50, 10_000_000), (1000, 400))
DISPLAY, LIGHT = "MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"
X264 = {"crf": "10", "x264-params": f"mastering-display={MASTERED_ON}:cll=1000,400"}


def stated(path: Path) -> list[bytes]:
    """The metadata as the decoder gives it, read without the code under test."""
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0))
        return [bytes(found) for kind in (DISPLAY, LIGHT) if (found := frame.side_data.get(kind)) is not None]


def test_hdr_metadata_is_read(make):
    assert probe_video(make("hdr10")).hdr == HDR


def test_unstated_stays_unstated(make, tmp_path):
    path = make("ten-bit")
    output = copy(path, tmp_path / "out.mkv")
    for info in (probe_video(path), probe_video(output)):
        assert (info.hdr, info.first_field) == (None, None)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("codec", ["libx265", "libx264"])
def test_hdr_metadata_is_kept_to_the_bit(make, tmp_path, codec, suffix):
    path = make("hdr10")
    output = copy(path, tmp_path / f"out{suffix}", OutputOptions(codec=codec))
    assert len(stated(path)) == 2
    assert stated(output) == stated(path)


def test_av1_states_it_in_units_of_its_own(make, tmp_path):
    assert probe_video(copy(make("hdr10"), tmp_path / "out.mp4", OutputOptions(codec="libsvtav1"))).hdr == HDR


@pytest.mark.parametrize("with_sound", [True, False])
def test_lossless_files_state_it_in_the_container(tmp_path, with_sound):
    recipe = replace(RECIPES["hdr10"], audio=("aac",) if with_sound else (), metadata={"title": "T"})
    path = make_video(tmp_path / "in.mp4", recipe)
    output = copy(path, tmp_path / "out.mkv", LOSSLESS)
    assert probe_video(output).hdr == HDR
    assert [planes for _, planes in video_frames(output)] == [planes for _, planes in video_frames(path)]
    with av.open(str(output)) as container:
        assert container.streams.video[0].metadata.get("title", "") == ""
    assert probe_video(copy(output, tmp_path / "again.mkv", LOSSLESS)).hdr == HDR


@pytest.mark.parametrize(
    "hdr",
    [
        HdrMetadata(content_light=(65535, 1)),
        HdrMetadata((35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450), (1, 40_000_000), (2, 1)),
        HdrMetadata((32000, 16500, 15000, 30000, 7500, 3000, 15635, 16450), (500, 6_000_001), None),
    ],
)
def test_any_values_survive_the_container(tmp_path, hdr):
    red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y = hdr.chromaticities or (0,) * 8
    params = []
    if hdr.luminance:
        colors = f"G({green_x},{green_y})B({blue_x},{blue_y})R({red_x},{red_y})WP({white_x},{white_y})"
        params.append(f"mastering-display={colors}L({hdr.luminance[1]},{hdr.luminance[0]})")
    if hdr.content_light:
        params.append(f"cll={hdr.content_light[0]},{hdr.content_light[1]}")
    recipe = Recipe(audio=(), pts=(0, 1001), options={"crf": "10", "x264-params": ":".join(params)})
    path = make_video(tmp_path / "in.mp4", recipe)
    assert probe_video(path).hdr == hdr
    assert probe_video(copy(path, tmp_path / "out.webm", OutputOptions(codec="libvpx-vp9"))).hdr == hdr
    assert probe_video(copy(path, tmp_path / "out.mkv", LOSSLESS)).hdr == hdr


def test_a_content_light_of_zero_says_nothing(tmp_path):
    params = f"log-level=error:master-display={MASTERED_ON}:max-cll=0,0:hdr10=1"
    recipe = replace(RECIPES["hdr10"], options={"x265-params": params})
    assert probe_video(make_video(tmp_path / "in.mp4", recipe)).hdr == replace(HDR, content_light=None)


def test_it_stands_beside_the_shape_of_pixels(tmp_path):
    recipe = replace(RECIPES["anamorphic"], options=X264)
    info = probe_video(copy(make_video(tmp_path / "in.mp4", recipe), tmp_path / "out.mkv", LOSSLESS))
    assert (info.hdr, info.sample_aspect_ratio) == (HDR, recipe.sample_aspect_ratio)


@pytest.mark.parametrize(("name", "first"), [("interlaced", "top"), ("bottom-first", "bottom")])
@pytest.mark.parametrize("codec", ["libx264", "prores_ks", "ffv1", "libx265"])
def test_fields_stay_in_order(tmp_path, name, first, codec):
    recipe = replace(RECIPES[name], pixel_format="yuv422p10le")
    path = make_video(tmp_path / f"in{recipe.suffix}", recipe)
    assert probe_video(path).first_field == first
    output = copy(path, tmp_path / "out.mkv", OutputOptions(codec=codec, lossless=codec == "ffv1"))
    assert probe_video(output).first_field == first
    with av.open(str(output)) as container:
        assert {frame.interlaced_frame for frame in container.decode(video=0)} == {codec != "libx265"}


def test_a_height_that_x264_cannot_interlace_is_coded_in_whole_frames(tmp_path):
    recipe = Recipe(suffix=".mkv", codec="ffv1", size=(64, 46), options={"field_order": "tt"})
    path = make_video(tmp_path / "in.mkv", recipe)
    assert probe_video(path).first_field == "top"
    assert len(video_frames(copy(path, tmp_path / "out.mkv", OutputOptions(codec="libx264")))) == 24


def test_what_is_lost_is_named(make):
    info = probe_video(make("hdr10"))
    lost = list(tag_differences(replace(info, first_field="top"), replace(info, hdr=None)))
    assert [sentence.split(":")[0] for sentence in lost] == ["HDR10 metadata", "first field"]
