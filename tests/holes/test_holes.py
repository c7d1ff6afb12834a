"""Every kind of mask gives the same holes; a mask that does not fit is refused with both figures named."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from stranet.errors import HoleError, VideoError
from stranet.types import Frame, Size
from stranet.video.holes import HoleSource
from stranet.video.info import VideoInfo
from stranet.video.reader import open_video

SIZE = Size(64, 48)
COUNT = 8
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def masks(count: int = COUNT, size: Size = SIZE) -> list[np.ndarray]:
    """A block that moves and touches neither two borders nor the middle: no turn or flip leaves it the same."""
    found = []
    for index in range(count):
        mask = np.zeros((size.height, size.width), bool)
        mask[4 : 4 + size.height // 4, 2 + 4 * index : 2 + 4 * index + size.width // 8] = True
        found.append(mask)
    return found


def write_video(path: Path, pictures, *, codec="ffv1", pixel_format="gray", options=None, matrix=None, rate=25) -> Path:
    """(H, W) or (H, W, 3 | 4) uint8 arrays as a video."""
    names = {2: "gray", 3: "rgb24", 4: "rgba"}
    pictures = [np.ascontiguousarray(picture) for picture in pictures]
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate, options=options or {}, width=width, height=height)
        stream.pix_fmt = pixel_format
        stream.set_display_matrix(matrix)
        for picture in pictures:
            name = names[picture.shape[2] if picture.ndim == 3 else 2]
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, name).reformat(format=pixel_format)))
        output.mux(stream.encode(None))
    return path


def write_folder(path: Path, pictures, suffix: str = ".png") -> Path:
    path.mkdir()
    for index, picture in enumerate(pictures):
        cv2.imwrite(str(path / f"mask{index + 1}{suffix}"), picture)  # mask2 comes before mask10
    return path


def write_masks(folder: Path, kind: str, count: int, suffix: str = ".mkv") -> Path:
    """``count`` masks as a "folder" or a "video"."""
    pictures = list(map(white, (masks() * 2)[:count]))
    if kind == "folder":
        return write_folder(folder / "mask", pictures)
    codec, pixel_format = ("ffv1", "gray") if suffix == ".mkv" else ("libx264", "yuv420p")
    return write_video(folder / f"mask{suffix}", pictures, codec=codec, pixel_format=pixel_format)


def white(mask: np.ndarray) -> np.ndarray:
    return mask.astype(np.uint8) * 255


@pytest.fixture(scope="module")
def info(tmp_path_factory) -> VideoInfo:
    pictures = [np.full((SIZE.height, SIZE.width, 3), 10 * index, np.uint8) for index in range(COUNT)]
    path = write_video(tmp_path_factory.mktemp("video") / "in.mp4", pictures, codec="libx264", pixel_format="yuv420p")
    with open_video(path) as reader:
        return reader.info


def frames_of(info: VideoInfo, indices=range(COUNT)) -> list[Frame]:
    """Stand-ins for decoded frames, 1 / 25 s apart."""
    rgb = np.zeros((info.size.height, info.size.width, 3), np.uint8)
    step = round(Fraction(1, 25) / info.time_base)
    return [Frame(index, info.first_pts + index * step, info.time_base, rgb) for index in indices]


def holes_of(path: Path, info: VideoInfo, indices=range(COUNT), **options) -> list[np.ndarray]:
    with HoleSource.open(path, info, **options) as source:
        return [hole for _, hole in source.pair(iter(frames_of(info, indices)))]


def assert_same(holes, expected) -> None:
    assert len(holes) == len(expected)
    for hole, wanted in zip(holes, expected, strict=True):
        assert hole.dtype == bool
        assert hole.flags.c_contiguous
        assert np.array_equal(hole, wanted)


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


class TestFit:
    @pytest.mark.parametrize("factor", [2, 3])
    def test_nearest_neighbour_undoes_repetition(self, tmp_path, info, factor):
        large = [white(mask).repeat(factor, 0).repeat(factor, 1) for mask in masks()]
        assert_same(holes_of(write_folder(tmp_path / "masks", large), info), masks())

    def test_a_small_mask_becomes_blocks(self, tmp_path, info):
        small = masks(size=Size(32, 24))[1]
        cv2.imwrite(str(tmp_path / "mask.png"), white(small))
        assert_same(holes_of(tmp_path / "mask.png", info)[:1], [small.repeat(2, 0).repeat(2, 1)])

    @pytest.mark.parametrize("rotation", [90, 180, 270])
    def test_holes_come_out_as_frames_are_stored(self, tmp_path, info, rotation):
        turned = replace(info, rotation=rotation)
        cv2.imwrite(str(tmp_path / "mask.png"), np.rot90(white(masks()[2]), -rotation // 90))  # clockwise, as a player
        assert_same(holes_of(tmp_path / "mask.png", turned)[:1], masks()[2:3])

    def test_shapes_are_meant_upright(self, tmp_path, info):
        turned = replace(info, rotation=90)
        path = tmp_path / "mask.toml"
        path.write_text("[[box]]\nx = 0\ny = 0\nwidth = 10\nheight = 3\n")
        expected = np.zeros(SIZE[::-1], bool)
        expected[-10:, :3] = True  # the top left of the upright picture is the bottom left of the stored one
        assert_same(holes_of(path, turned)[:1], [expected])

    def test_shapes_scale_with_their_stated_size(self, tmp_path, info):
        path = tmp_path / "mask.json"
        path.write_text('{"size": [640, 480], "box": [{"x": 20, "y": 30, "width": 100, "height": 50}]}')
        expected = np.zeros(SIZE[::-1], bool)
        expected[3:8, 2:12] = True
        assert_same(holes_of(path, info)[:1], [expected])

    def test_a_mask_video_with_a_rotation_tag_is_turned_first(self, tmp_path, info):
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

    def test_a_mask_may_have_the_shape_that_players_show(self, tmp_path, info):
        wide = replace(info, sample_aspect_ratio=Fraction(2))
        mask = masks()[0]
        for name, picture in (("pixels.png", white(mask)), ("shown.png", white(mask).repeat(2, 1))):
            cv2.imwrite(str(tmp_path / name), picture)
            assert_same(holes_of(tmp_path / name, wide)[:1], [mask])

    @pytest.mark.parametrize("kind", ["image", "folder", "video", "shapes"])
    def test_another_aspect_ratio_names_both_sizes(self, tmp_path, info, kind):
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

    def test_a_folder_whose_later_images_differ(self, tmp_path, info):
        pictures = [*map(white, masks(COUNT - 1)), np.zeros((48, 80), np.uint8)]
        path = write_folder(tmp_path / "masks", pictures)
        with pytest.raises(HoleError, match=rf"mask{COUNT}.png.*80x48.*64x48"):
            holes_of(path, info)


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
