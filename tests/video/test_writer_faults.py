"""What cannot be written is refused before any work, and a fault leaves nothing behind."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from copies import LOSSLESS, copy
from video_files import Recipe, make_video, video_frames

from stranet.errors import ConfigError, DecodeError, EncodeError
from stranet.video.output import OutputOptions, PartialOutput, check_output
from stranet.video.reader import open_video
from stranet.video.writer import VideoWriter


def leftovers(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != "in")


@pytest.mark.parametrize("output", ["out.mp4", "out.mkv", "out/"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing(make, tmp_path, output, error):
    def run() -> None:
        with open_video(make("ntsc")) as source, VideoWriter(f"{tmp_path}/{output}", source) as writer:
            for frame in source:
                if frame.index == 7:
                    raise error
                writer.write(frame)

    with pytest.raises(error):
        run()
    assert leftovers(tmp_path) == []


def test_a_truncated_input_leaves_nothing(tmp_path):
    whole = make_video(tmp_path / "whole.mkv", Recipe(suffix=".mkv"))
    path = tmp_path / "in.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(DecodeError):
        copy(path, tmp_path / "out.mkv")
    assert not (tmp_path / "out.mkv").exists()
    output = copy(path, tmp_path / "out.mkv", allow_damaged=True)
    assert 0 < len(video_frames(output)) < 24
    assert leftovers(tmp_path) == ["in.mkv", "out.mkv", "whole.mkv"]


@pytest.mark.parametrize("output", ["out.mp4", "out/"])
def test_ctrl_c_right_after_the_file_is_created_leaves_nothing(make, tmp_path, monkeypatch, output):
    create = PartialOutput.create

    def interrupted(partial: PartialOutput) -> None:
        create(partial)
        assert partial.path.exists()
        raise KeyboardInterrupt

    video = make("ntsc")
    before = leftovers(tmp_path)
    monkeypatch.setattr(PartialOutput, "create", interrupted)
    with open_video(video) as source, pytest.raises(KeyboardInterrupt), VideoWriter(f"{tmp_path}/{output}", source):
        raise AssertionError("it was opened")
    assert leftovers(tmp_path) == before


def test_the_final_name_appears_only_at_the_end(make, tmp_path):
    output = tmp_path / "out.mp4"
    output.write_text("an older result")
    with open_video(make("ntsc")) as source, VideoWriter(output, source) as writer:
        for frame in source:
            writer.write(frame)
            assert output.read_text() == "an older result"
    assert len(video_frames(output)) == 24
    assert leftovers(tmp_path) == ["out.mp4"]


def test_permissions_follow_the_umask(make, tmp_path):
    mask = os.umask(0o022)
    try:
        output = copy(make("ntsc"), tmp_path / "out.mp4")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(output.stat().st_mode) == 0o644


@pytest.mark.parametrize("output", ["out.mkv", "out/"])
def test_no_space_is_one_line_and_leaves_nothing(make, tmp_path, monkeypatch, output):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("stranet.video.output._sync", full)
    with pytest.raises(EncodeError, match=r"out.*No space left on device") as caught:
        copy(make("ntsc"), f"{tmp_path}/{output}")
    assert "\n" not in str(caught.value)
    assert leftovers(tmp_path) == []


def test_a_missing_or_forbidden_folder_is_refused_before_any_work(make, tmp_path, monkeypatch):
    path = make("ntsc")
    with pytest.raises(EncodeError, match="there is no folder"):
        copy(path, tmp_path / "nowhere" / "out.mp4")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(EncodeError, match="no permission"):
        copy(path, tmp_path / "out.mp4")


def test_the_input_is_never_overwritten(make, tmp_path):
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


def test_folders_in_use_and_unknown_containers_are_refused(make, tmp_path):
    path = make("ntsc")
    with pytest.raises(EncodeError, match="not empty"):
        copy(path, path.parent)
    for suffix in (".avi", ".txt", ".gif"):
        with pytest.raises(EncodeError, match=f"frame times in {suffix}"):
            copy(path, tmp_path / f"out{suffix}")
    check_output(tmp_path / "fine.mp4", path)
    assert leftovers(tmp_path) == []


def test_what_a_container_cannot_hold_is_refused_before_any_work(make, tmp_path):
    path = make("subtitles")
    with pytest.raises(EncodeError, match=r"\.mp4 cannot hold the subtitle track 2 \(subrip\); use \.mkv"):
        copy(path, tmp_path / "out.mp4")
    with pytest.raises(EncodeError, match=r"\.webm cannot hold libx264; use \.mkv"):
        copy(path, tmp_path / "out.webm", OutputOptions(codec="libx264"))
    with pytest.raises(EncodeError, match=r"\.mov cannot hold lossless FFV1; use \.mkv"):
        copy(path, tmp_path / "out.mov", LOSSLESS)
    assert leftovers(tmp_path) == []


def test_a_range_after_the_end_is_refused(make, tmp_path):
    with pytest.raises(EncodeError, match="no frame to write"):
        copy(make("ntsc"), tmp_path / "out.mp4", start=100.0)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("codec", ["nonsense", "aac", ""])
def test_unknown_codecs_are_refused(make, tmp_path, codec):
    with pytest.raises(EncodeError, match="encoder"):
        copy(make("ntsc"), tmp_path / "out.mp4", OutputOptions(codec=codec))


@pytest.mark.parametrize("options", [{"crf": -1}, {"crf": 52}, {"effort": "warp"}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        OutputOptions(**options)
