"""The weights of the photo network on disk: half-precision safetensors with a JSON beside them that says what they are.

photo.safetensors     every tensor of `PhotoNetwork`, float16
photo.json            format, checksum of the tensors, what they are, source and licence
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from stranet.errors import WeightsError
from stranet.model.strict import take_weights
from stranet.photo.network import PhotoNetwork

EMBEDDED = Path(__file__).parents[1] / "weights" / "photo.safetensors"
"""Inside the package."""
FORMAT = 1
"""Changes when old files can no longer be read."""


def load_photo_network(path: Path = EMBEDDED) -> PhotoNetwork:
    """Read the network strictly: the checksum, every tensor and no other, all finite.

    Returns:
        In eval mode, float32, on the CPU, without gradients.

    Raises:
        WeightsError: a file is missing, damaged or of another network.
    """
    beside = path.with_suffix(".json")
    try:
        data = path.read_bytes()
        card = json.loads(beside.read_text(encoding="utf-8"))
        checksum, found = card["sha256"], card["format"]
    except OSError as error:
        raise WeightsError(f"{error.filename}: cannot be read ({error.strerror}); install stranet again") from error
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{beside}: not the description of a photo network ({error!r})") from error
    if found != FORMAT:
        raise WeightsError(f"{beside}: format {found!r}, but this version reads {FORMAT}; install stranet again")
    if hashlib.sha256(data).hexdigest() != checksum:
        raise WeightsError(
            f"{path}: does not match the checksum in {beside.name}; it is damaged, install stranet again"
        )
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise WeightsError(f"{path}: {error}") from error
    network = PhotoNetwork()
    take_weights(network, tensors, path)
    # Twice as fast on processors with the channels last.
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@cache
def embedded_photo_network() -> PhotoNetwork:
    """The network that comes with the package, read once."""
    return load_photo_network()
