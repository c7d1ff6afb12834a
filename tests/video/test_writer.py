from __future__ import annotations

import errno
import os
import stat
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from video_files import RECIPES, Recipe, make_video, packets, pattern, samples, video_frames

from stranet.errors import ConfigError, DecodeError, EncodeError
from stranet.video.color import align_to_chroma, whole_blocks
from stranet.video.info import probe_video
from stranet.video.output import OutputOptions, check_output
from stranet.video.pixels import native_planes
from stranet.video.reader import open_video
from stranet.video.writer import VideoWriter

LOSSLESS = OutputOptions(lossless=True)
MATROSKA_TICK = Fraction(1, 1000)
"""Matroska files state times in milliseconds (as everybody writes them)."""


@pytest.fixture
def make(tmp_path):
    def build(name: str) -> Path:
        folder = tmp_path / "in"
        folder.mkdir()
        return make_video(folder / f"in{RECIPES[name].suffix}", RECIPES[name])

    return build


def copy(path: Path, output: Path | str, options: OutputOptions | None = None, **cut) -> Path:
    with open_video(path, **cut) as source, VideoWriter(output, source, options) as writer:
        for frame in source:
            writer.write(frame)
    return Path(output)


def check_times(path: Path, output: Path) -> None:
    old, new = ([time for time, _ in video_frames(file)] for file in (path, output))
    tick = MATROSKA_TICK if output.suffix in (".mkv", ".webm") else 0
    assert len(new) == len(old)
    assert all(abs(a - b) <= tick / 2 for a, b in zip(new, old, strict=True))


def check_tracks(path: Path, output: Path) -> None:
    tick = MATROSKA_TICK if output.suffix in (".mkv", ".webm") else 0
    for kind in ("audio", "subtitles"):
        old, new = packets(path, kind), packets(output, kind)
        assert [[data for _, data in track] for track in new] == [[data for _, data in track] for track in old]
        for track, copied in zip(old, new, strict=True):
            assert all(abs(a - b) <= tick / 2 for (a, _), (b, _) in zip(track, copied, strict=True))


def check_tags(path: Path, output: Path) -> None:
    old, new = probe_video(path), probe_video(output)
    assert new.size == old.size
    assert new.display_matrix == old.display_matrix
    assert new.color.primaries == old.color.primaries
    assert new.color.transfer == old.color.transfer
    assert new.color.matrix == old.color.matrix
    assert new.color.full == old.color.full
    assert new.bit_depth == old.bit_depth
    assert new.chroma_shift == old.chroma_shift
    assert (new.sample_aspect_ratio or 1) == (old.sample_aspect_ratio or 1)


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


def test_metadata_chapters_and_languages(make, tmp_path):
    path = make("chapters")
    for suffix in (".mp4", ".mkv"):
        output = copy(path, tmp_path / f"out{suffix}")
        with av.open(str(path)) as old, av.open(str(output)) as new:
            tags = {key.lower(): value for key, value in new.metadata.items()}
            assert (tags["title"], tags["comment"]) == ("Chaptered", "A comment")
            assert "major_brand" not in tags or suffix == ".mp4"
            assert [chapter_key(chapter) for chapter in new.chapters()] == [chapter_key(c) for c in old.chapters()]
            assert [track.language for track in new.streams.audio] == [track.language for track in old.streams.audio]


def chapter_key(chapter) -> tuple:
    return chapter["start"] * chapter["time_base"], chapter["end"] * chapter["time_base"], chapter["metadata"]["title"]


def test_unusual_metadata_survives_in_mp4(tmp_path):
    recipe = Recipe(metadata={"com.apple.quicktime.make": "Maker", "title": "T"})
    path = make_video(tmp_path / "in.mov", recipe, {"movflags": "use_metadata_tags"})
    with av.open(str(copy(path, tmp_path / "out.mov"))) as new:
        assert new.metadata["com.apple.quicktime.make"] == "Maker"
        assert new.metadata["title"] == "T"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("name", ["ntsc", "variable-rate", "delayed", "chapters"])
def test_a_cut_keeps_sound_in_step(make, tmp_path, name, suffix):
    path = make(name)
    output = copy(path, tmp_path / f"out{suffix}", start=0.2, end=0.5)
    with open_video(path, start=0.2, end=0.5) as source:
        kept = [frame.pts * frame.time_base for frame in source]
    tick = MATROSKA_TICK if suffix == ".mkv" else 0
    times = [time for time, _ in video_frames(output)]
    assert all(abs(new - (old - kept[0])) <= tick / 2 for new, old in zip(times, kept, strict=True))
    tick = tick or Fraction(1, 48000)
    [old], [new] = packets(path, "audio"), packets(output, "audio")
    where = {data: time for time, data in old}
    assert all(abs(time - (where[data] - kept[0])) <= tick for time, data in new), "sound is moved like the picture"
    frame_time = Fraction(1, 48000) * 1024
    assert 0 <= new[0][0] <= frame_time
    assert times[-1] - frame_time <= new[-1][0] <= Fraction(1, 2)
    with av.open(str(output)) as container:
        for chapter in container.chapters():
            assert 0 <= chapter["start"] < chapter["end"] <= Fraction(31, 100) / chapter["time_base"]


def test_tracks_can_be_left_out(make, tmp_path):
    output = copy(make("chapters"), tmp_path / "out.mp4", OutputOptions(copy_tracks=False))
    assert not probe_video(output).has_audio


PLANAR = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"]


@pytest.mark.parametrize("shape", ["random", "box", "edge"])
@pytest.mark.parametrize("range_tag", [1, 2])
@pytest.mark.parametrize("pixel_format", PLANAR)
@pytest.mark.parametrize("size", [(64, 48), (67, 45)])
def test_nothing_changes_outside_the_hole(tmp_path, pixel_format, range_tag, shape, size):
    recipe = Recipe(
        suffix=".mkv",
        codec="ffv1",
        pixel_format=pixel_format,
        size=size,
        color=(1, range_tag, 1, 1),
        audio=(),
        options={},
    )
    path = make_video(tmp_path / "in.mkv", recipe)
    hole = np.zeros((size[1], size[0]), bool)
    if shape == "random":
        hole = np.random.default_rng(5).random(hole.shape) > 0.8
    elif shape == "box":
        hole[11:30, 21:40] = True
    else:
        hole[-3:, -7:] = True
    output = tmp_path / "out.mkv"
    with open_video(path) as source, VideoWriter(output, source, LOSSLESS) as writer:
        hole = align_to_chroma(hole, source.info.chroma_shift)
        for frame in source:
            top = np.iinfo(frame.rgb.dtype).max
            writer.write(frame, top - frame.rgb, hole)  # everything would change
    with open_video(path) as old, open_video(output) as new:
        for a, b in zip(old, new, strict=True):
            for number, (p, q) in enumerate(zip(native_planes(a.native), native_planes(b.native), strict=True)):
                where = whole_blocks(hole, old.info.chroma_shift) if number else hole
                np.testing.assert_array_equal(p[~where], q[~where])
            unit = 1 if a.rgb.dtype == np.uint8 else 257
            inside = (np.iinfo(a.rgb.dtype).max - a.rgb)[hole].astype(int) - b.rgb[hole]
            assert np.abs(inside).mean() < 12 * unit, "the hole holds the new picture (chroma is shared by blocks)"


def test_chroma_of_a_block_that_sticks_out_of_the_hole_stays(tmp_path):
    path = make_video(tmp_path / "in.mkv", Recipe(suffix=".mkv", codec="ffv1", audio=(), options={}))
    hole = np.zeros((48, 64), bool)
    hole[5:20, 7:30] = True  # not aligned
    with open_video(path) as source, VideoWriter(tmp_path / "out.mkv", source, LOSSLESS) as writer:
        for frame in source:
            writer.write(frame, 255 - frame.rgb, hole)
    for (_, old), (_, new) in zip(video_frames(path), video_frames(tmp_path / "out.mkv"), strict=True):
        for number, (p, q) in enumerate(zip(old, new, strict=True)):
            shape = (48, 64) if number == 0 else (24, 32)
            where = whole_blocks(hole, (1, 1)) if number else hole
            a, b = (np.frombuffer(plane, np.uint8).reshape(shape) for plane in (p, q))
            np.testing.assert_array_equal(a[~where], b[~where])


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_changing_a_frame_does_not_disturb_the_decoder(tmp_path, codec):
    """Decoded pictures are references of later ones: they must be copied before they are changed."""
    path = make_video(tmp_path / "in.mkv", Recipe(suffix=".mkv", codec=codec, audio=(), options={}))
    hole = np.ones((48, 64), bool)
    expected = [planes for _, planes in video_frames(path)]
    with open_video(path) as source, VideoWriter(tmp_path / "out.mkv", source, LOSSLESS) as writer:
        for frame, planes in zip(source, expected, strict=True):
            assert samples(frame.native) == planes
            writer.write(frame, np.zeros_like(frame.rgb), hole)


class TestImageFolders:
    def test_a_video_becomes_numbered_png_files(self, make, tmp_path):
        path = make("ntsc")
        with open_video(path) as source:
            expected = [frame.rgb for frame in source]
        output = copy(path, f"{tmp_path / 'out'}/")
        files = sorted(output.iterdir())
        assert [file.name for file in files] == [f"frame_{n:06d}.png" for n in range(24)]
        for file, rgb in zip(files, expected, strict=True):
            np.testing.assert_array_equal(cv2.imread(str(file))[:, :, ::-1], rgb)

    def test_deep_video_becomes_sixteen_bit_png(self, make, tmp_path):
        path = make("ten-bit")
        with open_video(path) as source:
            first = next(iter(source)).rgb
        output = copy(path, tmp_path / "out", limit=1)
        image = cv2.imread(str(output / "frame_000000.png"), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(image[:, :, ::-1], first)

    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        folder = tmp_path / "images"
        folder.mkdir()
        for number in range(6):
            cv2.imwrite(str(folder / f"shot{number}.png"), pattern(number, (64, 48)))
        return folder

    def test_folder_to_folder_keeps_names_and_everything_outside_the_hole(self, folder, tmp_path):
        hole = np.zeros((48, 64), bool)
        hole[10:20, 30:41] = True
        output = tmp_path / "out"
        with open_video(folder) as source, VideoWriter(output, source) as writer:
            for frame in source:
                writer.write(frame, 255 - frame.rgb, hole)
        assert sorted(file.name for file in output.iterdir()) == [f"shot{n}.png" for n in range(6)]
        for file in output.iterdir():
            old, new = cv2.imread(str(folder / file.name)), cv2.imread(str(file))
            np.testing.assert_array_equal(new[~hole], old[~hole])
            np.testing.assert_array_equal(new[hole], 255 - old[hole])

    def test_gray_stays_gray_and_alpha_stays(self, tmp_path):
        folder = tmp_path / "images"
        folder.mkdir()
        cv2.imwrite(str(folder / "a.png"), np.full((8, 8), 90, np.uint8))
        cv2.imwrite(str(folder / "b.png"), np.dstack([np.full((8, 8, 3), 90, np.uint8), np.full((8, 8), 7, np.uint8)]))
        hole = np.eye(8, dtype=bool)
        with open_video(folder) as source, VideoWriter(tmp_path / "out", source) as writer:
            for frame in source:
                writer.write(frame, np.full_like(frame.rgb, 200), hole)
        gray = cv2.imread(str(tmp_path / "out/a.png"), cv2.IMREAD_UNCHANGED)
        color = cv2.imread(str(tmp_path / "out/b.png"), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(gray, np.where(hole, 200, 90))
        np.testing.assert_array_equal(color[:, :, 0], np.where(hole, 200, 90))
        assert (color[:, :, 3] == 7).all()

    @pytest.mark.parametrize("depth", [8, 16])
    def test_a_folder_becomes_a_lossless_video_bit_for_bit(self, tmp_path, depth):
        folder = tmp_path / "images"
        folder.mkdir()
        images = [pattern(number, (64, 48)) for number in range(4)]
        if depth == 16:
            images = [image.astype(np.uint16) * 257 - number for number, image in enumerate(images)]
        for number, image in enumerate(images):
            cv2.imwrite(str(folder / f"{number}.png"), image[:, :, ::-1])
        output = copy(folder, tmp_path / "out.mkv", LOSSLESS, frame_rate=Fraction(30))
        with open_video(output) as source:
            for frame, image in zip(source, images, strict=True):
                np.testing.assert_array_equal(frame.rgb, image)
            assert source.info.frame_rate == 30

    def test_a_folder_becomes_a_playable_video(self, folder, tmp_path):
        output = copy(folder, tmp_path / "out.mp4")
        info = probe_video(output)
        assert (info.codec, info.pixel_format, info.color.matrix) == ("h264", "yuv420p", 1)
        with open_video(folder) as old, open_video(output) as new:
            for a, b in zip(old, new, strict=True):
                assert np.abs(a.rgb.astype(int) - b.rgb).mean() < 6  # 4:2:0 blurs the colour


class TestFaults:
    def leftovers(self, folder: Path) -> list[str]:
        return sorted(file.name for file in folder.iterdir() if file.name != "in")

    @pytest.mark.parametrize("output", ["out.mp4", "out.mkv", "out/"])
    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_an_exception_leaves_nothing(self, make, tmp_path, output, error):
        def run() -> None:
            with open_video(make("ntsc")) as source, VideoWriter(f"{tmp_path}/{output}", source) as writer:
                for frame in source:
                    if frame.index == 7:
                        raise error
                    writer.write(frame)

        with pytest.raises(error):
            run()
        assert self.leftovers(tmp_path) == []

    def test_a_truncated_input_leaves_nothing(self, tmp_path):
        whole = make_video(tmp_path / "whole.mkv", Recipe(suffix=".mkv"))
        path = tmp_path / "in.mkv"
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        with pytest.raises(DecodeError):
            copy(path, tmp_path / "out.mkv")
        assert not (tmp_path / "out.mkv").exists()
        output = copy(path, tmp_path / "out.mkv", allow_damaged=True)
        assert 0 < len(video_frames(output)) < 24
        assert self.leftovers(tmp_path) == ["in.mkv", "out.mkv", "whole.mkv"]

    def test_the_final_name_appears_only_at_the_end(self, make, tmp_path):
        output = tmp_path / "out.mp4"
        output.write_text("an older result")
        with open_video(make("ntsc")) as source, VideoWriter(output, source) as writer:
            for frame in source:
                writer.write(frame)
                assert output.read_text() == "an older result"
        assert len(video_frames(output)) == 24
        assert self.leftovers(tmp_path) == ["out.mp4"]

    def test_permissions_follow_the_umask(self, make, tmp_path):
        mask = os.umask(0o022)
        try:
            output = copy(make("ntsc"), tmp_path / "out.mp4")
        finally:
            os.umask(mask)
        assert stat.S_IMODE(output.stat().st_mode) == 0o644

    @pytest.mark.parametrize("output", ["out.mkv", "out/"])
    def test_no_space_is_one_line_and_leaves_nothing(self, make, tmp_path, monkeypatch, output):
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("stranet.video.output._sync", full)
        with pytest.raises(EncodeError, match=r"out.*No space left on device") as caught:
            copy(make("ntsc"), f"{tmp_path}/{output}")
        assert "\n" not in str(caught.value)
        assert self.leftovers(tmp_path) == []

    def test_a_missing_or_forbidden_folder_is_refused_before_any_work(self, make, tmp_path, monkeypatch):
        path = make("ntsc")
        with pytest.raises(EncodeError, match="there is no folder"):
            copy(path, tmp_path / "nowhere" / "out.mp4")
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(EncodeError, match="no permission"):
            copy(path, tmp_path / "out.mp4")

    def test_the_input_is_never_overwritten(self, make, tmp_path):
        path = make("ntsc")
        before = path.read_bytes()
        link = tmp_path / "link.mp4"
        link.symlink_to(path)
        hard = tmp_path / "hard.mp4"
        hard.hardlink_to(path)
        for output in (path, link, hard, path.parent / ".." / "in" / path.name):
            with pytest.raises(EncodeError, match="are the same"):
                copy(path, output)
        with pytest.raises(EncodeError, match="are the same"):
            copy(link, path)
        assert path.read_bytes() == before

    def test_folders_in_use_and_unknown_containers_are_refused(self, make, tmp_path):
        path = make("ntsc")
        with pytest.raises(EncodeError, match="not empty"):
            copy(path, path.parent)
        for suffix in (".avi", ".txt", ".gif"):
            with pytest.raises(EncodeError, match=f"frame times in {suffix}"):
                copy(path, tmp_path / f"out{suffix}")
        check_output(tmp_path / "fine.mp4", path)
        assert self.leftovers(tmp_path) == []

    def test_what_a_container_cannot_hold_is_refused_before_any_work(self, make, tmp_path):
        path = make("subtitles")
        with pytest.raises(EncodeError, match=r"\.mp4 cannot hold the subtitle track 2 \(subrip\); use \.mkv"):
            copy(path, tmp_path / "out.mp4")
        with pytest.raises(EncodeError, match=r"\.webm cannot hold libx264; use \.mkv"):
            copy(path, tmp_path / "out.webm", OutputOptions(codec="libx264"))
        with pytest.raises(EncodeError, match=r"\.mov cannot hold lossless FFV1; use \.mkv"):
            copy(path, tmp_path / "out.mov", LOSSLESS)
        assert self.leftovers(tmp_path) == []

    def test_a_range_after_the_end_is_refused(self, make, tmp_path):
        with pytest.raises(EncodeError, match="no frame to write"):
            copy(make("ntsc"), tmp_path / "out.mp4", start=100.0)
        assert self.leftovers(tmp_path) == []

    @pytest.mark.parametrize("codec", ["nonsense", "aac", ""])
    def test_unknown_codecs_are_refused(self, make, tmp_path, codec):
        with pytest.raises(EncodeError, match="encoder"):
            copy(make("ntsc"), tmp_path / "out.mp4", OutputOptions(codec=codec))

    @pytest.mark.parametrize("options", [{"quality": -1}, {"quality": 52}, {"preset": "warp"}])
    def test_impossible_options_are_refused(self, options):
        with pytest.raises(ConfigError, match=next(iter(options))):
            OutputOptions(**options)


@pytest.mark.parametrize("preset", ["fast", "medium", "slow"])
@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "ffv1"])
def test_every_encoder_takes_its_settings(make, tmp_path, codec, preset):
    output = copy(make("silent"), tmp_path / "out.mkv", OutputOptions(codec=codec, preset=preset), limit=4)
    assert len(video_frames(output)) == 4
