"""How unlike an output looks inside the hole: features of a network that knows photographs, compared.

The embedded network is the beginning of EfficientNet-Lite0, see `stranet.features`; LPIPS itself (Zhang et al. 2018) is
an extra, for its weights must be downloaded.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from stranet.errors import StraNetError
from stranet.evaluation.regions import surroundings
from stranet.features import FeatureNetwork, efficientnet_lite0
from stranet.geometry.scale import to_tensor
from stranet.types import HoleArray

MARGIN = 32
"""Pixels around the hole that the network sees, about its receptive field."""
GRID = 8
"""Pixels per position of the coarsest feature map."""

Uint8Array = NDArray[np.uint8]


class HoleDistance(Protocol):
    """Compares outputs with one truth inside one hole."""

    def distance(self, output: Uint8Array) -> float:
        """0 = alike; lower is better."""
        ...


class FeatureDistance:
    """Squared difference of features of unit length, as a mean over positions that touch the hole, and over maps.

    As `stranet.features.perceptual_distance`, but inside the hole. 0 = alike, at most 4.
    """

    def __init__(self, network: FeatureNetwork, truth: Uint8Array, hole: HoleArray) -> None:
        """Work out the features of the truth once.

        Args:
            network: maps at 1/2, 1/4 and 1/8.
            truth: (H, W, 3) uint8.
            hole: (H, W), not empty.
        """
        self._network, self._window = network, surroundings(hole, MARGIN).slices
        self._hole = _padded(torch.from_numpy(hole[self._window].astype(np.float32))[None, None])
        self._truth = [F.normalize(plane) for plane in self._features(truth)]

    def distance(self, output: Uint8Array) -> float:
        scales = []
        for ours, true in zip(self._features(output), self._truth, strict=True):
            differs = (F.normalize(ours) - true).square().sum(1, keepdim=True)  # (1, 1, h, w)
            touched = F.adaptive_max_pool2d(self._hole, differs.shape[-2:]) > 0
            scales.append(differs[touched].mean())
        return float(torch.stack(scales).mean())

    @torch.inference_mode()
    def _features(self, picture: Uint8Array) -> tuple[Tensor, ...]:
        return self._network(_padded(to_tensor(picture[self._window])))


class LpipsDistance:
    """LPIPS as a map, averaged over the hole."""

    def __init__(self, network: Any, truth: Uint8Array, hole: HoleArray) -> None:
        """As `FeatureDistance`; ``network`` is a spatial ``lpips.LPIPS``."""
        self._network, self._window = network, surroundings(hole, MARGIN).slices
        self._hole = torch.from_numpy(np.ascontiguousarray(hole[self._window]))
        self._truth = to_tensor(truth[self._window])

    @torch.inference_mode()
    def distance(self, output: Uint8Array) -> float:
        differs = self._network(to_tensor(output[self._window]), self._truth, normalize=True)  # (1, 1, h, w)
        return float(differs[0, 0][self._hole].mean())


@cache
def embedded_network() -> FeatureNetwork:
    """The embedded feature network, loaded once.

    Raises:
        StraNetError: Its package is not installed, or damaged.
    """
    return efficientnet_lite0()


@cache
def lpips_network(backbone: str) -> Any:
    """LPIPS on AlexNet ("alex") or VGG-16 ("vgg").

    Raises:
        StraNetError: The package is not installed, or its weights cannot be had.
    """
    try:
        import lpips  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise StraNetError("LPIPS needs more packages; install them with: pip install lpips torchvision") from None
    try:
        return lpips.LPIPS(net=backbone, spatial=True, verbose=False).eval().requires_grad_(False)
    except (OSError, RuntimeError) as error:
        raise StraNetError(f"weights of LPIPS ({backbone}) cannot be had ({error}); go online once") from error


def _padded(planes: Tensor) -> Tensor:
    """(1, C, h, w) replicated to a multiple of the grid."""
    bottom, right = -planes.shape[-2] % GRID, -planes.shape[-1] % GRID
    return F.pad(planes, (0, right, 0, bottom), mode="replicate")
