"""A training on disk: all that is needed to go on as if nothing had happened.

    OUT/checkpoints/00001000/state.safetensors    weights, their averages, moments of the optimizers
    OUT/checkpoints/00001000/state.json           the rest

The random numbers and the data of a step follow from its number, so the number is all that is kept of them. A folder
appears under its name only when it is complete.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from stranet.config import changed_keys, load_config, save_config
from stranet.errors import ConfigError, WeightsError
from stranet.training.config import TrainConfig

KEPT = 2
"""Checkpoints that are kept: the last, and the one before in case the disk loses the last."""
FORMAT = 1
"""Changes when old checkpoints can no longer be read."""


class Checkpoint(NamedTuple):
    """Where a training stands."""

    step: int
    """Steps that are done."""
    tensors: dict[str, Tensor]
    facts: dict[str, Any]
    """Everything that is no tensor, JSON values only."""

    def below(self, kind: str) -> dict[str, Tensor]:
        """The tensors whose names begin with ``kind`` and a dot, without that."""
        start = f"{kind}."
        return {name.removeprefix(start): tensor for name, tensor in self.tensors.items() if name.startswith(start)}


def claim(config: TrainConfig) -> None:
    """Make the folder of a training, or see that what it holds is of the same configuration.

    Raises:
        ConfigError: It is not, or cannot be written.
    """
    out, path = config.out, config.out / "config.toml"
    if path.is_file():
        changed = [key for key in changed_keys(load_config(path, TrainConfig), config) if not _may_change(key)]
        if changed:
            raise ConfigError(
                f"{out} holds a training of another configuration (it differs in {', '.join(changed)}); "
                "give another --out"
            )
    elif out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ConfigError(f"{out} exists, but is not the folder of a training; give another --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        save_config(path, config)
    except OSError as error:
        raise ConfigError(f"{out}: cannot be written ({error.strerror}); give another --out") from error


def save_checkpoint(out: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint, then drop all but the last two.

    Returns:
        Its folder.

    Raises:
        ConfigError: It cannot be written; earlier ones are still there.
    """
    folder = out / "checkpoints" / f"{checkpoint.step:08d}"
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
        save_file(tensors, partial / "state.safetensors")
        facts = {"format": FORMAT, "step": checkpoint.step, **checkpoint.facts}
        (partial / "state.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        for file in partial.iterdir():
            _to_disk(file)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise ConfigError(f"{folder}: the checkpoint cannot be written ({error}); make room and resume") from error
    for old in _all(out)[:-KEPT]:
        shutil.rmtree(old)
    return folder


def load_checkpoint(out: Path) -> Checkpoint | None:
    """The last checkpoint of a training, None if there is none yet.

    Raises:
        WeightsError: It is damaged or of another version.
    """
    folders = _all(out)
    if not folders:
        return None
    folder = folders[-1]
    try:
        facts = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "state.safetensors")
        found, step = facts["format"], facts["step"]
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise WeightsError(f"{folder}: damaged ({error}); delete it to resume from the checkpoint before") from error
    if found != FORMAT:
        raise WeightsError(f"{folder}: checkpoint format {found}, but this version reads {FORMAT}; train anew")
    return Checkpoint(step, tensors, {key: facts[key] for key in facts.keys() - {"format", "step"}})


def _may_change(key: str) -> bool:
    return key == "out" or key.startswith("running.")


def _all(out: Path) -> list[Path]:
    """Folders of all complete checkpoints, the last step last."""
    return sorted(folder for folder in (out / "checkpoints").glob("[0-9]*") if folder.is_dir())


def _to_disk(file: Path) -> None:
    """Make sure that a file survives a power cut before its folder gets its name."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
