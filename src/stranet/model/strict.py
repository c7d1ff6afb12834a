"""Weights from a file are taken as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

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


class Advice(NamedTuple):
    """What to do about a file that cannot be used."""

    absent: str
    other_format: str
    damaged: str


def read_described(path: Path, wanted: int, what: str, advice: Advice) -> tuple[bytes, dict[str, Any]]:
    """A file and the JSON beside it that describes it, of one format and with the checksum that the JSON states.

    Args:
        path: the file; the JSON has the same name with ``.json``.
        wanted: the format that can be read.
        what: the JSON describes, for messages.
        advice: ends the messages.

    Raises:
        WeightsError: a file is missing, damaged or of another format.
    """
    beside = path.with_suffix(".json")
    try:
        data = path.read_bytes()
        card = json.loads(beside.read_text(encoding="utf-8"))
        checksum, found = card["sha256"], card["format"]
    except OSError as error:
        raise WeightsError(f"{error.filename}: cannot be read ({error.strerror}); {advice.absent}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{beside}: not the description of {what} ({error!r})") from error
    if found != wanted:
        raise WeightsError(f"{beside}: format {found!r}, but this version reads {wanted}; {advice.other_format}")
    if hashlib.sha256(data).hexdigest() != checksum:
        raise WeightsError(f"{path}: does not match the checksum in {beside.name}; it is damaged, {advice.damaged}")
    return data, card
