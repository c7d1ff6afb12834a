from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from stranet.errors import ConfigError
from stranet.evaluation.methods import Method
from stranet.evaluation.predict import PredictionCache
from stranet.types import Size

SIZE = Size(96, 64)


class Counter:
    """A method that gives the blanked frames back and counts its runs."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, frames, holes):
        self.runs += 1
        yield from frames


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def method(counter: Counter) -> Method:
    return Method("blank", counter, {"options": {"reach": 3, "light": True}})


@pytest.fixture
def cache(tmp_path: Path) -> PredictionCache:
    return PredictionCache(tmp_path / "predictions")


def test_frames_come_back_bit_for_bit(cache, method, still):
    prediction, is_new = cache.predict(method, still, cache.claim(method, SIZE, 5))
    assert is_new
    assert prediction.frames == 5
    for cached, blanked in zip(cache.frames("blank", still), still.blanked(), strict=True):
        np.testing.assert_array_equal(cached, blanked)


def test_a_finished_case_is_not_computed_again(cache, method, still, counter):
    first, _ = cache.predict(method, still, cache.claim(method, SIZE, 5))
    again, is_new = cache.predict(method, still, cache.claim(method, SIZE, 5))
    assert (again, is_new, counter.runs) == (first, False, 1)
    cache.predict(method, still, cache.claim(method, SIZE, 5, overwrite=True))
    assert counter.runs == 2


def test_another_configuration_is_refused_by_name(cache, method, still):
    cache.predict(method, still, cache.claim(method, SIZE, 5))
    changed = dataclasses.replace(method, config={"options": {"reach": 4, "light": True}})
    with pytest.raises(ConfigError, match=r"another configuration \(it differs in options\.reach\).*--overwrite"):
        cache.claim(changed, SIZE, 5)
    with pytest.raises(ConfigError, match=r"differs in count\)"):
        cache.claim(method, SIZE, 6)
    assert cache.find("blank", still, cache.claim(method, SIZE, 5)) is not None
    config = cache.claim(changed, SIZE, 5, overwrite=True)
    assert cache.find("blank", still, config) is None


def test_another_input_is_refused(cache, method, still):
    config = cache.claim(method, SIZE, 5)
    cache.predict(method, still, config)
    changed = [frame.copy() for frame in still.truth]
    changed[3][0, 0] ^= 1
    with pytest.raises(ConfigError, match="another input"):
        cache.find("blank", dataclasses.replace(still, truth=changed), config)


def test_a_stopped_run_leaves_no_finished_case_and_goes_on(cache, method, still):
    def stops(frames, holes):
        yield next(iter(frames))
        raise KeyboardInterrupt

    config = cache.claim(method, SIZE, 5)
    with pytest.raises(KeyboardInterrupt):
        cache.predict(dataclasses.replace(method, fill=stops), still, config)
    assert cache.find("blank", still, config) is None
    _, is_new = cache.predict(method, still, config)
    assert is_new
    assert sorted(path.name for path in (cache.folder / "blank").iterdir()) == ["config.json", "still"]


def test_methods_that_break_the_contract_are_caught(cache, method, still):
    config = cache.claim(method, SIZE, 5)
    with pytest.raises(ValueError, match="gave 4 frames for the 5 of case still"):
        cache.predict(dataclasses.replace(method, fill=lambda frames, holes: list(frames)[1:]), still, config)
    with pytest.raises(ValueError, match="frame 0: got float64"):
        cache.predict(dataclasses.replace(method, fill=lambda frames, holes: (f / 1 for f in frames)), still, config)


def test_somebody_elses_folder_is_left_alone(cache, method):
    (cache.folder / "blank").mkdir(parents=True)
    cache.claim(method, SIZE, 5)  # an empty one may be used
    (cache.folder / "blank/config.json").unlink()
    keep = cache.folder / "blank/thesis.txt"
    keep.write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match="not a folder of predictions"):
            cache.claim(method, SIZE, 5, overwrite=overwrite)
    assert keep.exists()


def test_damage_is_named(cache, method, still):
    config = cache.claim(method, SIZE, 5)
    cache.predict(method, still, config)
    (cache.folder / "blank/still/00001.png").unlink()
    with pytest.raises(ConfigError, match=r"00001\.png is missing or damaged"):
        list(cache.frames("blank", still))
    path = cache.folder / "blank/still/prediction.json"
    path.write_text(json.dumps({"config": "only"}))
    with pytest.raises(ConfigError, match=r"prediction\.json is damaged"):
        cache.find("blank", still, config)
