"""`verify_video` counts exactly what a test tampered with, and nothing else."""

import math
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from stranet.errors import HoleError, VideoError
from stranet.video.output import OutputOptions
from stranet.video.reader import open_video
from stranet.video.verify import verify_video
from stranet.video.writer import VideoWriter

WIDTH, HEIGHT, COUNT = 32, 24, 6
HOLE = slice(8, 16), slice(10, 20)  # rows, columns
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def clip(pixel_format: str = "yuv420p", count: int = COUNT) -> list[list[np.ndarray]]:
    """Random planes of every frame."""
    rng = np.random.default_rng(1)
    chroma = {"yuv420p": (12, 16), "yuv420p10le": (12, 16), "yuv422p": (24, 16), "yuv444p": (24, 32)}
    deep = pixel_format.endswith("le")
    kind, top = (np.uint16, 1000) if deep else (np.uint8, 250)
    shapes = [(HEIGHT, WIDTH), chroma[pixel_format], chroma[pixel_format]]
    return [[rng.integers(20, top, shape).astype(kind) for shape in shapes] for _ in range(count)]


def write(
    path: Path,
    frames: list[list[np.ndarray]],
    *,
    pixel_format: str = "yuv420p",
    pts: list[int] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    matrix: tuple[int, ...] | None = None,
    color: int = 1,
    tracks: tuple[int, ...] = (),
    delay: Fraction = Fraction(0),
) -> Path:
    """Losslessly encoded planes; ``tracks`` are seeds of sound tracks, which start ``delay`` seconds late."""
    with av.open(str(path), "w") as output:
        codec, options = ("ffv1", {}) if path.suffix == ".mkv" else ("libx264", {"qp": "0"})
        stream = output.add_stream(codec, rate=25, options=options, width=WIDTH, height=HEIGHT, time_base=time_base)
        stream.pix_fmt = pixel_format
        stream.codec_context.color_primaries = color
        stream.set_display_matrix(matrix)
        sounds = [output.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in tracks]
        for index, planes in enumerate(frames):
            picture = av.VideoFrame(WIDTH, HEIGHT, pixel_format)
            for plane, samples in zip(picture.planes, planes, strict=True):
                rows = np.zeros((plane.height, plane.line_size), np.uint8)
                rows[:, : samples.shape[1] * samples.itemsize] = samples.view(np.uint8)
                plane.update(rows)
            picture.pts, picture.time_base = (pts[index] if pts else 40 * index), time_base
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
        for seed, sound in zip(tracks, sounds, strict=True):
            noise = np.random.default_rng(seed)
            for part in range(len(frames)):
                samples = noise.integers(-9000, 9000, (1, 320)).astype(np.int16)
                packet = av.AudioFrame.from_ndarray(samples, "s16", "mono")
                packet.sample_rate, packet.time_base = 8000, Fraction(1, 8000)
                packet.pts = 320 * part + round(8000 * delay)
                output.mux(sound.encode(packet))
            output.mux(sound.encode(None))
    return path


def copy(frames: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    return [[plane.copy() for plane in planes] for planes in frames]


@pytest.fixture
def mask(tmp_path) -> Path:
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    picture[HOLE] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), picture)
    return tmp_path / "mask.png"


def compare(tmp_path: Path, mask: Path, before, after, *, one=None, other=None, **options):
    return verify_video(
        write(tmp_path / "in.mkv", before, **(one or {})),
        write(tmp_path / "out.mkv", after, **(other or {})),
        mask,
        **({"dilate": 0} | options),
    )


class TestPixels:
    @pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
    def test_equal_videos_are_ok(self, tmp_path, mask, pixel_format):
        frames, stored = clip(pixel_format), {"pixel_format": pixel_format}
        report = compare(tmp_path, mask, frames, frames, one=stored, other=stored)
        assert report.ok
        assert (report.frames_in, report.frames_out) == (COUNT, COUNT)
        assert (report.changed_pixels, report.largest_difference, report.first_changed_frame) == (0, 0, None)
        assert report.outside_pixels == COUNT * (WIDTH * HEIGHT - 80)
        assert report.psnr == math.inf

    def test_anything_may_change_inside_the_hole(self, tmp_path, mask):
        before, after = clip(), copy(clip())
        for luma, *chroma in after:
            luma[HOLE] = 0
            for plane in chroma:
                plane[4:8, 5:10] = 255
        assert compare(tmp_path, mask, before, after).ok

    def test_luma_outside_is_counted_by_pixel(self, tmp_path, mask):
        before, after = clip(), copy(clip())
        after[2][0][0, :5] -= 3
        after[4][0][7, 10] -= 11  # touches the hole's edge
        report = compare(tmp_path, mask, before, after)
        assert not report.ok
        assert (report.changed_pixels, report.largest_difference, report.first_changed_frame) == (6, 11, 2)
        assert report.differences == ()
        samples = COUNT * (WIDTH * HEIGHT - 80) * 1.5
        assert report.mean_squared_error == pytest.approx((5 * 9 + 121) / 255**2 / samples)

    def test_chroma_outside_is_counted_by_its_block(self, tmp_path, mask):
        before, after = clip(), copy(clip())
        after[0][1][0, 0] -= 2
        after[0][2][0, 0] -= 7  # the same block again
        report = compare(tmp_path, mask, before, after)
        assert (report.changed_pixels, report.largest_difference) == (4, 7)

    def test_a_block_that_the_hole_only_touches_belongs_to_the_effective_hole(self, tmp_path):
        picture = np.zeros((HEIGHT, WIDTH), np.uint8)
        picture[9, 11] = 255
        cv2.imwrite(str(tmp_path / "dot.png"), picture)
        before, after = clip(), copy(clip())
        after[0][1][4, 5] -= 9
        after[0][0][8:10, 10:12] -= 9
        assert compare(tmp_path, tmp_path / "dot.png", before, after).ok

    def test_the_margin_belongs_to_the_effective_hole(self, tmp_path, mask):
        before, after = clip(), copy(clip())
        after[1][0][6, 10:20] -= 5
        assert compare(tmp_path, mask, before, after, dilate=2).ok
        assert compare(tmp_path, mask, before, after, dilate=0).changed_pixels == 10

    def test_ten_bits_are_compared_as_they_are(self, tmp_path, mask):
        deep = {"pixel_format": "yuv420p10le"}
        before, after = clip("yuv420p10le"), copy(clip("yuv420p10le"))
        after[0][0][0, 0] ^= 1
        report = compare(tmp_path, mask, before, after, one=deep, other=deep)
        assert (report.changed_pixels, report.largest_difference) == (1, 1)

    def test_image_folders(self, tmp_path, mask):
        rng = np.random.default_rng(3)
        for name in ("in", "out"):
            (tmp_path / name).mkdir()
        for index in range(3):
            picture = rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
            cv2.imwrite(str(tmp_path / "in" / f"{index}.png"), picture)
            picture[HOLE] = 0
            picture[0, 0, 1] ^= 8 if index == 1 else 0
            cv2.imwrite(str(tmp_path / "out" / f"{index}.png"), picture)
        report = verify_video(tmp_path / "in", tmp_path / "out", mask, dilate=0)
        assert (report.changed_pixels, report.largest_difference, report.first_changed_frame) == (1, 8, 1)

    def test_a_video_against_its_png_images(self, tmp_path, mask):
        path = write(tmp_path / "in.mkv", clip())
        with open_video(path) as source, VideoWriter(tmp_path / "out", source) as writer:
            for frame in source:
                writer.write(frame)
        assert verify_video(path, tmp_path / "out", mask).ok

    def test_sizes_must_agree(self, tmp_path, mask):
        (tmp_path / "out").mkdir()
        cv2.imwrite(str(tmp_path / "out" / "0.png"), np.zeros((48, 64, 3), np.uint8))
        with pytest.raises(VideoError, match=r"64x48.*32x24"):
            verify_video(write(tmp_path / "in.mkv", clip()), tmp_path / "out", mask)

    def test_the_mask_must_fit(self, tmp_path):
        cv2.imwrite(str(tmp_path / "wide.png"), np.zeros((10, 90), np.uint8))
        with pytest.raises(HoleError, match=r"90x10.*32x24"):
            compare(tmp_path, tmp_path / "wide.png", clip(), clip())


class TestFramesAndTimes:
    @pytest.mark.parametrize(("kept", "sentence"), [(4, "frames: 6 became 4"), (5, "frames: 6 became 5")])
    def test_lost_frames(self, tmp_path, mask, kept, sentence):
        report = compare(tmp_path, mask, clip(), clip()[:kept])
        assert not report.ok
        assert report.differences == (sentence,)
        assert report.changed_pixels == 0

    def test_more_frames(self, tmp_path, mask):
        assert compare(tmp_path, mask, clip()[:3], clip()).differences == ("frames: 3 became 6",)

    def test_uneven_times_that_are_kept(self, tmp_path, mask):
        uneven = {"pts": [1000, 1040, 1041, 1200, 1300, 1555]}
        report = compare(tmp_path, mask, clip(), clip(), one=uneven, other=uneven)
        assert report.ok
        assert (report.largest_time_difference, report.time_tolerance) == (0, 0)

    def test_a_moved_frame(self, tmp_path, mask):
        moved = {"pts": [0, 40, 80, 121, 160, 200]}
        report = compare(tmp_path, mask, clip(), clip(), other=moved)
        assert report.largest_time_difference == Fraction(1, 1000)
        assert report.differences == ("times: frames moved by up to 0.001000 s",)

    def test_a_lost_delay(self, tmp_path, mask):
        late = {"pts": [500 + 40 * index for index in range(COUNT)]}
        report = compare(tmp_path, mask, clip(), clip(), one=late)
        assert report.largest_time_difference == Fraction(1, 2)

    def test_a_coarser_clock_may_round(self, tmp_path, mask):
        fine = {"pts": [1001 * index for index in range(COUNT)], "time_base": Fraction(1, 30000)}
        before = write(tmp_path / "in.mp4", clip(), **fine)
        after = write(tmp_path / "out.mkv", clip(), **fine)
        report = verify_video(before, after, mask)
        assert report.time_tolerance == Fraction(1, 1000)
        assert 0 < report.largest_time_difference < report.time_tolerance
        assert not [sentence for sentence in report.differences if sentence.startswith("times")]

    def test_a_part(self, tmp_path, mask):
        before = write(tmp_path / "in.mkv", clip(), tracks=(5,))
        window = {"start": 0.08, "end": 0.2}
        options = OutputOptions(lossless=True)
        with open_video(before, **window) as source, VideoWriter(tmp_path / "out.mkv", source, options) as writer:
            for frame in source:
                writer.write(frame)
        report = verify_video(before, tmp_path / "out.mkv", mask, **window)
        assert report.ok, report.differences
        assert report.frames_in == 3
        assert verify_video(before, tmp_path / "out.mkv", mask).differences[0] == "frames: 6 became 3"


class TestTagsAndTracks:
    def test_tags(self, tmp_path, mask):
        report = compare(tmp_path, mask, clip(), clip(), other={"matrix": QUARTER_TURN, "color": 9})
        assert report.differences == ("rotation: 0 became 90", "colour primaries: 1 became 9")
        assert report.changed_pixels == 0

    def test_equal_sound(self, tmp_path, mask):
        sound = {"tracks": (1, 2)}
        assert compare(tmp_path, mask, clip(), clip(), one=sound, other=sound).ok

    @pytest.mark.parametrize(
        ("tracks", "sentence"),
        [
            ((1,), "tracks: audio (pcm_s16le), audio (pcm_s16le) became audio (pcm_s16le)"),
            ((), "tracks: audio (pcm_s16le), audio (pcm_s16le) became none"),
            ((1, 3), "audio track 1: its 6 packets became 6, and not all are the same"),
        ],
    )
    def test_sound_that_is_not_the_same(self, tmp_path, mask, tracks, sentence):
        report = compare(tmp_path, mask, clip(), clip(), one={"tracks": (1, 2)}, other={"tracks": tracks})
        assert report.differences == (sentence,)

    def test_sound_that_moved_against_the_picture(self, tmp_path, mask):
        late = {"tracks": (1,), "delay": Fraction(1, 10)}
        report = compare(tmp_path, mask, clip(), clip(), one={"tracks": (1,)}, other=late)
        assert report.differences == ("audio track 0: moved by 0.100 s against the picture",)


@pytest.mark.parametrize("empty", [True, False])
def test_a_lossless_round_trip_changes_nothing(tmp_path, mask, empty):
    if empty:
        cv2.imwrite(str(mask), np.zeros((HEIGHT, WIDTH), np.uint8))
    before = write(tmp_path / "in.mkv", clip(), tracks=(1,))
    options = OutputOptions(lossless=True)
    hole = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE) > 0
    with open_video(before) as source, VideoWriter(tmp_path / "out.mkv", source, options) as writer:
        for frame in source:
            writer.write(frame, np.zeros_like(frame.rgb), hole)
    report = verify_video(before, tmp_path / "out.mkv", mask, dilate=0)
    assert report.ok, report


def test_a_lossy_round_trip_is_measured(tmp_path, mask):
    before = write(tmp_path / "in.mkv", clip())
    with (
        open_video(before) as source,
        VideoWriter(tmp_path / "out.mp4", source, OutputOptions(codec="libx264")) as writer,
    ):
        for frame in source:
            writer.write(frame)
    report = verify_video(before, tmp_path / "out.mp4", mask)
    assert not report.ok
    assert report.changed_pixels > 0
    assert report.largest_difference > 0
    assert 20 < report.psnr < 60
