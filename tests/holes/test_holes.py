"""Every kind of mask gives the same holes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from mask_files import COUNT, SIZE, assert_same, holes_of, masks, white, write_folder, write_video

from stranet.video.holes import HoleSource


class TestKinds:
    def test_folder(self, tmp_path, info):
        path = write_folder(tmp_path / "masks", map(white, masks()))
        with HoleSource.open(path, info) as source:
            assert (source.count, source.size) == (COUNT, SIZE)
        assert_same(holes_of(path, info), masks())

    def test_folder_in_natural_order(self, tmp_path, info):
        path = write_folder(tmp_path / "masks", map(white, masks(12)))
        assert_same(holes_of(path, replace(info, frame_count_hint=12), range(12)), masks(12))

    @pytest.mark.parametrize(
        ("suffix", "codec", "pixel_format"),
        [(".mkv", "ffv1", "gray"), (".mkv", "ffv1", "yuv444p"), (".mkv", "ffv1", "bgr0"), (".mkv", "ffv1", "gray16le")],
    )
    def test_lossless_video(self, tmp_path, info, suffix, codec, pixel_format):
        path = write_video(tmp_path / f"mask{suffix}", map(white, masks()), codec=codec, pixel_format=pixel_format)
        assert_same(holes_of(path, info), masks())

    def test_lossy_video_is_right_but_for_the_edge(self, tmp_path, info):
        options = {"codec": "libx264", "pixel_format": "yuv420p", "options": {"crf": "30"}}
        path = write_video(tmp_path / "mask.mp4", map(white, masks()), **options)
        for hole, mask in zip(holes_of(path, info), masks(), strict=True):
            sure = cv2.erode(white(mask), np.ones((5, 5))) > 0
            possible = cv2.dilate(white(mask), np.ones((5, 5))) > 0
            assert hole[sure].all()
            assert not hole[~possible].any()

    @pytest.mark.parametrize("color", [(128, 0, 0), (0, 0, 255), (0, 128, 128)])
    def test_coloured_objects_in_a_video_count(self, tmp_path, info, color):
        pictures = [mask[:, :, None] * np.array(color, np.uint8) for mask in masks()]
        path = write_video(tmp_path / "mask.mkv", pictures, pixel_format="yuv444p")
        assert_same(holes_of(path, info), masks())

    def test_video_with_alpha(self, tmp_path, info):
        pictures = [np.dstack([np.full((*SIZE[::-1], 3), 255, np.uint8), white(mask)]) for mask in masks()]
        path = write_video(tmp_path / "mask.mkv", pictures, pixel_format="bgra")
        assert_same(holes_of(path, info), masks())

    def test_one_image_holds_for_every_frame_and_is_read_once(self, tmp_path, info):
        path = tmp_path / "mask.png"
        cv2.imwrite(str(path), white(masks()[3]))
        holes = holes_of(path, info)
        assert_same(holes, [masks()[3]] * COUNT)
        assert len({id(hole) for hole in holes}) == 1

    def test_list_of_shapes(self, tmp_path, info):
        path = tmp_path / "mask.toml"
        path.write_text(
            "[[box]]\nx = 2\ny = 3\nwidth = 10\nheight = 5\nstart = 0.08\nend = 0.2\n"
            "[[box]]\nx = 30\ny = 20\nwidth = 4\nheight = 4\nend_frame = 3\n"
        )
        expected = np.zeros((COUNT, SIZE.height, SIZE.width), bool)
        expected[2:5, 3:8, 2:12] = True  # frames at 0.08, 0.12 and 0.16 s
        expected[:3, 20:24, 30:34] = True
        assert_same(holes_of(path, info), list(expected))

    def test_times_count_from_the_first_frame(self, tmp_path, info):
        path = tmp_path / "mask.toml"
        path.write_text("[[box]]\nx = 0\ny = 0\nwidth = 4\nheight = 4\nstart = 0.08\nend = 0.16\n")
        late = replace(info, first_pts=round(3 / info.time_base))
        assert [bool(hole.any()) for hole in holes_of(path, late)] == [False, False, True, True] + [False] * 4


class TestWhatMarks:
    @pytest.mark.parametrize("value", [1, 128, 255])
    def test_any_value_but_zero_in_a_lossless_image(self, tmp_path, info, value):
        cv2.imwrite(str(tmp_path / "mask.png"), masks()[0].astype(np.uint8) * value)
        assert_same(holes_of(tmp_path / "mask.png", info)[:1], masks()[:1])

    def test_sixteen_bits(self, tmp_path, info):
        cv2.imwrite(str(tmp_path / "mask.png"), masks()[0].astype(np.uint16))
        assert_same(holes_of(tmp_path / "mask.png", info)[:1], masks()[:1])

    def test_noise_of_a_jpeg_does_not(self, tmp_path, info):
        noise = np.random.default_rng(1).integers(0, 40, masks()[0].shape, np.uint8)
        cv2.imwrite(str(tmp_path / "mask.jpg"), noise, [cv2.IMWRITE_JPEG_QUALITY, 90])
        assert not holes_of(tmp_path / "mask.jpg", info)[0].any()

    def test_alpha_decides_where_it_is_not_opaque(self, tmp_path, info):
        picture = np.full((*SIZE[::-1], 4), 255, np.uint8)
        picture[:, :, 3] = masks()[0]
        cv2.imwrite(str(tmp_path / "mask.png"), picture)
        assert_same(holes_of(tmp_path / "mask.png", info)[:1], masks()[:1])

    def test_opaque_alpha_leaves_the_decision_to_colour(self, tmp_path, info):
        picture = np.dstack([white(masks()[0])] * 3 + [np.full(SIZE[::-1], 255, np.uint8)])
        cv2.imwrite(str(tmp_path / "mask.png"), picture)
        assert_same(holes_of(tmp_path / "mask.png", info)[:1], masks()[:1])
