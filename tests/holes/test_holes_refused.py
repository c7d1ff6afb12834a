"""A mask of another length is refused with both lengths named; so is what is no mask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mask_files import COUNT, assert_same, holes_of, masks, white, write_folder, write_masks, write_video

from stranet.errors import HoleError, VideoError
from stranet.video.holes import HoleSource


class TestLength:
    @pytest.mark.parametrize("kind", ["folder", "video"])
    @pytest.mark.parametrize("count", [1, COUNT - 1, COUNT + 1, COUNT + 5])
    def test_a_difference_is_refused_up_front(self, tmp_path, info, kind, count):
        path = write_masks(tmp_path, kind, count, suffix=".mp4")  # states its length
        with pytest.raises(HoleError, match=rf"has {count} frames, .* has {COUNT}"):
            HoleSource.open(path, info)

    @pytest.mark.parametrize("kind", ["folder", "video"])
    @pytest.mark.parametrize("count", [COUNT - 3, COUNT + 2])
    def test_or_at_the_latest_at_the_end(self, tmp_path, info, kind, count):
        unknown = replace(info, frame_count_hint=None)
        path = write_masks(tmp_path, kind, count)
        with pytest.raises(HoleError, match=rf"has {count} frames, .* has {COUNT}"):
            holes_of(path, unknown)

    def test_a_wrong_promise_of_the_header_refuses_nothing(self, tmp_path, info):
        path = write_folder(tmp_path / "masks", map(white, masks()))
        assert_same(holes_of(path, replace(info, frame_count_hint=COUNT + 3)), masks())

    @pytest.mark.parametrize("kind", ["folder", "video"])
    def test_a_part_takes_the_masks_of_its_own_frames(self, tmp_path, info, kind):
        path = write_masks(tmp_path, kind, COUNT)
        assert_same(holes_of(path, info, range(3, 6), whole=False), masks()[3:6])
        assert_same(holes_of(path, info, range(5, COUNT)), masks()[5:])

    @pytest.mark.parametrize("kind", ["folder", "video"])
    def test_a_part_beyond_the_mask(self, tmp_path, info, kind):
        path = write_masks(tmp_path, kind, 4)
        with pytest.raises(HoleError, match=r"has 4 frames, but frame 4 "):
            holes_of(path, info, range(2, 6), whole=False)


class TestBadInput:
    def test_missing(self, tmp_path, info):
        with pytest.raises(HoleError, match="no such mask"):
            HoleSource.open(tmp_path / "nothing.png", info)

    def test_empty_folder(self, tmp_path, info):
        with pytest.raises(HoleError, match="no images"):
            HoleSource.open(tmp_path, info)

    @pytest.mark.parametrize("name", ["mask.png", "mask.mp4"])
    @pytest.mark.parametrize("content", [b"", b"not a picture at all"])
    def test_neither_image_nor_video(self, tmp_path, info, name, content):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(VideoError, match=name):
            HoleSource.open(tmp_path / name, info)

    def test_a_refused_mask_video_is_closed(self, tmp_path, info):
        path = write_video(tmp_path / "mask.mkv", [np.zeros((48, 80), np.uint8)] * COUNT)
        with pytest.raises(HoleError):
            HoleSource.open(path, info)
        assert not any(str(path) == str(link.resolve()) for link in Path("/proc/self/fd").glob("*") if link.exists())
