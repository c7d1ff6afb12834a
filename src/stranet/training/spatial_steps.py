"""The loss terms of the spatial stage: holes of single images, filled from what the images themselves show."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from stranet.features import FeatureNetwork
from stranet.model.aggregation import SpatialOutput
from stranet.model.compositions import Compositions
from stranet.model.spatial import SpatialAggregation
from stranet.training.batch import TrainingBatch
from stranet.training.discriminator import Critic, critic_terms
from stranet.training.losses import (
    adversarial_loss,
    detail_loss,
    hole_leftover_loss,
    log_leftover_loss,
    perceptual_loss,
    reconstruction_loss,
    style_loss,
)


class SpatialStep(NamedTuple):
    """One batch, filled."""

    leftover: Tensor
    """(B, 1, h, w) bool."""
    output: SpatialOutput
    terms: dict[str, Tensor]
    """By the names of ``LossWeights``."""


def spatial_step(
    spatial: SpatialAggregation,
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
    truth, leftover = batch.image[:, 0], batch.leftover
    output = fill_leftover(spatial, batch)
    image = output.image
    terms = {
        "hole_leftover": hole_leftover_loss(image, truth, leftover),
        "reconstruction": reconstruction_loss(image, truth, leftover),
        "detail": detail_loss(image, truth, leftover),
        "log_leftover": log_leftover_loss(image, truth, leftover),
    }
    if features is not None:
        with torch.no_grad():
            wanted = features(truth)
        found = features(image)
        terms |= {"perceptual": perceptual_loss(found, wanted), "style": style_loss(found, wanted)}
    if critic is not None:
        terms["adversarial"] = adversarial_loss(critic(image, leftover))
    return SpatialStep(leftover, output, terms)


def spatial_critic_terms(spatial: SpatialAggregation, batch: TrainingBatch, critic: Critic) -> dict[str, Tensor]:
    """Terms of the critic's loss on the same leftovers, to be added up; the network gets no gradient."""
    with torch.no_grad():
        fake = fill_leftover(spatial, batch).image
    return critic_terms(critic, batch.image[:, 0], fake, batch.leftover)


def fill_leftover(spatial: SpatialAggregation, batch: TrainingBatch) -> SpatialOutput:
    """The targets, seen but for their leftover; what was composed for them beforehand is not composed again."""
    blank = torch.where(batch.leftover, 0.0, batch.image[:, 0])
    composed = None
    if batch.composed.numel():
        composed = Compositions(batch.composed, batch.leftover.expand(-1, 2, -1, -1).long())  # no loss needs sources
    return spatial(blank, batch.leftover, ~batch.leftover, composed)
