"""Tiny, odd, covered, mismatched: filled, or refused with a sentence that helps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scenes import Scene, fill, moving_hole

from stranet.device import choose_device, sent
from stranet.errors import ConfigError, HoleError, StraNetError
from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from textures import psnr, texture


def untouched(scene: Scene, filled: list[np.ndarray]) -> bool:
    return all(
        np.array_equal(after[~hole], before[~hole])
        for before, after, hole in zip(scene.clean, filled, scene.holes, strict=True)
    )


@pytest.mark.parametrize(
    ("size", "box", "step"),
    [
        ((33, 17), (4, 5, 7, 6), 3),
        ((64, 48), (8, 12, 14, 14), 4),
        ((65, 49), (8, 12, 14, 14), 4),
        ((17, 90), (2, 30, 5, 14), 2),
        ((9, 9), (1, 3, 3, 3), 1),
        ((2, 2), (0, 0, 1, 1), 1),
    ],
    ids=lambda value: "x".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_tiny_and_odd_sizes(size, box, step):
    scene = moving_hole(5, size, box=box, step=step)
    filled = fill(scene)
    assert [frame.shape for frame in filled] == [frame.shape for frame in scene.clean]
    assert untouched(scene, filled)


@pytest.mark.parametrize("size", [(131, 97), (117, 131)])
@pytest.mark.parametrize("pan", [0, 1])
def test_odd_sizes_at_a_smaller_scale(size, pan):
    scene = moving_hole(6, size, pan, box=(size[0] - 50, size[1] - 20, 18, 20), step=6)
    filled = fill(scene, low_pixels=4096)
    assert untouched(scene, filled)
    assert scene.psnr(filled) > 28


@pytest.mark.parametrize(
    "box",
    [(0, 0, 12, 14), (0, 34, 12, 14), (52, 0, 12, 14), (52, 34, 12, 14), (0, 20, 64, 8), (26, 0, 10, 48)],
    ids=["top left", "bottom left", "top right", "bottom right", "across", "down"],
)
def test_a_hole_at_the_border_is_copied_from_the_frames_around(box):
    scene = moving_hole(5, box=box, step=0)
    scene = Scene(scene.clean, [hole if index == 2 else np.zeros_like(hole) for index, hole in enumerate(scene.holes)])
    filled = fill(scene)
    assert untouched(scene, filled)
    assert scene.psnr(filled) > 40


def test_a_frame_that_is_all_hole_is_taken_from_its_neighbours():
    scene = moving_hole(7, step=0)
    scene = Scene(scene.clean, [np.full_like(hole, index == 3) for index, hole in enumerate(scene.holes)])
    assert scene.psnr(fill(scene)) > 45


def test_a_pan_goes_on_across_a_frame_that_is_all_hole():
    scene = moving_hole(9, (80, 64), pan=1, step=3)
    holes = [np.ones_like(hole) if index == 4 else hole for index, hole in enumerate(scene.holes)]
    filled = fill(Scene(scene.clean, holes))
    others = [index for index in range(9) if index != 4]
    pick = lambda arrays: np.stack([arrays[index] for index in others])  # noqa: E731
    assert psnr(pick(filled), pick(scene.clean), pick(holes)) > 32


def test_more_covered_frames_than_the_reach_are_carried_on():
    scene = moving_hole(12, step=0)
    scene = Scene(scene.clean, [np.full_like(hole, 3 <= index < 9) for index, hole in enumerate(scene.holes)])
    assert scene.psnr(fill(scene, reach=2)) > 30


def test_one_frame_is_filled_from_itself():
    rgb = np.full((48, 64, 3), (40, 120, 200), np.uint8)
    hole = np.zeros((48, 64), bool)
    hole[16:30, 20:40] = True
    blanked = np.where(hole[..., None], np.uint8(255), rgb)
    (filled,) = Inpainter().inpaint([blanked], [hole])
    assert np.abs(filled.astype(int) - rgb).max() <= 1


@pytest.mark.parametrize("low_pixels", [480 * 270, 4096])
def test_one_frame_of_a_pattern_is_continued(low_pixels):
    tile = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    rgb = np.tile(tile, (12, 16, 1))
    hole = np.zeros(rgb.shape[:2], bool)
    hole[36:56, 50:72] = True
    (filled,) = Inpainter(InpaintOptions(low_pixels=low_pixels)).inpaint(
        [np.where(hole[..., None], np.uint8(0), rgb)], [hole]
    )
    assert np.array_equal(filled[~hole], rgb[~hole])
    gray = np.where(hole[..., None], rgb[~hole].mean(0), rgb).astype(np.uint8)
    assert psnr(filled, rgb, hole) > psnr(gray, rgb, hole) + 4


def test_what_no_frame_shows_stays_what_it_was_made():
    """A hole at rest before a camera at rest: filled once, then kept, so that it does not flicker."""
    scene = moving_hole(6, step=0)
    filled = np.stack(fill(scene)).astype(int)
    assert np.abs(np.diff(filled, axis=0)).max() <= 1


def test_several_holes_in_one_frame():
    scene = moving_hole(6, (160, 96), box=(6, 8, 10, 10), step=4)
    holes = [hole | np.roll(hole, (70, 100), (0, 1)) for hole in scene.holes]
    scene = Scene(scene.clean, holes)
    filled = fill(scene)
    assert untouched(scene, filled)
    assert scene.psnr(filled) > 45


def test_a_single_missing_pixel():
    scene = moving_hole(4, box=(20, 20, 1, 1), step=7)
    assert scene.psnr(fill(scene)) > 45


@pytest.mark.parametrize("holes", [5, 3, 0])
def test_another_number_of_holes_is_refused(holes):
    scene = moving_hole(4)
    given = (scene.holes * 2)[:holes]
    with pytest.raises(HoleError, match=r"hole.*frame"):
        list(Inpainter().inpaint(scene.clean, given))


def test_a_hole_of_another_size_is_refused():
    frame, hole = texture(48, 64), np.zeros((48, 60), bool)
    with pytest.raises(HoleError, match=r"60x48.*64x48"):
        list(Inpainter().inpaint([frame], [hole]))


@pytest.mark.parametrize("frames", [1, 5])
def test_a_shot_that_shows_nothing_is_refused(frames):
    covered = [np.ones((48, 64), bool)] * frames
    with pytest.raises(HoleError, match=r"covers all of frame 0"):
        list(Inpainter().inpaint([texture(48, 64)] * frames, covered))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("references", 0),
        ("references", 65),
        ("reach", 0),
        ("reach", 301),
        ("low_pixels", 4095),
        ("alignment", "both"),
        ("device", "abacus"),
    ],
)
def test_options_that_cannot_work_are_refused_by_name(option, value):
    with pytest.raises(ConfigError, match=option):
        InpaintOptions(**{option: value})


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="cuda is not available"):
        choose_device("cuda")
    with pytest.raises(StraNetError):
        Inpainter(InpaintOptions(device="cuda"))
    assert choose_device("cpu").type == "cpu"


class HostTensor:
    """Remembers how it was sent."""

    device = torch.device("cpu")

    def __init__(self) -> None:
        self.way: list[str] = []

    def pin_memory(self):
        self.way.append("pinned")
        return self

    def to(self, device, non_blocking=False):
        self.way.append(f"to {device}" + (" beside other work" if non_blocking else ""))
        return self


def test_what_goes_to_cuda_goes_through_pinned_memory():
    there, here = HostTensor(), HostTensor()
    sent(there, "cuda")  # type: ignore[arg-type]
    sent(here, "mps")  # type: ignore[arg-type]
    assert (there.way, here.way) == (["pinned", "to cuda beside other work"], ["to mps"])
    values = torch.ones(3)
    assert sent(values, "cpu") is values


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cuda_gives_what_the_cpu_gives():
    scene = moving_hole(8)
    for one, other in zip(fill(scene, device="cuda"), fill(scene, device="cpu"), strict=True):
        assert np.abs(one.astype(int) - other).mean() < 0.5


@pytest.mark.parametrize("extra", [{"references": 1}, {"reach": 1}, {"references": 64, "reach": 300}], ids=str)
def test_the_ends_of_the_ranges_work(extra):
    scene = moving_hole(5)
    assert untouched(scene, fill(scene, **extra))
