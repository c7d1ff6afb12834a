"""Parts of tracking against closed forms and plain implementations."""

from __future__ import annotations

import numpy as np
import pytest
from moving_things import HEIGHT, WIDTH, iou, scene

from stranet.errors import ConfigError, HoleError
from stranet.tracking.barrier import barrier_distance
from stranet.tracking.finish import Finish
from stranet.tracking.graph_cut import EVIDENCE, cut
from stranet.tracking.holes import HoleStore
from stranet.tracking.motion import Flow
from stranet.tracking.options import TrackOptions
from stranet.tracking.overlays import find_overlays
from stranet.tracking.prompts import Prompt, placed
from stranet.tracking.region import Region, without_crumbs
from stranet.tracking.report import doubtful_runs
from stranet.tracking.shadow import find_shadows
from stranet.tracking.spool import Spool, working_size
from stranet.types import Shot, Size


def test_holes_come_back(tmp_path: object) -> None:
    rng = np.random.default_rng(1)
    store = HoleStore(Size(37, 23))
    holes = [rng.random((23, 37)) < share for share in (0, 0.01, 0.5, 1)]
    for index, hole in enumerate(holes):
        store[index] = hole
    for index, hole in enumerate(holes):
        assert np.array_equal(store[index], hole)
    assert [index in store for index in range(5)] == [False, True, True, True, False]
    store[3] = holes[0]
    assert 3 not in store


def test_spool_gives_any_frame_at_the_working_size() -> None:
    rng = np.random.default_rng(2)
    frames = [np.full((90, 160, 3), rng.integers(0, 256, 3), np.uint8) for _ in range(5)]
    with Spool(Size(160, 90), 80 * 45) as spool:
        for frame in frames:
            spool.append(frame)
        assert spool.size == (80, 45)
        for index in (3, 0, 4, 4, 1):
            assert np.abs(spool[index].astype(int) - frames[index][0, 0]).max() <= 3


def test_spool_turns_stored_pictures_upright() -> None:
    stored = np.zeros((40, 60, 3), np.uint8)
    stored[:10, :10] = 255  # top left; turned clockwise by 90 degrees it is top right
    with Spool(Size(40, 60), 10**6, rotation=90) as spool:
        spool.append(stored)
        assert spool[0][:8, -8:].min() > 240
        assert spool[0][:8, :8].max() < 16


def test_working_size_keeps_the_shape() -> None:
    assert working_size(Size(3840, 2160), 854 * 480) == (854, 480)
    assert working_size(Size(320, 240), 854 * 480) == (320, 240)


def test_barrier_is_the_difference_on_the_best_path() -> None:
    image = np.zeros((9, 9, 1), np.float32)
    image[2:7, 2:7] = 10  # a wall ...
    image[3:6, 3:6] = 3  # ... around a yard
    image[2, 4] = 6  # with a gate
    seeds = np.zeros((9, 9), bool)
    seeds[0] = True
    barrier = barrier_distance(image, seeds)
    assert barrier[8, 8] == 0
    assert barrier[2, 2] == 10
    assert barrier[4, 4] == 6


def test_cut_without_edges_follows_the_evidence() -> None:
    odds = np.full((20, 20), -8.0, np.float32)
    odds[5:15, 5:15] = 8
    flat = np.full((20, 20, 3), 50, np.float32)
    found = cut(odds, flat, np.zeros((20, 20), bool))
    assert iou(found, odds > 0) > 0.95


def test_cut_smooths_what_is_not_sure_and_keeps_out() -> None:
    odds = np.full((20, 20), 3.0, np.float32)
    odds[10, 10] = -0.5  # one doubtful pixel among sure ones: four edges of 50 cost more than 0.5 * EVIDENCE
    assert 0.5 * EVIDENCE < 4 * 50
    grain = np.random.default_rng(0).normal(50, 10, (20, 20, 3)).astype(np.float32)
    outside = np.zeros((20, 20), bool)
    outside[:, :4] = True
    found = cut(odds, grain, outside)
    assert found[10, 10]
    assert not found[:, :4].any()


def test_region_takes_and_gives_back() -> None:
    hole = np.zeros((120, 200), bool)
    hole[30:80, 40:120] = True
    region = Region.around((40, 30, 80, 50), Size(200, 120))
    assert iou(region.paste(region.cut_hole(hole), Size(200, 120)), hole) > 0.97
    grid = region.grid()
    assert grid[0, 0, 0] == pytest.approx(region.x0 + 0.5 / region.scale - 0.5, abs=0.05)


def test_crumbs() -> None:
    hole = np.zeros((20, 20), bool)
    hole[:10, :10] = True
    hole[15, 15] = True
    assert without_crumbs(hole, 0.05).sum() == 100


def test_camera_is_found_beside_the_object() -> None:
    made = scene(2, pan=3.0, speed=6.0)
    flow = Flow(Size(WIDTH, HEIGHT))
    gray = [flow.reduced(frame) for frame in made.frames]
    camera = flow.camera(flow.between(gray[1], gray[0]), made.holes[1])
    place = np.array([[[200.0, 80.0]]], np.float32)
    assert flow.moved(camera, place)[0, 0] == pytest.approx((203, 80), abs=0.3)


def test_shadow_of_a_moving_object() -> None:
    made = scene(30, pan=1.0, speed=5.0, shadow=True)
    objects = HoleStore(Size(WIDTH, HEIGHT))
    for index, hole in enumerate(made.holes):
        objects[index] = hole
    with made.spool() as frames:
        found = find_shadows(frames, [made.shot], objects)
    overlaps = [iou(found[index], made.shadows[index]) for index in range(5, 25)]
    assert np.median(overlaps) > 0.5
    plain = scene(30, pan=1.0, speed=5.0)
    with plain.spool() as frames:
        nothing = find_shadows(frames, [plain.shot], objects)
    assert np.mean([nothing[index].sum() for index in range(30)]) < 0.1 * made.shadows[10].sum()


def test_captions_are_found_while_they_are_there() -> None:
    made = scene(56, caption=(10, 46), pan=4.0, speed=2.0)
    with made.spool() as frames:
        found = find_overlays(frames)
    for index in (14, 25, 42):
        assert (found[index] & made.captions[index]).sum() > 0.9 * made.captions[index].sum()
        assert found[index].mean() < 0.15
    assert not any(found[index][125:].any() for index in (0, 4, 52))


def test_overlays_cannot_be_told_where_nothing_moves() -> None:
    made = scene(30, caption=(0, 30), pan=0.0, speed=0.0)
    with made.spool() as frames:
        assert len(find_overlays(frames)) == 0


def test_finish_grows_and_looks_at_neighbours_of_the_same_shot() -> None:
    size, part = Size(40, 30), HoleStore(Size(40, 30))
    dot = np.zeros((30, 40), bool)
    dot[15, 20] = True
    part[4] = dot
    finish = Finish(TrackOptions(grow=6, soften_time=2), size, 0.5)
    spool = Spool(size, 1200)
    finish.take(spool, [Shot(0, 6), Shot(6, 9)], [part], lambda: None)
    spool.close()
    assert [finish.hole(index).any() for index in range(9)] == [
        False,
        False,
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    y, x = np.nonzero(finish.hole(4))
    assert (x.max() - x.min(), y.max() - y.min()) == (6, 6)  # three working pixels to every side


def test_doubtful_runs() -> None:
    assert doubtful_runs((0.9, 0.2, 0.1, None, 0.3, 0.5), 10, 0.5) == (Shot(11, 13), Shot(14, 15))


def test_prompts_find_their_frames() -> None:
    times = [0.0, 0.04, 0.08, 0.5]
    by_object = placed(
        [
            Prompt(points=((1, 1),)),
            Prompt(points=((2, 2),), time=0.09),
            Prompt(object="b", points=((3, 3),), frame=3),
            Prompt(points=((4, 4),), time="0:00.08"),
        ],
        times,
    )
    assert {name: sorted(marks) for name, marks in by_object.items()} == {"1": [0, 2], "b": [3]}
    assert len(by_object["1"][2]) == 2
    with pytest.raises(HoleError, match="4 frames"):
        placed([Prompt(points=((1, 1),), frame=4)], times)
    with pytest.raises(HoleError, match="last frame is at"):
        placed([Prompt(points=((1, 1),), time=9)], times)
    with pytest.raises(HoleError, match="nothing is marked"):
        placed([], times)


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ({}, "nothing is marked"),
        ({"box": (1, 1, 0, 5)}, "more than 0"),
        ({"box": (1, 1, float("nan"), 5)}, "more than 0"),
        ({"points": ((1, 1),), "frame": 1, "time": 1}, "not both"),
        ({"points": ((1, 1),), "frame": -1}, "0 or more"),
        ({"points": ((1, 1),), "time": "soon"}, "is no time"),
    ],
)
def test_prompts_that_cannot_be(marks: dict, message: str) -> None:
    with pytest.raises(HoleError, match=message):
        Prompt(**marks)


def test_prompts_are_scaled_and_must_lie_inside() -> None:
    mask = np.zeros((100, 200), bool)
    mask[:50] = True
    prompt = Prompt(box=(10, 20, 30, 40), points=((15, 25),), mask=mask).scaled(Size(200, 100), Size(100, 50))
    assert prompt.box == (5, 10, 15, 20)
    assert prompt.points == ((7.5, 12.5),)
    assert prompt.mask is not None
    assert prompt.mask.shape == (50, 100)
    for outside in (Prompt(points=((200, 5),)), Prompt(box=(300, 5, 5, 5)), Prompt(not_points=((0, -1),))):
        with pytest.raises(HoleError, match="outside the picture"):
            outside.scaled(Size(200, 100), Size(100, 50))
    with pytest.raises(HoleError, match="aspect ratio"):
        Prompt(mask=np.ones((100, 100), bool)).scaled(Size(200, 100), Size(100, 50))


@pytest.mark.parametrize(
    "options", [{"grow": -1}, {"soften_time": 11}, {"doubt": 2}, {"tracker": "eyes"}, {"tracker_config": "x"}]
)
def test_options_that_cannot_be(options: dict) -> None:
    with pytest.raises(ConfigError):
        TrackOptions(**options)
