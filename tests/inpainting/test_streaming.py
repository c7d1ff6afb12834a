"""The engine is lazy, bounded, causal up to its reach, and keeps shots apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch
from scenes import Scene, fill, moving_hole, same, swaying

from stranet.errors import HoleError
from stranet.inpainting import window as window_module
from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.regions import Band, bands
from stranet.inpainting.window import ShotWindow, WindowFrame
from stranet.model.low_frame import LowFrame
from stranet.types import Box, Shot
from textures import texture


def without_holes(scene: Scene, but: set[int] = frozenset()) -> Scene:
    holes = [hole if index in but else np.zeros_like(hole) for index, hole in enumerate(scene.holes)]
    return Scene(scene.clean, holes)


@pytest.fixture
def lows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with every small copy that is made."""
    made: list[int] = []
    original = LowFrame.of

    def counted(*args: object) -> LowFrame:
        made.append(1)
        return original(*args)

    monkeypatch.setattr(window_module.LowFrame, "of", counted)
    return made


def test_frames_without_a_hole_come_back_themselves_at_no_cost(lows):
    scene = without_holes(moving_hole(12, pan=1))
    filled = list(Inpainter(InpaintOptions(reach=3)).inpaint(scene.clean, scene.holes))
    assert all(out is given for out, given in zip(filled, scene.clean, strict=True))
    assert not lows


def test_only_what_a_hole_can_reach_is_made_small(lows):
    scene = without_holes(moving_hole(24, pan=1), {11})
    filled = list(Inpainter(InpaintOptions(reach=3)).inpaint(scene.blanked(), scene.holes))
    assert len(lows) <= 7
    assert len(filled) == 24


def test_frames_without_a_hole_are_the_same_objects_among_others():
    scene = without_holes(moving_hole(8, pan=1), {2, 5})
    frames = scene.blanked()
    for index, out in enumerate(Inpainter().inpaint(frames, scene.holes)):
        assert (out is frames[index]) == (index not in (2, 5))


def test_what_comes_after_the_reach_has_no_say():
    """The hole rests until it vanishes, so that what it hides is seen from there on alone."""
    scene, reach, vanishes = moving_hole(12, pan=0, step=0), 3, 8
    scene = without_holes(scene, set(range(vanishes)))
    frames, other = scene.blanked(), scene.blanked()
    for index in range(vanishes, 12):
        other[index] = other[index][::-1].copy()
    one, two = (
        list(Inpainter(InpaintOptions(reach=reach, shots=False)).inpaint(f, scene.holes)) for f in (frames, other)
    )
    first = vanishes - reach  # the first to see that far
    assert same(one[:first], two[:first])
    assert not np.array_equal(one[first], two[first])


def test_what_comes_before_the_reach_has_no_say():
    scene, reach, changed = moving_hole(14, pan=1, step=2), 3, 4
    scene = without_holes(scene, {10, 11})
    frames, other = scene.blanked(), scene.blanked()
    for index in range(changed):
        other[index] = np.roll(other[index], 5, axis=0)
    one, two = (
        list(Inpainter(InpaintOptions(reach=reach, shots=False)).inpaint(f, scene.holes)) for f in (frames, other)
    )
    assert same(one[changed:], two[changed:])


def two_shots(second: int) -> Scene:
    one, other = moving_hole(7, pan=1, seed=1), moving_hole(7, pan=1, seed=second)
    tint = [np.clip(frame * 0.5 + [10, 90, 40], 0, 255).astype(np.uint8) for frame in other.clean]
    return Scene(one.clean + tint, one.holes + other.holes)


def test_pixels_of_another_shot_change_nothing():
    with_two, with_three = two_shots(2), two_shots(3)
    inpainter = Inpainter()
    one = list(inpainter.inpaint(with_two.blanked(), with_two.holes))
    assert inpainter.stats.shots == [Shot(0, 7), Shot(7, 14)]
    other = list(inpainter.inpaint(with_three.blanked(), with_three.holes))
    assert inpainter.stats.shots == [Shot(0, 7), Shot(7, 14)]
    assert same(one[:7], other[:7])
    assert not same(one[7:], other[7:])


def test_a_shot_alone_is_filled_as_it_is_among_others():
    scene = two_shots(2)
    frames = scene.blanked()
    together = list(Inpainter().inpaint(frames, scene.holes))
    assert same(together[:7], list(Inpainter().inpaint(frames[:7], scene.holes[:7])))
    assert same(together[7:], list(Inpainter().inpaint(frames[7:], scene.holes[7:])))


@pytest.mark.parametrize("workers", [1, 3])
def test_the_window_is_bounded_whatever_the_length(monkeypatch, workers):
    longest = 0
    push = ShotWindow.push

    def counted(self: ShotWindow, frame: WindowFrame) -> None:
        nonlocal longest
        push(self, frame)
        longest = max(longest, self.stop - self.start)

    monkeypatch.setattr(ShotWindow, "push", counted)
    reach, size = 4, (48, 32)
    place = texture(32, 48 + 200)
    some = {30, 31, 90, 199}

    def frames() -> Iterator[np.ndarray]:
        for index in range(200):
            yield place[:, index : index + 48]

    def holes() -> Iterator[np.ndarray]:
        for index in range(200):
            hole = np.zeros(size[::-1], bool)
            hole[10:18, 20:28] = index in some
            yield hole

    inpainter = Inpainter(InpaintOptions(reach=reach, shots=False, workers=workers))
    assert sum(1 for _ in inpainter.inpaint(frames(), holes())) == 200
    ahead = workers if workers > 1 else 0
    assert reach < longest <= 2 * reach + 2 + ahead
    assert inpainter.stats.filled == len(some)


@pytest.mark.parametrize(("workers", "ahead"), [(1, 0), (3, 3)])
def test_it_pulls_no_further_than_its_reach(workers, ahead):
    """And than the frames that are worked on meanwhile."""
    scene, reach, pulled = moving_hole(12), 3, 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal pulled
        for frame in scene.blanked():
            pulled += 1
            yield frame

    filled = Inpainter(InpaintOptions(reach=reach, workers=workers)).inpaint(frames(), scene.holes)
    assert pulled == 0
    for index, _ in enumerate(filled):
        assert pulled == min(12, index + reach + 1 + ahead)


def test_frames_side_by_side_come_out_as_one_by_one():
    scene = moving_hole(12, box=(6, 14, 30, 14))  # some of it is never seen, and carried on from frame to frame
    threads = torch.get_num_threads(), cv2.getNumThreads()
    one, three = (fill(scene, low_pixels=4096, workers=workers) for workers in (1, 3))
    assert same(one, three)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == threads


def test_no_worker_outlives_an_error():
    scene = moving_hole(12)
    before = threading.active_count()
    with pytest.raises(HoleError):
        list(Inpainter(InpaintOptions(reach=2, workers=3)).inpaint(scene.blanked(), scene.holes[:-1]))
    assert threading.active_count() == before


def test_closing_early_closes_quietly():
    scene, closed = moving_hole(12), []

    def frames() -> Iterator[np.ndarray]:
        try:
            yield from scene.blanked()
        finally:
            closed.append(True)

    source = frames()
    inpainter = Inpainter(InpaintOptions(reach=2))
    filled = inpainter.inpaint(source, scene.holes)
    first = next(filled)
    filled.close()
    with pytest.raises(StopIteration):
        next(filled)
    source.close()
    assert closed == [True]
    assert inpainter.stats.frames == 1
    assert first.shape == (48, 64, 3)
    assert len(list(inpainter.inpaint(scene.blanked(), scene.holes))) == 12  # and can start anew


def test_an_error_of_the_source_reaches_the_caller():
    scene = moving_hole(6)

    def frames() -> Iterator[np.ndarray]:
        yield from scene.blanked()[:3]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(Inpainter().inpaint(frames(), scene.holes))


def test_the_count_of_what_was_done():
    scene = without_holes(moving_hole(8), {1, 2, 6})
    inpainter = Inpainter()
    list(inpainter.inpaint(scene.blanked(), scene.holes))
    stats = inpainter.stats
    assert (stats.frames, stats.filled, stats.shots) == (8, 3, [Shot(0, 8)])
    assert stats.hole_pixels == sum(int(hole.sum()) for hole in scene.holes)
    assert stats.leftover_share == 0
    assert stats.seconds
    assert all(seconds >= 0 for seconds in stats.seconds.values())


def test_the_share_that_no_frame_showed():
    scene = moving_hole(5, step=0)
    inpainter = Inpainter()
    list(inpainter.inpaint(scene.blanked(), scene.holes))
    assert inpainter.stats.leftover_share == 1


def test_no_frames_no_output():
    assert list(Inpainter().inpaint([], [])) == []


@pytest.mark.parametrize(
    "option",
    [
        {"light": False},
        {"residuals": False},
        {"alignment": "affine"},
        {"alignment": "flow"},
        {"references": 2},
        {"low_pixels": 40000},
        {"reach": 2},
    ],
    ids=str,
)
def test_every_option_changes_something(option):
    usual = {"low_pixels": 9000, "references": 12}
    scene = moving_hole(5, (256, 192), 2, box=(40, 50, 50, 40), step=12)
    if "light" in option:
        darker = [np.rint(frame * (1 - 0.03 * index)).astype(np.uint8) for index, frame in enumerate(scene.clean)]
        scene = Scene(darker, scene.holes)
    assert not same(fill(scene, **usual), fill(scene, **(usual | option)))


def test_without_shots_references_cross_cuts():
    """The hole rests for the whole first shot; what it hides can come from the second alone, and must not."""
    scene = two_shots(2)
    rest = [scene.holes[0] if index < 7 else np.zeros_like(hole) for index, hole in enumerate(scene.holes)]
    scene = Scene(scene.clean, rest)
    inpainter = Inpainter(InpaintOptions(shots=False))
    assert not same(list(inpainter.inpaint(scene.blanked(), scene.holes)), fill(scene))
    assert inpainter.stats.shots == [Shot(0, 14)]
    assert inpainter.stats.leftover_share < 1


def test_refinement_brings_what_sways_closer():
    scene = swaying(moving_hole(5, (256, 192), 2, box=(40, 50, 50, 40), step=12))
    usual = {"low_pixels": 9000, "references": 12, "alignment": "affine"}
    assert scene.psnr(fill(scene, **usual)) > scene.psnr(fill(scene, **usual, refine=0)) + 0.2


def test_bands_change_nothing_that_can_be_seen(monkeypatch):
    scene = moving_hole(6, (256, 192), 2, box=(40, 50, 90, 80), step=12)
    whole = fill(scene, low_pixels=9000)
    made: list[int] = []

    def small_bands(box: Box, factor: int) -> list[Band]:
        cut = bands(box, factor, 4096)
        made.append(len(cut))
        return cut

    monkeypatch.setattr("stranet.inpainting.filling.bands", small_bands)
    banded = fill(scene, low_pixels=9000)
    assert min(made) > 1
    assert max(np.abs(one.astype(int) - other).max() for one, other in zip(whole, banded, strict=True)) <= 1
