"""Weights on disk: half-precision safetensors with a JSON beside them that says what they are.

stanet.safetensors    every tensor of the network, float16
stanet.json           the network's config, the checksum of the tensors, and how they came about
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load, save

from stranet.config import make_config
from stranet.errors import ConfigError, WeightsError
from stranet.model.config import STRANetConfig
from stranet.model.stranet import STRANet
from stranet.model.strict import Advice, read_described, take_weights

EMBEDDED = Path(__file__).parents[1] / "weights" / "stanet.safetensors"
"""Inside the package."""
BOXES = ("registration", "flow", "temporal", "spatial")
"""Parts of the network, by the names of the options that choose them."""
FORMAT = 1
"""Changes when old files can no longer be read."""


class Weights(NamedTuple):
    """A network with what is known about its training."""

    model: STRANet
    """In eval mode, float32, on the CPU."""
    facts: dict[str, Any]
    """Data, seeds, commit, steps and validation figures, as saved."""

    @property
    def trained(self) -> tuple[str, ...]:
        """Those of `BOXES` that have been trained; the others hold random numbers."""
        return tuple(self.facts.get("trained", BOXES))


def save_model(model: STRANet, path: Path, facts: dict[str, Any]) -> None:
    """Write weights and their JSON; each file appears when it is complete.

    Args:
        model: the network.
        path: ``*.safetensors``; the JSON gets the same name with ``.json``.
        facts: how the weights came about, JSON values only.

    Raises:
        WeightsError: the file cannot be written or a weight is not finite in half precision.
    """
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in model.state_dict().items()}
    for name, value in tensors.items():
        if not value.isfinite().all():
            raise WeightsError(f"{path}: tensor {name!r} is not finite in half precision; the training has diverged")
    data = save(tensors)
    card = {
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "config": dataclasses.asdict(model.config),
        "facts": facts,
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in ((path, data), (path.with_suffix(".json"), text.encode())):
            partial = file.with_name(f".{file.name}.partial")
            partial.write_bytes(content)
            partial.replace(file)
    except OSError as error:
        raise WeightsError(f"{path}: the weights cannot be written ({error.strerror})") from error


ADVICE = Advice(
    "weights are a .safetensors and a .json file of the same name, as stranet train writes them",
    "use weights made for it",
    "get it anew",
)


def load_weights(path: Path) -> Weights:
    """Read weights strictly: the checksum, every tensor of the network and no other, all finite.

    Raises:
        WeightsError: a file is missing, damaged or of another network.
    """
    beside, what = path.with_suffix(".json"), "StraNet weights"
    data, card = read_described(path, FORMAT, what, ADVICE)
    try:
        config, facts = card["config"], dict(card["facts"])
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{beside}: not the description of {what} ({error!r})") from error
    try:
        model = STRANet(make_config(_plain(config), STRANetConfig, str(beside)))
        tensors = load(data)
    except (ConfigError, SafetensorError) as error:
        raise WeightsError(f"{path}: {error}") from error
    take_weights(model, tensors, path)
    return Weights(model.eval().requires_grad_(False), facts)


def load_model(path: Path | str | None = None, needed: Iterable[str] = ()) -> STRANet:
    """The network with trained weights, in eval mode.

    Args:
        path: a ``.safetensors`` file with its JSON beside it; None: those that come with the package.
        needed: `BOXES` that must have been trained.

    Raises:
        WeightsError: as `load_weights`, or a box that is needed was never trained.
    """
    weights = _embedded() if path is None else load_weights(Path(path))
    if missing := [box for box in needed if box not in weights.trained]:
        raise WeightsError(
            f"{path or EMBEDDED}: nothing was learned for {', '.join(missing)}; train that stage with stranet train, "
            "or choose what needs no network"
        )
    return weights.model


@cache
def _embedded() -> Weights:
    if not EMBEDDED.exists():
        raise WeightsError(
            "this version of StraNet comes without trained weights; train them with stranet train, and name the file "
            "with --weights (weights=)"
        )
    return load_weights(EMBEDDED)


def _plain(table: Any) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ConfigError(f"config is {table!r}, but must be a table")
    return table
