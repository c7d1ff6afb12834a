"""What is picked for an amount of memory."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import fill, moving_hole, same

from stranet.errors import ConfigError
from stranet.inpainting.budget import LEAST_REACH, LEAST_REFERENCES, choose_budget, estimate
from stranet.inpainting.inpainter import Inpainter
from stranet.inpainting.options import InpaintOptions
from stranet.inpainting.plan import PLANS
from stranet.types import Size
from stranet.words import parse_bytes

BALANCED = PLANS["balanced"]
HD, UHD = Size(1920, 1080), Size(3840, 2160)


def picked(size: Size, limit: int | None, sample: int = 1, workers: int = 2):
    return choose_budget(BALANCED, workers, size, sample, limit, fixed_reach=False)


@pytest.mark.parametrize(
    ("text", "count"),
    [("2GB", 2e9), ("1.5 gib", 1.5 * 2**30), ("800M", 8e8), ("800 MB", 8e8), ("64KiB", 65536), ("1000000", 1e6)],
)
def test_amounts(text, count):
    assert parse_bytes(text) == count
    assert InpaintOptions(memory=text).memory_bytes == count


@pytest.mark.parametrize("text", ["", "much", "-1GB", "0", "2 XB", "1e9", "GB", "2GB 3", "٢GB"])
def test_no_amounts(text):
    with pytest.raises(ConfigError, match="must be an amount such as 2GB"):
        InpaintOptions(memory=text)


def test_usual_frames_get_what_is_wanted_and_very_large_ones_a_smaller_window():
    assert picked(HD, None).plan == BALANCED
    large = picked(UHD, None).plan
    assert LEAST_REACH < large.reach < BALANCED.reach
    assert large._replace(reach=BALANCED.reach) == BALANCED
    asked = choose_budget(BALANCED, 2, UHD, 1, None, fixed_reach=True)
    assert asked.plan == BALANCED


@pytest.mark.parametrize("size", [Size(432, 240), HD, UHD], ids=str)
@pytest.mark.parametrize("sample", [1, 2])
def test_what_is_picked_fits_and_grows_with_the_limit(size, sample):
    least = estimate(BALANCED._replace(reach=LEAST_REACH, references=LEAST_REFERENCES), 1, size, sample)
    most = estimate(BALANCED, 2, size, sample)
    before = None
    for limit in np.linspace(least, most, 40).astype(int).tolist():
        budget = picked(size, limit, sample)
        assert budget.memory == estimate(budget.plan, budget.workers, size, sample) <= limit
        if before is not None and budget.workers == before.workers:
            assert budget.plan.reach >= before.plan.reach
            assert budget.plan.references >= before.plan.references
        before = budget
    assert (before.plan, before.workers) == (BALANCED, 2)


def test_too_little_names_the_least_that_works():
    with pytest.raises(ConfigError, match=r"memory is 300 MB, but 1920x1080 needs at least (\d+) MB") as error:
        picked(HD, 300_000_000)
    least = int(str(error.value).split("at least ")[1].split(" ")[0])
    assert picked(HD, least * 1_000_000).plan.reach == LEAST_REACH
    with pytest.raises(ConfigError):
        picked(HD, (least - 1) * 1_000_000)


def test_the_engine_keeps_to_it():
    scene = moving_hole(12)
    size = Size(64, 48)
    least = estimate(BALANCED._replace(reach=LEAST_REACH, references=LEAST_REFERENCES), 1, size, 1)
    inpainter = Inpainter(InpaintOptions(memory=str(least), workers=2))
    tight = list(inpainter.inpaint(scene.blanked(), scene.holes))
    budget = inpainter.stats.budget
    assert budget is not None
    assert (budget.plan.reach, budget.plan.references, budget.workers) == (LEAST_REACH, LEAST_REFERENCES, 1)
    assert same(tight, fill(scene, reach=LEAST_REACH, references=LEAST_REFERENCES))
    with pytest.raises(ConfigError, match="needs at least"):
        fill(scene, memory="1MB")
