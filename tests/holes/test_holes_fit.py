"""A mask of another size, turn or shape of pixels is fitted to the video, or refused with both sizes named."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from mask_files import COUNT, QUARTER_TURN, SIZE, assert_same, holes_of, masks, white, write_folder, write_video

from stranet.errors import HoleError
from stranet.types import Size
from stranet.video.holes import HoleSource
from stranet.video.reader import open_video


@pytest.mark.parametrize("factor", [2, 3])
def test_nearest_neighbour_undoes_repetition(tmp_path, info, factor):
    large = [white(mask).repeat(factor, 0).repeat(factor, 1) for mask in masks()]
    assert_same(holes_of(write_folder(tmp_path / "masks", large), info), masks())


def test_a_small_mask_becomes_blocks(tmp_path, info):
    small = masks(size=Size(32, 24))[1]
    cv2.imwrite(str(tmp_path / "mask.png"), white(small))
    assert_same(holes_of(tmp_path / "mask.png", info)[:1], [small.repeat(2, 0).repeat(2, 1)])


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_holes_come_out_as_frames_are_stored(tmp_path, info, rotation):
    turned = replace(info, rotation=rotation)
    cv2.imwrite(str(tmp_path / "mask.png"), np.rot90(white(masks()[2]), -rotation // 90))  # clockwise, as a player
    assert_same(holes_of(tmp_path / "mask.png", turned)[:1], masks()[2:3])


def test_shapes_are_meant_upright(tmp_path, info):
    turned = replace(info, rotation=90)
    path = tmp_path / "mask.toml"
    path.write_text("[[box]]\nx = 0\ny = 0\nwidth = 10\nheight = 3\n")
    expected = np.zeros(SIZE[::-1], bool)
    expected[-10:, :3] = True  # the top left of the upright picture is the bottom left of the stored one
    assert_same(holes_of(path, turned)[:1], [expected])


def test_shapes_scale_with_their_stated_size(tmp_path, info):
    path = tmp_path / "mask.json"
    path.write_text('{"size": [640, 480], "box": [{"x": 20, "y": 30, "width": 100, "height": 50}]}')
    expected = np.zeros(SIZE[::-1], bool)
    expected[3:8, 2:12] = True
    assert_same(holes_of(path, info)[:1], [expected])


def test_a_mask_video_with_a_rotation_tag_is_turned_first(tmp_path, info):
    path = write_video(
        tmp_path / "mask.mp4",
        [np.rot90(white(mask)) for mask in masks()],  # the tag asks for a clockwise quarter turn
        codec="libx264",
        pixel_format="yuv444p",
        options={"qp": "0"},
        matrix=QUARTER_TURN,
    )
    with open_video(path) as reader:
        assert reader.info.rotation == 90
    assert_same(holes_of(path, info), masks())


def test_a_mask_may_have_the_shape_that_players_show(tmp_path, info):
    wide = replace(info, sample_aspect_ratio=Fraction(2))
    mask = masks()[0]
    for name, picture in (("pixels.png", white(mask)), ("shown.png", white(mask).repeat(2, 1))):
        cv2.imwrite(str(tmp_path / name), picture)
        assert_same(holes_of(tmp_path / name, wide)[:1], [mask])


@pytest.mark.parametrize("kind", ["image", "folder", "video", "shapes"])
def test_another_aspect_ratio_names_both_sizes(tmp_path, info, kind):
    wrong = np.zeros((48, 80), np.uint8)
    path = {"image": "m.png", "folder": "m", "video": "m.mkv", "shapes": "m.toml"}[kind]
    path = tmp_path / path
    if kind == "image":
        cv2.imwrite(str(path), wrong)
    elif kind == "folder":
        write_folder(path, [wrong] * COUNT)
    elif kind == "video":
        write_video(path, [wrong] * COUNT)
    else:
        path.write_text("size = [80, 48]\n[[box]]\nx = 0\ny = 0\nwidth = 1\nheight = 1\n")
    with pytest.raises(HoleError, match=r"80x48.*64x48"):
        HoleSource.open(path, info)


def test_a_folder_whose_later_images_differ(tmp_path, info):
    pictures = [*map(white, masks(COUNT - 1)), np.zeros((48, 80), np.uint8)]
    path = write_folder(tmp_path / "masks", pictures)
    with pytest.raises(HoleError, match=rf"mask{COUNT}.png.*80x48.*64x48"):
        holes_of(path, info)
