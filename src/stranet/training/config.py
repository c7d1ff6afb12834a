"""What is trained, on what, and how: the one set of defaults for Python, TOML and the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, get_args

from tyro.conf import arg

from stranet.errors import ConfigError
from stranet.model.config import STRANetConfig
from stranet.training.loss_weights import LossWeights

StageName = Literal["alignment", "temporal", "spatial", "joint"]
LEAST_HOLE = 0.03
"""Least share of a target that is missing."""
PROCEDURAL = Path("procedural")
"""In place of a folder: textures and shapes that are made up, so that nothing needs to be downloaded."""


@dataclass(frozen=True)
class DataPaths:
    """Where frames and holes come from: folders or .tar files, looked into recursively."""

    images: tuple[Path, ...] = (PROCEDURAL,)
    """Still images for synthetic clips; "procedural" makes textures up."""
    silhouettes: tuple[Path, ...] = (PROCEDURAL,)
    """Object silhouettes, the shapes of holes; "procedural" makes shapes up."""
    clips: tuple[Path, ...] = ()
    """Short real videos, or folders of them; none = synthetic clips only."""
    real_share: float = 0.25
    """Share of real clips in training, 0 to 1, where there are any."""
    most_hole: float = 0.25
    """Largest share of a target that is missing, 0.03 to 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.real_share <= 1:
            raise ConfigError(f"real_share is {self.real_share}, but must lie between 0 and 1")
        if not LEAST_HOLE <= self.most_hole < 1:
            raise ConfigError(f"most_hole is {self.most_hole}, but must lie between {LEAST_HOLE} and 1")
        for name in ("images", "silhouettes"):
            paths = getattr(self, name)
            if not paths or (PROCEDURAL in paths and len(paths) > 1):
                shown = ", ".join(map(str, paths)) or "empty"
                raise ConfigError(f"{name} is {shown}, but must be folders or .tar files, or procedural alone")


@dataclass(frozen=True)
class Running:
    """What may change between two legs of one training: it decides how, not what."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to train; auto = cuda, then mps, then cpu. Under torchrun every process takes its own GPU."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """bf16 = autocast of the forward pass; auto = bf16 on GPUs that have it, fp32 elsewhere."""
    channels_last: bool = False
    """Keep convolutions channels-last: faster on GPUs with bf16, and on some CPUs."""
    threads: int = 0
    """CPU threads of PyTorch, 0 = its own choice."""
    workers: int = 1
    """Processes that prepare batches beside the training, 0 = prepare them in between."""
    log_steps: int = 20
    """Steps between two lines of metrics.jsonl."""
    checkpoint_steps: int = 1000
    """Steps between two checkpoints, 0 = by the clock only; one is always written at the end."""
    checkpoint_minutes: float = 10.0
    """Minutes between two checkpoints, 0 = by steps only."""
    validate_steps: int = 1000
    """Steps between two validations, 0 = never but at the end of a stage."""
    sample_steps: int = 1000
    """Steps between two strips of held-out samples, 0 = never but at the end of a stage."""

    def __post_init__(self) -> None:
        _at_least(self, 0, "threads", "workers", "checkpoint_steps", "checkpoint_minutes")
        _at_least(self, 0, "validate_steps", "sample_steps")
        _at_least(self, 1, "log_steps")


@dataclass(frozen=True)
class TrainConfig:
    """One training from first to last step."""

    out: Path = Path("runs/train")
    """Folder for checkpoints, metrics, curves and samples."""
    seed: int = 1
    """Of the initial weights, the data and everything random."""
    stages: tuple[tuple[StageName, int], ...] = (("alignment", 4000), ("temporal", 20000), ("spatial", 6000))
    """What is trained for how many steps, in this order."""
    size: int = 256
    """Side of the square crops, pixels."""
    references: int = 4
    """Reference frames beside the target, at least 1 (the paper trains with 4)."""
    batch: int = 4
    """Clips in a step, over all processes together."""
    learning_rate: float = 3e-4
    """Of Adam, at its highest."""
    warmup: int = 200
    """Steps of a stage in which the learning rate rises to its highest."""
    final_rate: float = 0.05
    """Share of the learning rate that a stage ends with; it falls along half a cosine."""
    weight_decay: float = 0.0
    """Decoupled from the gradient (AdamW)."""
    clip_gradient: float = 1.0
    """Largest norm of a step's gradient, 0 = any."""
    ema: float = 0.999
    """Decay per step of the averaged weights, which are what is validated and shipped; 0 = no averaging."""
    reuse: int = 0
    """Batches that are made; the training goes over them again and again, mirrored now and then. 0 = new ones in every
    step. They stay in memory."""
    overfit: bool = False
    """Train on the first batch only: the loss must then fall towards nothing."""
    init: Path | None = None
    """Weights file to start from instead of random weights."""
    features: Literal["efficientnet-lite0", "vgg16"] = "efficientnet-lite0"
    """Frozen network of the perceptual and style terms: embedded, or the paper's, which is a download."""
    critic_width: int = 64
    """Channels of the critic's first convolution; its others have up to four times as many."""
    validation_clips: int = 16
    """Held-out clips of each kind (synthetic, real) in a validation."""
    data: Annotated[DataPaths, arg(name="")] = field(default_factory=DataPaths)
    weights: LossWeights = field(default_factory=LossWeights)
    model: STRANetConfig = field(default_factory=STRANetConfig)
    running: Annotated[Running, arg(name="")] = field(default_factory=Running)

    def __post_init__(self) -> None:
        _at_least(self, 0, "seed", "warmup", "reuse", "weight_decay", "clip_gradient")
        _at_least(self, 1, "batch", "references", "critic_width", "validation_clips")
        _at_least(self, 32, "size")
        if not self.stages:
            raise ConfigError(f"stages is empty, but must name at least one of {', '.join(get_args(StageName))}")
        for name, steps in self.stages:
            if name not in get_args(StageName) or steps < 1:
                allowed = f"one of {', '.join(get_args(StageName))} with at least 1 step"
                raise ConfigError(f"stages holds {name!r} with {steps} steps, but must hold {allowed}")
        if self.learning_rate <= 0:
            raise ConfigError(f"learning_rate is {self.learning_rate}, but must be above 0")
        for name, value in (("ema", self.ema), ("final_rate", self.final_rate)):
            if not 0 <= value <= 1:
                raise ConfigError(f"{name} is {value}, but must lie between 0 and 1")

    @property
    def steps(self) -> int:
        """Of all stages together."""
        return sum(steps for _, steps in self.stages)


def _at_least(config: object, least: int, *names: str) -> None:
    for name in names:
        if getattr(config, name) < least:
            raise ConfigError(f"{name} is {getattr(config, name)}, but must be at least {least}")
