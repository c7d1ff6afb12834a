"""The loss terms of the temporal stage: one batch through encoder, candidates, attention and decoder."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from stranet.model.aggregation import Candidates, Features, Target, TemporalOutput
from stranet.model.candidates import Reference, align_candidates
from stranet.model.temporal import TemporalAggregation
from stranet.training.batch import TrainingBatch
from stranet.training.losses import (
    detail_loss,
    hole_leftover_loss,
    hole_visible_loss,
    non_hole_loss,
    selection_loss,
)


class TemporalStep(NamedTuple):
    """One batch, aggregated."""

    target: Target
    candidates: Candidates
    output: TemporalOutput
    terms: dict[str, Tensor]
    """By the names of ``LossWeights``."""


def temporal_step(temporal: TemporalAggregation, batch: TrainingBatch, light: bool = True) -> TemporalStep:
    """Aggregate a batch whose references are aligned already, and compare with the truth (equations 3 to 5)."""
    frames = batch.planes.shape[1]
    encoded = temporal.encode(batch.planes.flatten(0, 1))
    features: list[Features] = [
        tuple(scale.unflatten(0, (-1, frames))[:, index] for scale in encoded) for index in range(frames)
    ]
    own = batch.planes[:, 0]
    target = Target(own[:, :3], own[:, 3:4] > 0.5, features[0])
    references = [Reference(batch.planes[:, index], features[index]) for index in range(1, frames)]
    candidates = align_candidates(
        target, references, batch.position, batch.reference, batch.is_flow, batch.apart, light
    )
    output = temporal(target, candidates)

    truth, hole = batch.image[:, 0], ~target.visible
    copied = hole & output.seen
    terms = {
        "hole_visible": hole_visible_loss(output.image, truth, hole, output.seen),
        "hole_leftover": hole_leftover_loss(output.image, truth, output.leftover),
        "non_hole": non_hole_loss(output.image, truth, hole),
        "selection": selection_loss(output.attention, candidates.image, truth, copied, candidates.visible),
        "detail": detail_loss(output.image, truth, copied),
    }
    return TemporalStep(target, candidates, output, terms)
