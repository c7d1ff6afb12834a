"""The network's boxes in the streaming engine, with weights of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scenes import fill, moving_hole

from stranet.model.stranet import STRANet
from stranet.model.weights import save_model


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained: attention and decoder then begin as the unlearned ones."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "net.safetensors"
    save_model(STRANet(), path, {})
    return path


@pytest.mark.parametrize("box", ["temporal", "spatial", "registration", "flow"])
@pytest.mark.parametrize("size", [(64, 48), (131, 97)])
def test_every_box_runs_and_leaves_the_rest_alone(weights, box, size):
    scene = moving_hole(5, size, step=0 if box == "spatial" else 4)
    filled = fill(scene, weights=weights, **{box: "network"})
    for out, frame, hole in zip(filled, scene.clean, scene.holes, strict=True):
        assert np.array_equal(out[~hole], frame[~hole])
        assert out[hole].std() > 0


def test_an_untrained_temporal_network_restores_a_still_scene(weights):
    scene = moving_hole(8)
    assert scene.psnr(fill(scene, weights=weights, temporal="network")) > 30


def test_two_runs_are_identical(weights):
    scene = moving_hole(5, pan=1)
    one, other = (fill(scene, weights=weights, temporal="network", spatial="network") for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
