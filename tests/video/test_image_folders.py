"""Folders of images, read and written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from copies import LOSSLESS, copy
from video_files import pattern

from stranet.errors import DecodeError, OpenError
from stranet.video.info import probe_video
from stranet.video.reader import open_video
from stranet.video.writer import VideoWriter


class TestReading:
    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        for number in (1, 2, 10):
            cv2.imwrite(str(tmp_path / f"frame{number}.png"), np.full((6, 8, 3), (number, 0, 200), np.uint8))
        (tmp_path / "notes.txt").write_text("no image")
        (tmp_path / ".hidden.png").write_bytes(b"")
        return tmp_path

    def test_frames_come_in_natural_order_as_rgb(self, folder):
        with open_video(folder, frame_rate=Fraction(24)) as source:
            frames = list(source)
            info = source.info
        assert [frame.rgb[0, 0].tolist() for frame in frames] == [[200, 0, n] for n in (1, 2, 10)]
        assert [frame.time for frame in frames] == pytest.approx([0, 1 / 24, 2 / 24])
        assert (info.kind, info.frame_count_hint, info.size) == ("images", 3, (8, 6))

    def test_sixteen_bits_gray_and_alpha(self, tmp_path):
        for name, pixels in {
            "a": np.full((6, 8, 3), 40_000, np.uint16),
            "b": np.full((6, 8), 30_000, np.uint16),
            "c": np.full((6, 8, 4), 20_000, np.uint16),
        }.items():
            cv2.imwrite(str(tmp_path / f"{name}.png"), pixels)
        with open_video(tmp_path) as source:
            frames = list(source)
        assert [frame.rgb[0, 0].tolist() for frame in frames] == [[40_000] * 3, [30_000] * 3, [20_000] * 3]
        assert [frame.native.ndim for frame in frames] == [3, 2, 3]

    def test_range(self, folder):
        with open_video(folder, start=0.04, limit=1) as source:
            assert [frame.index for frame in source] == [1]
        with open_video(folder, end=0.04) as source:
            assert [frame.index for frame in source] == [0]

    def test_images_of_another_size_are_refused(self, folder):
        cv2.imwrite(str(folder / "frame11.png"), np.zeros((7, 8, 3), np.uint8))
        with pytest.raises(DecodeError, match=r"frame11\.png: 8x7"), open_video(folder) as source:
            list(source)

    def test_damaged_images_are_refused(self, folder):
        (folder / "frame3.png").write_bytes(b"\x89PNG broken")
        with pytest.raises(OpenError, match=r"frame3\.png"), open_video(folder) as source:
            list(source)


class TestWriting:
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
