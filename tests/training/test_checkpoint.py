"""A training on disk: complete or not there at all, and never of another network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from stranet.errors import ConfigError, WeightsError
from stranet.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from stranet.training.learner import load_strictly


def checkpoint(step: int) -> Checkpoint:
    tensors = {
        "model.weight": torch.full((2, 3), float(step)),
        "model.strided": torch.arange(12.0).view(1, 2, 2, 3).contiguous(memory_format=torch.channels_last),
        "optimizer.weight/step": torch.tensor(float(step)),
        "critic.half": torch.ones(2, dtype=torch.bfloat16),
    }
    return Checkpoint(step, tensors, {"stage": "temporal", "seconds": 0.1})


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    saved = checkpoint(7)
    assert save_checkpoint(tmp_path, saved) == tmp_path / "checkpoints" / "00000007"
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    assert (loaded.step, loaded.facts) == (7, saved.facts)
    assert loaded.tensors.keys() == saved.tensors.keys()
    for name, tensor in saved.tensors.items():
        assert torch.equal(loaded.tensors[name], tensor)
        assert loaded.tensors[name].dtype == tensor.dtype
    assert loaded.below("model").keys() == {"weight", "strided"}


def test_none_yet(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path) is None


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for step in (2, 11, 100):
        save_checkpoint(tmp_path, checkpoint(step))
    assert [folder.name for folder in sorted((tmp_path / "checkpoints").iterdir())] == ["00000011", "00000100"]
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    assert loaded.step == 100


def test_saving_again_replaces(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint(5))
    save_checkpoint(tmp_path, checkpoint(5)._replace(facts={"stage": "spatial"}))
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    assert loaded.facts == {"stage": "spatial"}


def test_a_full_disk_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, checkpoint(5))

    def full(tensors: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stranet.training.checkpoint.save_file", full)
    with pytest.raises(ConfigError, match=r"00000006: the checkpoint cannot be written .*No space left"):
        save_checkpoint(tmp_path, checkpoint(6))
    assert [folder.name for folder in (tmp_path / "checkpoints").iterdir()] == ["00000005"]


def test_what_was_cut_off_does_not_count(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint(5))
    partial = tmp_path / "checkpoints" / ".00000006.partial"
    partial.mkdir()
    (partial / "state.safetensors").write_bytes(b"half of it")
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    assert loaded.step == 5
    save_checkpoint(tmp_path, checkpoint(6))
    assert not partial.exists()


@pytest.mark.parametrize("damage", ["tensors", "json", "missing", "list"])
def test_damage_is_named(tmp_path: Path, damage: str) -> None:
    folder = save_checkpoint(tmp_path, checkpoint(5))
    tensors, facts = folder / "state.safetensors", folder / "state.json"
    match damage:
        case "tensors":
            tensors.write_bytes(tensors.read_bytes()[:-8])
        case "json":
            facts.write_text(facts.read_text()[:-20])
        case "missing":
            tensors.unlink()
        case "list":
            facts.write_text("[]")
    with pytest.raises(WeightsError, match=r"00000005: damaged .*; delete it to resume from the checkpoint before"):
        load_checkpoint(tmp_path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    facts = save_checkpoint(tmp_path, checkpoint(5)) / "state.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "format": 99}))
    with pytest.raises(WeightsError, match="checkpoint format 99, but this version reads 1"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("change", ["missing", "unknown", "shape"])
def test_another_network_is_refused(change: str) -> None:
    tensors = nn.Linear(3, 2).state_dict()
    match change:
        case "missing":
            del tensors["bias"]
        case "unknown":
            tensors["bias2"] = tensors["bias"]
        case "shape":
            tensors["bias"] = torch.zeros(3)
    with pytest.raises(WeightsError, match="the checkpoint is of another network: it differs in bias"):
        load_strictly(nn.Linear(3, 2), tensors)
