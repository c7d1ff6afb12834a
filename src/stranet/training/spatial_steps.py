"""The loss terms of the spatial stage: holes of single images, filled from what the images themselves show."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from stranet.model.aggregation import SpatialAggregator, SpatialOutput
from stranet.training.batch import TrainingBatch
from stranet.training.discriminator import Critic, critic_terms
from stranet.training.features import FeatureNetwork
from stranet.training.losses import (
    adversarial_loss,
    detail_loss,
    hole_leftover_loss,
    perceptual_loss,
    reconstruction_loss,
    style_loss,
)

LEAST_COMMON = 0.25
"""Share of the target's hole: where two holes have less in common, the whole of it serves as leftover."""


class SpatialStep(NamedTuple):
    """One batch, filled."""

    leftover: Tensor
    """(B, 1, h, w) bool."""
    output: SpatialOutput
    terms: dict[str, Tensor]
    """By the names of ``LossWeights``."""


def spatial_step(
    spatial: SpatialAggregator,
    batch: TrainingBatch,
    features: FeatureNetwork | None = None,
    critic: Critic | None = None,
) -> SpatialStep:
    """Fill part of the targets' holes, and compare with the truth (equations 4 and 6 to 9).

    Args:
        spatial: is trained.
        batch: only its targets and the shapes of its holes are looked at.
        features: of the perceptual and style terms; None = without these terms.
        critic: of the adversarial term, not trained by it; None = without it.
    """
    truth, leftover = batch.image[:, 0], leftover_of(batch)
    output = spatial(torch.where(leftover, 0.0, truth), leftover, ~leftover)
    image = output.image
    terms = {
        "hole_leftover": hole_leftover_loss(image, truth, leftover),
        "reconstruction": reconstruction_loss(image, truth, leftover),
        "detail": detail_loss(image, truth, leftover),
    }
    if features is not None:
        with torch.no_grad():
            wanted = features(truth)
        found = features(image)
        terms |= {"perceptual": perceptual_loss(found, wanted), "style": style_loss(found, wanted)}
    if critic is not None:
        terms["adversarial"] = adversarial_loss(critic(image, leftover))
    return SpatialStep(leftover, output, terms)


def spatial_critic_terms(spatial: SpatialAggregator, batch: TrainingBatch, critic: Critic) -> dict[str, Tensor]:
    """Terms of the critic's loss on the same leftovers, to be added up; the network gets no gradient."""
    truth, leftover = batch.image[:, 0], leftover_of(batch)
    with torch.no_grad():
        fake = spatial(torch.where(leftover, 0.0, truth), leftover, ~leftover).image
    return critic_terms(critic, truth, fake, leftover)


def leftover_of(batch: TrainingBatch) -> Tensor:
    """(B, 1, h, w) bool: what the spatial stage fills of each target's hole, a pure function of the clip.

    What the target's hole and that of its first reference have in common: a camera at rest never shows it. So leftovers
    come in the shapes of object silhouettes and of what remains of them; everything else counts as known.
    """
    hole = batch.hole[:, 0]
    common = hole & batch.hole[:, 1]
    large = common.sum((1, 2, 3)) >= LEAST_COMMON * hole.sum((1, 2, 3))
    return torch.where(large[:, None, None, None], common, hole)
