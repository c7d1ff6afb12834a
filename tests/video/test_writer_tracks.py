"""Sound, subtitles, chapters and metadata come along."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from copies import MATROSKA_TICK, copy
from video_files import Recipe, make_video, packets, video_frames

from stranet.video.info import probe_video
from stranet.video.output import OutputOptions
from stranet.video.reader import open_video


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
