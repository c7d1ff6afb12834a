"""The weights of the photo network on disk: half-precision safetensors with a JSON beside them that says what they are.

photo.safetensors     every tensor of `PhotoNetwork`, float16
photo.json            format, checksum of the tensors, what they are, source and licence
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from stranet.errors import WeightsError
from stranet.model.strict import Advice, read_described, take_weights
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
    data, _ = read_described(path, FORMAT, "a photo network", Advice(*["install stranet again"] * 3))
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
