"""What was behind the hole comes back, and nothing else changes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scenes import Scene, fill, moving_hole, same

from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from textures import psnr


def test_a_camera_at_rest_is_restored():
    scene = moving_hole()
    assert scene.psnr(fill(scene)) > 50


@pytest.mark.parametrize("pan", [1, 3])
def test_a_pan_is_restored(pan):
    scene = moving_hole(pan=pan)
    assert scene.psnr(fill(scene)) > 35


@pytest.mark.parametrize("pan", [0, 2])
def test_detail_beyond_the_low_resolution_is_restored(pan):
    scene = moving_hole(8, (160, 112), pan, box=(20, 40, 26, 24), step=9)
    filled = fill(scene, low_pixels=4096)  # factor 2
    assert scene.psnr(filled) > 38
    assert scene.psnr(filled) > scene.psnr(fill(scene, low_pixels=4096, residuals=False)) + 6


def test_visible_pixels_stay_bit_for_bit_and_inputs_are_left_alone():
    scene = moving_hole(pan=2)
    frames = scene.blanked()
    kept = [frame.copy() for frame in frames]
    filled = list(Inpainter().inpaint(frames, scene.holes))
    assert same(frames, kept)
    for before, after, hole in zip(frames, filled, scene.holes, strict=True):
        assert after.dtype == np.uint8
        assert np.array_equal(after[~hole], before[~hole])


def test_what_lies_under_the_hole_has_no_say():
    scene = moving_hole(8, pan=1)
    assert same(fill(scene, seed=0), fill(scene, seed=1))


@pytest.mark.parametrize("pan", [0, 2])
def test_what_lies_under_the_hole_has_no_say_beyond_the_low_resolution(pan):
    scene = moving_hole(6, (128, 96), pan, box=(20, 30, 26, 24), step=9)
    one, other = (np.stack(fill(scene, seed, low_pixels=4096)).astype(int) for seed in (0, 1))
    assert np.abs(one - other).max() <= 3


def test_two_runs_are_identical():
    scene = moving_hole(6, pan=2)
    inpainter = Inpainter()
    first = list(inpainter.inpaint(scene.blanked(), scene.holes))
    assert same(first, list(inpainter.inpaint(scene.blanked(), scene.holes)))
    assert same(first, fill(scene))


@pytest.mark.parametrize("axis", [1, 2], ids=["upside down", "mirrored"])
def test_flip_in_is_flip_out(axis):
    scene = moving_hole(8, pan=1)
    flipped = Scene(
        *([np.ascontiguousarray(np.flip(a, axis - 1)) for a in part] for part in (scene.clean, scene.holes))
    )
    filled = np.stack(fill(scene))
    back = np.flip(np.stack(fill(flipped)), axis)
    assert psnr(filled, back, np.stack(scene.holes)) > 35


def test_views_that_are_not_contiguous_are_taken():
    scene = moving_hole(6, pan=1)
    frames, holes = [f[:, ::-1] for f in scene.blanked()], [h[:, ::-1] for h in scene.holes]
    copies = [f.copy() for f in frames], [h.copy() for h in holes]
    assert same(list(Inpainter().inpaint(frames, holes)), list(Inpainter().inpaint(*copies)))


@pytest.mark.parametrize("options", [{}, {"low_pixels": 4096}], ids=["low is full", "low is smaller"])
def test_sixteen_bits_are_eight_bits_and_more(options):
    scene = moving_hole(6, (96, 80) if options else (64, 48), pan=1)
    deep = dataclasses.replace(scene, clean=[frame.astype(np.uint16) * 257 for frame in scene.clean])
    filled = fill(deep, **options)
    assert all(frame.dtype == np.uint16 for frame in filled)
    for before, after, hole in zip(deep.clean, filled, deep.holes, strict=True):
        assert np.array_equal(after[~hole], before[~hole])
    difference = np.abs(np.stack(filled) / 257 - np.stack(fill(scene, **options)))
    assert np.quantile(difference, 0.999) <= 1.5  # where a source is a close call, it may be another one
    deeper, usual = deep.psnr(filled), scene.psnr(fill(scene, **options))
    assert abs(min(deeper, 60) - min(usual, 60)) < 3  # beyond 60 dB eight bits are all alike


def test_holes_may_be_integers():
    scene = moving_hole(5)
    masks = [hole.astype(np.uint8) * 255 for hole in scene.holes]
    assert same(list(Inpainter().inpaint(scene.blanked(), masks)), fill(scene))


@pytest.mark.parametrize("step", [0.02, -0.02], ids=["brighter", "darker"])
def test_light_that_changes_leaves_no_seam(step):
    scene = moving_hole()
    lit = [np.clip(f * 0.7 + 255 * (0.12 + step * i), 0, 255).astype(np.uint8) for i, f in enumerate(scene.clean)]
    scene = Scene(lit, scene.holes)
    matched = scene.psnr(fill(scene))
    assert matched > 34
    assert matched > scene.psnr(fill(scene, light=False)) + 3


def test_an_object_that_passes_in_a_reference_is_not_copied():
    """A bright square crosses the hole's place in a few frames; the others show the background."""
    scene = moving_hole(10, pan=0, box=(24, 14, 12, 14), step=0)
    holes = [hole if index == 5 else np.zeros_like(hole) for index, hole in enumerate(scene.holes)]
    frames = [frame.copy() for frame in scene.clean]
    for index in (3, 4):
        frames[index][16:26, 26:34] = 255
    filled = list(Inpainter(InpaintOptions(shots=False)).inpaint(frames, holes))
    assert psnr(filled[5], scene.clean[5], holes[5]) > 30
