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
    difference = first_difference(network, found)
    if difference is not None:
        name, why = difference
        raise WeightsError(f"{path}: tensor {name!r} {why}; these are weights of another network")
    for name in sorted(found):
        if not found[name].isfinite().all():
            raise WeightsError(f"{path}: tensor {name!r} holds values that are not finite; get the file anew")
    network.load_state_dict(dict(found))


def first_difference(network: nn.Module, found: Mapping[str, Tensor]) -> tuple[str, str] | None:
    """The first tensor, by name, that is missing, unknown or of another shape, and which; None where all fit."""
    wanted = network.state_dict()
    for name in sorted({*wanted, *found}):
        if name not in found:
            return name, "is missing"
        if name not in wanted:
            return name, "is not known"
        if found[name].shape != wanted[name].shape:
            return name, f"is {tuple(found[name].shape)}, but the network has {tuple(wanted[name].shape)}"
    return None
