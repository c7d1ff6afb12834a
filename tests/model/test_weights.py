"""Weights on disk: what is saved is what is loaded, and nothing damaged is taken."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch

from stranet.errors import WeightsError
from stranet.model.config import STRANetConfig
from stranet.model.spatial import SpatialConfig
from stranet.model.stranet import STRANet
from stranet.model.temporal import TemporalConfig
from stranet.model.weights import BOXES, EMBEDDED, _embedded, load_model, load_weights, save_model

SMALL = STRANetConfig(
    TemporalConfig(fine=4, coarse=8, keys=8, decoder=16),
    SpatialConfig(half=8, quarter=8, eighth=16, dilations=(1,), score_channels=8),
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "net.safetensors"
    save_model(STRANet(SMALL), path, {"steps": 7, "data": ["made up"]})
    return path


def test_round_trip(saved: Path):
    torch.manual_seed(0)
    original = STRANet(SMALL)
    weights = load_weights(saved)
    assert weights.facts == {"steps": 7, "data": ["made up"]}
    assert weights.model.config == SMALL
    assert not weights.model.training
    for name, value in weights.model.state_dict().items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, original.state_dict()[name].half().float(), rtol=0, atol=0)
    assert sorted(file.name for file in saved.parent.iterdir()) == ["net.json", "net.safetensors"]
    assert isinstance(load_model(saved), STRANet)


def test_a_truncated_file_is_refused(saved: Path):
    saved.write_bytes(saved.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"net\.safetensors: does not match the checksum in net\.json"):
        load_weights(saved)


def test_a_flipped_bit_is_refused(saved: Path):
    data = bytearray(saved.read_bytes())
    data[-1] ^= 1
    saved.write_bytes(data)
    with pytest.raises(WeightsError, match="checksum"):
        load_weights(saved)


@pytest.mark.parametrize("name", ["net.safetensors", "net.json"])
def test_a_missing_file_is_named(saved: Path, name: str):
    (saved.parent / name).unlink()
    with pytest.raises(WeightsError, match=name.replace(".", r"\.")):
        load_weights(saved)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 1}'])
def test_a_json_that_describes_nothing_is_refused(saved: Path, text: str):
    saved.with_suffix(".json").write_text(text)
    with pytest.raises(WeightsError, match="not the description of StraNet weights"):
        load_weights(saved)


def edit(saved: Path, **changes: object) -> None:
    file = saved.with_suffix(".json")
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_another_format_is_refused(saved: Path):
    edit(saved, format=99)
    with pytest.raises(WeightsError, match="format 99"):
        load_weights(saved)


def test_an_unknown_key_of_the_config_is_named(saved: Path):
    edit(saved, config={"temporal": {"fien": 4}})
    with pytest.raises(WeightsError, match=r"unknown key temporal\.fien = 4; did you mean temporal\.fine"):
        load_weights(saved)


def test_weights_of_another_network_are_refused(saved: Path):
    edit(saved, config={})
    with pytest.raises(WeightsError, match="weights of another network"):
        load_weights(saved)


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path):
    net = STRANet(SMALL)
    with torch.no_grad():
        next(net.parameters()).fill_(1e9)  # infinite in half precision
    with pytest.raises(WeightsError, match="not finite in half precision"):
        save_model(net, tmp_path / "net.safetensors", {})
    assert not list(tmp_path.iterdir())


def test_a_pickle_is_not_opened(saved: Path):
    torch.save({"weight": torch.zeros(1)}, saved)
    checksum = hashlib.sha256(saved.read_bytes()).hexdigest()
    edit(saved, sha256=checksum)
    with pytest.raises(WeightsError, match=r"net\.safetensors"):
        load_weights(saved)


def test_without_embedded_weights_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stranet.model.weights.EMBEDDED", tmp_path / "none.safetensors")
    _embedded.cache_clear()
    with pytest.raises(WeightsError, match="stranet train"):
        load_model()
    _embedded.cache_clear()


def test_the_weights_that_come_with_the_package():
    weights = _embedded()
    assert set(weights.trained) == set(BOXES)
    assert EMBEDDED.stat().st_size < 16e6
    assert load_model(needed=weights.trained) is weights.model


def test_a_box_that_was_never_trained_is_refused(tmp_path: Path):
    save_model(STRANet(SMALL), tmp_path / "net.safetensors", {"trained": ["temporal"]})
    assert load_weights(tmp_path / "net.safetensors").trained == ("temporal",)
    load_model(tmp_path / "net.safetensors", ["temporal"])
    with pytest.raises(WeightsError, match=r"net\.safetensors: nothing was learned for flow, spatial"):
        load_model(tmp_path / "net.safetensors", ["flow", "temporal", "spatial"])
