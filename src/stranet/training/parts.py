"""What a training is made of: the network, its stages, and clips to train and to validate on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from torch import nn

from stranet.config import changed_keys
from stranet.data.clip import ClipSource
from stranet.errors import ConfigError
from stranet.model.stranet import STRANet
from stranet.model.weights import BOXES, load_weights, save_model
from stranet.training.batch import TrainingBatch, load_batches
from stranet.training.clips import make_clips
from stranet.training.config import StageName, TrainConfig
from stranet.training.distributed import Processes
from stranet.training.reuse import reused
from stranet.training.stages import Stage, make_critic, make_features, make_stage
from stranet.training.validate import HeldOut


class MakeStage(Protocol):
    """Gives a stage of a network; of the trained one to train it, of the averaged one to look at it."""

    def __call__(self, name: StageName, model: Any, critic: Any) -> Stage: ...


class Parts(NamedTuple):
    """Everything that the loop turns."""

    model: nn.Module
    """Freshly initialised, on the CPU."""
    critic: nn.Module | None
    """Of the stages that have one."""
    stage: MakeStage
    batches: Callable[[range, Processes], Generator[TrainingBatch]]
    """This process's share of the batches of the given steps: the same whenever and wherever it is asked for."""
    held_out: HeldOut
    export: Callable[[Any, Path, dict[str, Any]], None]
    """Writes the weights of a network into a file, with what is known about their training."""


def make_parts(config: TrainConfig) -> Parts:
    """STRANet, and the clips that it learns from.

    Raises:
        OpenError: A data path is missing or holds nothing of use.
        ConfigError: The initial weights are of another model config.
        WeightsError: The file of initial weights is missing, damaged or of another network.
    """
    clips, features = make_clips(config), make_features(config)
    composed = config.model.spatial.coarse == "patches" and any(
        name in ("spatial", "joint") for name, _ in config.stages
    )

    def batches(steps: range, processes: Processes) -> Generator[TrainingBatch]:
        # What is kept to be used again is too much to be pinned.
        share, pin = config.batch // processes.world, processes.device.type == "cuda" and not config.reuse
        workers, rank, world = config.running.workers, processes.rank, processes.world

        def load(wanted: Iterable[int]) -> Iterator[TrainingBatch]:
            return load_batches(clips.training, share, wanted, workers, rank, world, pin, composed)

        if config.reuse:
            yield from reused(load, steps, config.reuse, config.seed, processes.device)
        else:
            yield from load(steps)

    def held_out(source: ClipSource) -> Generator[TrainingBatch]:
        steps, workers = range(config.validation_clips), config.running.workers
        yield from load_batches(source, 1, steps, workers, composed=composed)

    return Parts(
        make_network(config),
        make_critic(config),
        partial(make_stage, features=features),
        batches,
        {kind: partial(held_out, source) for kind, source in clips.held_out.items()},
        save_model,
    )


def trained_boxes(config: TrainConfig) -> list[str]:
    """The parts of the network that have been trained in the end, here or before."""
    here = {box for name, _ in config.stages for box in BOXES_OF[name]}
    before = load_weights(config.init).trained if config.init else ()
    return [box for box in BOXES if box in here or box in before]


BOXES_OF: dict[StageName, tuple[str, ...]] = {
    "alignment": ("registration", "flow"),
    "temporal": ("temporal",),
    "spatial": ("spatial",),
    "joint": BOXES,
}
"""What each stage trains."""


def make_network(config: TrainConfig) -> STRANet:
    """The network, with random weights or those that the training starts from."""
    if config.init is None:
        return STRANet(config.model)
    model = load_weights(config.init).model
    if changed := changed_keys(model.config, config.model):
        raise ConfigError(f"{config.init} holds a network of another model config; it differs in {', '.join(changed)}")
    return model
