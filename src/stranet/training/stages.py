"""What differs between the stages of a training: which weights move, and what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from stranet.features import FeatureNetwork, efficientnet_lite0, vgg16
from stranet.geometry.diffuse import diffuse
from stranet.geometry.warp import warp
from stranet.model.candidates import WHOLE
from stranet.model.compositions import compose
from stranet.model.fixed_temporal import FixedTemporalAggregation, copy
from stranet.model.stranet import STRANet
from stranet.training.align_steps import align_step
from stranet.training.batch import TrainingBatch
from stranet.training.config import StageName, TrainConfig
from stranet.training.discriminator import SpatialDiscriminator
from stranet.training.spatial_steps import spatial_critic_terms, spatial_step
from stranet.training.temporal_steps import TemporalStep, temporal_step

Terms = dict[str, Tensor]
"""Terms of a loss by name, scalars, before they are weighed."""


class Shown(NamedTuple):
    """What a stage makes of a batch, to be looked at and measured."""

    images: dict[str, Tensor]
    """Filled targets, (B, 3, H, W) in [0, 1]: the ``result`` and what it should be compared with."""
    where: Tensor
    """(B, 1, H, W) bool: what was to be filled."""
    source: Tensor
    """(B, 3, H, W) in [0, 1]: where the result comes from, as colours."""


class Stage(Protocol):
    """One stage of the training, of one network."""

    @property
    def trained(self) -> tuple[str, ...]:
        """Beginnings of the names of the parameters that are trained; all others stay as they are."""
        ...

    @property
    def critic(self) -> nn.Module | None:
        """Trained beside the network to tell its results from the truth; None where there is no such thing."""
        ...

    def terms(self, batch: TrainingBatch) -> Terms:
        """Terms of the loss by the names of `LossWeights`, each a mean over the clips of the batch."""
        ...

    def critic_terms(self, batch: TrainingBatch) -> Terms:
        """Terms of the critic's loss, to be added up; the network gets no gradient. Only asked for with a critic."""
        ...

    def show(self, batch: TrainingBatch) -> Shown | None:
        """The results, or None where the stage makes no pictures."""
        ...


@dataclass(frozen=True)
class AlignmentStage:
    """Affine and flow branch of the joint alignment."""

    model: STRANet
    trained: tuple[str, ...] = ("affine.", "flow.")
    critic: None = None

    def terms(self, batch: TrainingBatch) -> Terms:
        return align_step(self.model.affine, self.model.flow, batch).terms

    def critic_terms(self, batch: TrainingBatch) -> Terms:
        return {}

    def show(self, batch: TrainingBatch) -> Shown:
        """The nearest reference as each branch aligns it, where the unlearned flow shows it in the target's hole."""
        step = align_step(self.model.affine, self.model.flow, batch)
        count = batch.planes.shape[1] - 1
        registered, flowed = (warp(batch.planes[:, 1], batch.position[:, branch]) for branch in (0, count))
        images = {
            "affine": step.affine[:, 0],
            "flow": step.flow[:, 0],
            "unlearned_affine": registered.image[:, :3],
            "unlearned_flow": flowed.image[:, :3],
        }
        where = batch.hole[:, 0] & (flowed.image[:, 3:4] > WHOLE) & flowed.inside
        return Shown(images, where, flowed.image[:, :3])


@dataclass(frozen=True)
class TemporalStage:
    """Encoder, attention and decoder of the temporal aggregation, on references that are aligned without learning."""

    model: STRANet
    trained: tuple[str, ...] = ("temporal.",)
    critic: None = None

    def terms(self, batch: TrainingBatch) -> Terms:
        return temporal_step(self.model.temporal, batch).terms

    def critic_terms(self, batch: TrainingBatch) -> Terms:
        return {}

    def show(self, batch: TrainingBatch) -> Shown:
        step = temporal_step(self.model.temporal, batch)
        return show_temporal(step, step.output.image)


@dataclass(frozen=True)
class SpatialStage:
    """The spatial aggregation, in parts of the targets' holes, with a critic."""

    model: STRANet
    critic: SpatialDiscriminator | None
    features: FeatureNetwork | None
    trained: tuple[str, ...] = ("spatial.",)

    def terms(self, batch: TrainingBatch) -> Terms:
        return spatial_step(self.model.spatial, batch, self.features, self.critic).terms

    def critic_terms(self, batch: TrainingBatch) -> Terms:
        return {} if self.critic is None else spatial_critic_terms(self.model.spatial, batch, self.critic)

    def show(self, batch: TrainingBatch) -> Shown:
        """Colours of the source tell its place: red from top to bottom, green from left to right."""
        leftover, output, _ = spatial_step(self.model.spatial, batch)
        composed = batch.composed if batch.composed.numel() else compose(batch.image[:, 0], ~leftover, 0).images
        height, width = leftover.shape[-2:]
        row, column = output.source.float().split(1, 1)  # (B, 1, h, w) each
        place = torch.cat((row / height, column / width, torch.zeros_like(row)), 1)
        return Shown({"result": output.image, "unlearned": composed[:, 0]}, leftover, place)


@dataclass(frozen=True)
class JointStage:
    """Everything at once, end to end: what is copied tells the alignment how to move (paper section 4)."""

    model: STRANet
    critic: SpatialDiscriminator | None
    features: FeatureNetwork | None
    trained: tuple[str, ...] = ("affine.", "flow.", "temporal.", "spatial.")

    def terms(self, batch: TrainingBatch) -> Terms:
        """Those of all stages; terms of one name are added."""
        total: Terms = {}
        for stage in (AlignmentStage(self.model), SpatialStage(self.model, self.critic, self.features)):
            for name, term in stage.terms(batch).items():
                total[name] = total.get(name, 0.0) + term
        for name, term in self._temporal(batch).terms.items():
            total[name] = total.get(name, 0.0) + term
        return total

    def critic_terms(self, batch: TrainingBatch) -> Terms:
        return SpatialStage(self.model, self.critic, None).critic_terms(batch)

    def show(self, batch: TrainingBatch) -> Shown:
        step = self._temporal(batch)
        leftover = step.output.leftover
        return show_temporal(step, self.model.spatial(step.output.image, leftover, ~leftover).image)

    def _temporal(self, batch: TrainingBatch) -> TemporalStep:
        """On references that the network has aligned itself."""
        return temporal_step(self.model.temporal, batch._replace(position=self.model.align(batch.planes)))


def show_temporal(step: TemporalStep, result: Tensor) -> Shown:
    """What was copied, and from which candidate: a colour for each, black in the leftover."""
    target, output = step.target, step.output
    copied = diffuse(copy(output.attention, step.candidates.image), output.seen.float())
    unlearned = FixedTemporalAggregation()(target, step.candidates).image
    filled = {"result": result, "copy": copied, "unlearned": unlearned}
    images = {name: torch.where(target.visible, target.image, image) for name, image in filled.items()}
    count = output.attention.shape[1]
    return Shown(images, ~target.visible, in_colours(output.attention.argmax(1), count) * output.seen)


def in_colours(number: Tensor, count: int) -> Tensor:
    """(B, 1, h, w) from 0 to count - 1 -> (B, 3, h, w): evenly spread hues at full value and saturation."""
    hue = number * (6.0 / count)
    spoke = (hue.new_tensor([5.0, 3.0, 1.0])[:, None, None] + hue) % 6
    return 1 - torch.minimum(spoke, 4 - spoke).clamp(0, 1)


def make_stage(
    name: StageName, model: STRANet, critic: SpatialDiscriminator | None, features: FeatureNetwork | None
) -> Stage:
    """The stage of a name."""
    match name:
        case "alignment":
            return AlignmentStage(model)
        case "temporal":
            return TemporalStage(model)
        case "spatial":
            return SpatialStage(model, critic, features)
        case "joint":
            return JointStage(model, critic, features)


def make_critic(config: TrainConfig) -> SpatialDiscriminator | None:
    """The critic, where a stage has one and the adversarial term counts."""
    stages = {name for name, _ in config.stages}
    wanted = stages & {"spatial", "joint"} and config.weights.adversarial
    return SpatialDiscriminator(config.critic_width) if wanted else None


def make_features(config: TrainConfig) -> FeatureNetwork | None:
    """The network of the perceptual and style terms, where these count."""
    stages = {name for name, _ in config.stages}
    if not stages & {"spatial", "joint"} or not (config.weights.perceptual or config.weights.style):
        return None
    return {"efficientnet-lite0": efficientnet_lite0, "vgg16": vgg16}[config.features]()
