"""One stage's optimisation: weights, their running average, optimizers, and the step that moves them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from stranet.errors import WeightsError
from stranet.model.strict import first_difference
from stranet.training.batch import TrainingBatch
from stranet.training.checkpoint import Checkpoint
from stranet.training.config import TrainConfig
from stranet.training.distributed import Processes
from stranet.training.losses import total
from stranet.training.schedule import Span, average_decay, learning_rate
from stranet.training.stages import Stage, Terms

CRITIC_BETAS = (0.5, 0.9)
"""Of the critic's Adam, as usual for WGAN-GP."""


class Moved(NamedTuple):
    """What one step did."""

    terms: Terms
    """Unweighted, of this process, without gradient; ``total`` is their weighted sum."""
    gradient: float
    """Norm of the gradient before clipping."""
    rate: float
    """Learning rate."""

    @property
    def finite(self) -> bool:
        """False: nothing was moved."""
        return self.gradient < float("inf")  # also False for NaN


class Learner:
    """Moves the weights that a stage trains."""

    def __init__(
        self,
        config: TrainConfig,
        span: Span,
        model: nn.Module,
        average: nn.Module,
        stage: Stage,
        processes: Processes,
    ) -> None:
        """Freeze all that the stage does not train.

        Args:
            config: the whole training.
            span: which steps of it are this stage.
            model: is trained.
            average: a copy of it, for the averaged weights.
            stage: of ``model``.
            processes: this process and the others.
        """
        self._config, self._span, self._stage, self._processes = config, span, stage, processes
        self._mean = dict(average.named_parameters())
        model.requires_grad_(False)
        self._trained = {name: p for name, p in model.named_parameters() if name.startswith(stage.trained)}
        if not self._trained:
            raise WeightsError(
                f"stage {span.stage} trains {', '.join(stage.trained)}, but the network has no such part"
            )
        for parameter in self._trained.values():
            parameter.requires_grad_(True)
        self._optimizer = _adam(self._trained, config, (0.9, 0.999))
        self._critic = dict(stage.critic.named_parameters()) if stage.critic is not None else {}
        self._critic_optimizer = _adam(self._critic, config, CRITIC_BETAS) if self._critic else None

    def step(self, batch: TrainingBatch, step: int) -> Moved:
        """Move the critic, if there is one, then the model, then the average.

        A gradient that is not finite moves nothing.
        """
        rate = learning_rate(self._config, self._span, step)
        seed = self._config.seed * 1_000_003 + step * self._processes.world + self._processes.rank
        with seeded(seed, self._processes.device):
            critic_terms: Terms = {}
            if self._critic_optimizer is not None:
                with self._autocast():
                    critic_terms = self._stage.critic_terms(batch)
                self._move(self._critic_optimizer, self._critic, torch.stack(list(critic_terms.values())).sum(), rate)
            with self._autocast():
                terms = self._stage.terms(batch)
            loss = total(terms, self._config.weights)
            gradient = self._move(self._optimizer, self._trained, loss, rate)
        moved = Moved(_detached({"total": loss, **terms, **critic_terms}), gradient, rate)
        if moved.finite:
            self._follow(average_decay(self._config, self._span, step))
        return moved

    def moments(self) -> dict[str, Tensor]:
        """What the optimizers remember, by name; everything else is in the weights."""
        found = _moments("optimizer", self._optimizer, self._trained)
        return found | (
            _moments("critic_optimizer", self._critic_optimizer, self._critic) if self._critic_optimizer else {}
        )

    def restore(self, saved: Checkpoint) -> None:
        """Go on with the moments of a checkpoint of the same stage.

        Raises:
            WeightsError: They are of another network.
        """
        _set_moments(self._optimizer, self._trained, saved.below("optimizer"))
        if self._critic_optimizer is not None:
            _set_moments(self._critic_optimizer, self._critic, saved.below("critic_optimizer"))

    def _move(
        self, optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter], loss: Tensor, rate: float
    ) -> float:
        """One step of an optimizer; returns the norm of the gradient. Every process moves alike."""
        wanted = list(parameters.values())
        gradients = torch.autograd.grad(loss, wanted, allow_unused=True)
        for parameter, gradient in zip(wanted, gradients, strict=True):
            # What this batch does not touch has a gradient of zero: the same in one process and in many.
            parameter.grad = torch.zeros_like(parameter) if gradient is None else gradient.to(parameter.dtype)
        self._processes.average([parameter.grad for parameter in wanted if parameter.grad is not None])
        limit = self._config.clip_gradient or float("inf")
        norm = float(nn.utils.clip_grad_norm_(wanted, limit))
        if norm < float("inf"):
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        optimizer.zero_grad()
        return norm

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        """Let the average follow the weights that were moved."""
        for name, parameter in self._trained.items():
            self._mean[name].lerp_(parameter, 1 - decay)

    @contextmanager
    def _autocast(self) -> Iterator[None]:
        with torch.autocast(self._processes.device.type, torch.bfloat16, in_bf16(self._config, self._processes.device)):
            yield


def in_bf16(config: TrainConfig, device: torch.device) -> bool:
    """Whether forward passes run in bf16."""
    if config.running.precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported()
    return config.running.precision == "bf16"


def averaging(model: nn.Module) -> nn.Module:
    """A copy of a model that takes its averaged weights; never trained."""
    return copy.deepcopy(model).requires_grad_(False).eval()


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Random numbers that follow from ``seed`` alone; those of the caller go on afterwards as if nothing were drawn."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _adam(parameters: Mapping[str, nn.Parameter], config: TrainConfig, betas: tuple[float, float]) -> torch.optim.AdamW:
    return torch.optim.AdamW(parameters.values(), betas=betas, weight_decay=config.weight_decay)


def _moments(kind: str, optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter]) -> dict[str, Tensor]:
    return {
        f"{kind}.{name}/{moment}": tensor
        for name, parameter in parameters.items()
        for moment, tensor in optimizer.state[parameter].items()
    }


def _set_moments(
    optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter], tensors: Mapping[str, Tensor]
) -> None:
    for full_name, tensor in tensors.items():
        name, moment = full_name.split("/")
        if name not in parameters:
            raise WeightsError(f"the checkpoint holds moments of {name}, which this network does not train")
        parameter = parameters[name]
        here = tensor if moment == "step" else torch.empty_like(parameter).copy_(tensor)  # keeps channels-last
        optimizer.state[parameter][moment] = here


def load_strictly(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Take over the weights of a checkpoint.

    Raises:
        WeightsError: They are of another network.
    """
    difference = first_difference(module, tensors)
    if difference is not None:
        raise WeightsError(f"the checkpoint is of another network: it differs in {difference[0]}; train anew")
    module.load_state_dict(tensors)


def _detached(terms: Terms) -> Terms:
    return {name: term.detach() for name, term in terms.items()}
