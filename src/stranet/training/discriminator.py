"""The critic of the spatial stage: WGAN-GP on the leftover, as in HiFill (Yi et al. 2020; paper equation 9).

The critic learns to score truth above results; its gradient with regard to the leftover's pixels is held at length 1
(Gulrajani et al. 2017), so that the difference of the scores is a distance between truth and results.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

PENALTY_WEIGHT = 10.0
"""Lambda of WGAN-GP."""
LEAK = 0.2

Critic = Callable[[Tensor, Tensor], Tensor]
"""(B, 3, h, w) image and (B, 1, h, w) bool leftover -> (B,) scores."""


class SpatialDiscriminator(nn.Module):
    """Five strided 5x5 convolutions and a score at every 32nd pixel; an image's score is their mean."""

    def __init__(self, width: int = 64, spectral: bool = False) -> None:
        """Build the critic.

        Args:
            width: channels of the first convolution; the others have 2, 4, 4 and 4 times as many. The paper's is 64.
            spectral: divide every convolution's weights by their largest singular value.
        """
        super().__init__()
        channels = (4, width, 2 * width, 4 * width, 4 * width, 4 * width)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            layers += [_bounded(nn.Conv2d(inputs, outputs, 5, 2, 2), spectral), nn.LeakyReLU(LEAK)]
        self.layers = nn.Sequential(*layers, _bounded(nn.Conv2d(channels[-1], 1, 1), spectral))

    def forward(self, image: Tensor, leftover: Tensor) -> Tensor:
        """(B, 3, h, w) in [0, 1] and (B, 1, h, w) bool, any h and w >= 1 -> (B,) scores, high for true images."""
        planes = torch.cat((2 * image - 1, leftover.to(image.dtype)), 1)  # (B, 4, h, w)
        return self.layers(planes).float().mean((1, 2, 3))


def critic_terms(critic: Critic, real: Tensor, fake: Tensor, leftover: Tensor) -> dict[str, Tensor]:
    """Terms of the critic's loss, to be added up; the maker of ``fake`` gets no gradient.

    Args:
        critic: is trained.
        real: (B, 3, h, w), the truth.
        fake: (B, 3, h, w), equal to the truth outside of the leftover, or nearly so.
        leftover: (B, 1, h, w) bool.
    """
    fake = fake.detach()
    return {
        "critic": critic_loss(critic(real, leftover), critic(fake, leftover)),
        "gradient_penalty": PENALTY_WEIGHT * gradient_penalty(critic, real, fake, leftover),
    }


def critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """What the critic minimises: minus the distance between truth and results that its scores claim."""
    return fake_scores.float().mean() - real_scores.float().mean()


def gradient_penalty(critic: Critic, real: Tensor, fake: Tensor, leftover: Tensor) -> Tensor:
    """How far the critic's slope in the leftover is from 1, squared, as a mean over the batch.

    The slope is taken at random places between truth and result, and counts only pixels of the leftover; clips without
    one cost nothing. Random numbers are those of PyTorch's default generator.
    """
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = torch.lerp(fake.detach().float(), real.detach().float(), share).requires_grad_()
    scores = critic(between, leftover)  # (B,), each depends on its own image only
    (gradient,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    square = (gradient * leftover).float().square().sum((1, 2, 3))  # (B,)
    slope = (square + 1e-12).sqrt()  # a length of exactly 0 would have no gradient
    return ((slope - 1).square() * leftover.flatten(1).any(1)).mean()


def _bounded(layer: nn.Module, spectral: bool) -> nn.Module:
    return spectral_norm(layer) if spectral else layer
