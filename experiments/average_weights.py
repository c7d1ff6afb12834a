"""Average two trainings of one network, of which the second began where the first ended.

    python experiments/average_weights.py first.safetensors second.safetensors out.safetensors

Halfway between the two lies a network that is often better than either, and seldom worse than the worse one (Wortsman
et al., Model soups, ICML 2022). What the file says about its training is what the first says; what the second says
about a part that it trained is added to what is known of that part, as ``averaged with``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from stranet.model.stranet import STRANet
from stranet.model.weights import load_weights, save_model

KEPT = ("figures", "commit", "seed", "stages")
"""What is said about the second training."""


def main() -> None:
    """Read, average, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("first", "second", "output"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    first, second = load_weights(given.first), load_weights(given.second)
    save_model(averaged(first.model, second.model), given.output, _facts(first.facts, second.facts))


@torch.no_grad()
def averaged(first: STRANet, second: STRANet) -> STRANet:
    """The first, with every tensor halfway to that of the second."""
    others = second.state_dict()
    for name, tensor in first.state_dict().items():
        tensor.lerp_(others[name], 0.5)
    return first


def _facts(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    runs = dict(first["runs"])
    for part in second["figures"]:
        runs[part] = runs[part] | {"averaged with": {name: second[name] for name in KEPT}}
    return first | {"runs": runs}


if __name__ == "__main__":
    main()
