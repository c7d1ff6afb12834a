"""Weights from a file are taken as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from stranet.errors import WeightsError


def take_weights(network: nn.Module, found: Mapping[str, Tensor], path: Path | str) -> None:
    """Give a network the tensors of a file, of any precision: all that it has and no other.

    Raises:
        WeightsError: a tensor is missing, unknown, of another shape or not finite; names the first one.
    """
    wanted = network.state_dict()
    for name in sorted({*wanted, *found}):
        if name not in found:
            raise WeightsError(f"{path}: tensor {name!r} is missing; these are weights of another network")
        if name not in wanted:
            raise WeightsError(f"{path}: tensor {name!r} is not known; these are weights of another network")
        if found[name].shape != wanted[name].shape:
            shapes = f"{tuple(found[name].shape)}, but the network has {tuple(wanted[name].shape)}"
            raise WeightsError(f"{path}: tensor {name!r} is {shapes}; these are weights of another network")
        if not found[name].isfinite().all():
            raise WeightsError(f"{path}: tensor {name!r} holds values that are not finite; get the file anew")
    network.load_state_dict(dict(found))
