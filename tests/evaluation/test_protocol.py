from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from stranet.errors import ConfigError, HoleError, OpenError
from stranet.evaluation.protocol import BLANK, load_protocol
from stranet.types import Size

OWN = Size(96, 64)


def test_manifest_gives_every_field(data, case):
    slide, still = case("slide"), case("still")
    assert (slide.start, slide.hole_start, slide.flip, slide.shift) == (2, 1, True, (0.125, -0.25))
    assert (still.start, still.hole_start, still.flip, still.shift) == (0, 0, False, (0.0, 0.0))
    assert slide.clip == data / "clips/slide.mkv"
    assert slide.size == OWN


def test_cut_at_own_size_is_the_clip(case, clips, silhouettes):
    cut = case("slide").cut(OWN, 30)
    assert len(cut.truth) == len(cut.holes) == 4
    for i in range(4):
        np.testing.assert_array_equal(cut.truth[i], clips["slide"][2 + i])
        mirrored = silhouettes[1 + i][:, ::-1]
        expected = np.zeros_like(mirrored)
        expected[:-16, 12:] = mirrored[16:, :-12]  # 0.125 * 96 to the right, 0.25 * 64 up
        np.testing.assert_array_equal(cut.holes[i], expected)


def test_count_limits_the_cut(case):
    assert len(case("slide").cut(OWN, 3).truth) == 3


def test_shrinking_averages_and_keeps_holes_crisp(case, clips, silhouettes):
    cut = case("still").cut(Size(48, 32), 30)
    blocks = clips["still"][0].reshape(32, 2, 48, 2, 3).mean(axis=(1, 3))
    assert np.abs(cut.truth[0] - blocks).max() <= 0.5
    np.testing.assert_array_equal(cut.holes[1], silhouettes[1][::2, ::2])


def test_blanked_shows_nothing_of_the_truth(still):
    for blanked, truth, hole in zip(still.blanked(), still.truth, still.holes, strict=True):
        assert (blanked[hole] == BLANK).all()
        np.testing.assert_array_equal(blanked[~hole], truth[~hole])


def test_fingerprint_follows_pixels_and_holes(case):
    cuts = [case("still").cut(OWN, 3) for _ in range(3)]
    cuts[1].truth[1][5, 5, 0] ^= 1
    cuts[2].holes[1][5, 5] = True
    assert len({cut.fingerprint() for cut in cuts}) == 3
    assert cuts[0].fingerprint() == case("still").cut(OWN, 3).fingerprint()


def test_select_skips_clips_that_are_too_small(data):
    protocol = load_protocol(data)
    assert [case.name for case in protocol.select(Size(100, 66))] == ["slide", "still"]  # 4 % wider
    assert [case.name for case in protocol.select(OWN, ("still",))] == ["still"]
    with pytest.raises(ConfigError, match=r"no clip in .* is as large as 102x68; the largest one is 96x64"):
        protocol.select(Size(102, 68))
    with pytest.raises(ConfigError, match="has no case 'stil'; it has slide, still"):
        protocol.select(OWN, ("stil",))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version = 1", "version = 2", "has version 2, but this program reads 1"),
        ("count = 5", "", "case 2 lacks count"),
        ("count = 5", "count = 5\ncolour = 3", "case 2 has the unknown field colour"),
        ("count = 5", "count = 0", "size and count must be at least 1"),
        ("count = 5", "count = [5]", "case 2 has a value of the wrong kind"),
        ('name = "still"', 'name = "slide"', "two cases share a name"),
        ('name = "still"', 'name = "../still"', "must be a plain file name"),
        ("[0.125, -0.25]", "[0.125]", "case 1 has a value of the wrong kind"),
        ("version = 1", "version =", "cannot read"),
    ],
)
def test_bad_manifests_are_refused(data: Path, old: str, new: str, message: str):
    path = data / "manifest.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=message):
        load_protocol(data)


def test_missing_parts_are_named(data: Path, case, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot read .*manifest\.toml"):
        load_protocol(tmp_path)
    (data / "holes/block/00002.png").write_bytes(b"not a picture")
    with pytest.raises(HoleError, match=r"case still: .*00002\.png is missing or is not a picture"):
        case("still").cut(OWN, 5)
    (data / "clips/slide.mkv").unlink()
    with pytest.raises(OpenError, match=r"slide\.mkv"):
        case("slide").cut(OWN, 1)


def test_a_clip_that_ends_early_is_an_error(data: Path, case):
    path = data / "manifest.toml"
    path.write_text(path.read_text().replace("start = 2", "start = 4"))
    cv2.imwrite(str(data / "holes/block/00006.png"), np.ones((64, 96), np.uint8))
    with pytest.raises(ConfigError, match="gives 2 frames from frame 4 on, but the case needs 4"):
        case("slide").cut(OWN, 30)
