"""A training of four weights, for tests of the loop: what it computes is known in closed form."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stranet.training.batch import TrainingBatch
from stranet.training.checkpoint import Checkpoint, load_checkpoint
from stranet.training.config import Running, StageName, TrainConfig
from stranet.training.distributed import Processes
from stranet.training.loop import Limits, train
from stranet.training.parts import Parts
from stranet.training.report import Run
from stranet.training.run_log import read_lines
from stranet.training.stages import Shown, Terms

SIZE = 32
"""Side of a frame."""
FRAMES = 3


class Tint(nn.Module):
    """Every colour gets a factor and an offset; the truth is reached at (1, 0)."""

    def __init__(self) -> None:
        super().__init__()
        self.flow = nn.Linear(1, 1)
        self.temporal = nn.Conv2d(3, 3, 1)
        self.spatial = nn.Conv2d(3, 3, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.spatial(self.temporal(image))


class TintStage:
    """Trains one layer to give the target back; with noise, so that random numbers matter."""

    def __init__(self, name: StageName, model: nn.Module, critic: nn.Module | None, noise: float) -> None:
        self.trained = ("temporal.", "spatial.") if name == "joint" else (f"{name}.",)
        self.critic = critic if name == "spatial" else None
        self._model, self._noise = model, noise

    def terms(self, batch: TrainingBatch) -> Terms:
        truth = batch.image[:, 0]
        seen = truth + self._noise * torch.randn_like(truth)
        terms = {"non_hole": (self._model(seen) - truth).abs().mean()}
        if self.critic is not None:
            terms["adversarial"] = -self.critic(self._model(seen)).mean()
        return terms

    def critic_terms(self, batch: TrainingBatch) -> Terms:
        assert self.critic is not None
        with torch.no_grad():
            made = self._model(batch.image[:, 0])
        return {"critic": self.critic(made).mean() - self.critic(batch.image[:, 0]).mean()}

    def show(self, batch: TrainingBatch) -> Shown | None:
        target = batch.image[:, 0]
        result = torch.where(batch.hole[:, 0], self._model(target), target)
        return Shown({"result": result, "copy": target}, batch.hole[:, 0], target)


def make_batch(indices: range) -> TrainingBatch:
    """Clips of noise with a square hole, a pure function of their indices."""
    images = []
    for index in indices:
        images.append(torch.rand(FRAMES, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(index)))
    image = torch.stack(images)
    count = len(image)
    hole = torch.zeros(count, FRAMES, 1, SIZE, SIZE, dtype=torch.bool)
    hole[..., 8:16, 8:16] = True
    visible = (~hole).float()
    grid = torch.stack(torch.meshgrid(torch.arange(float(SIZE)), torch.arange(float(SIZE)), indexing="xy"))
    values = {
        "image": image,
        "hole": hole,
        "planes": torch.cat((image * visible, visible, visible), 2),
        "position": grid.expand(count, 2 * (FRAMES - 1), -1, -1, -1),
        "reference": torch.arange(FRAMES - 1).repeat(2),
        "is_flow": torch.arange(2 * (FRAMES - 1)) >= FRAMES - 1,
        "apart": torch.arange(1.0, FRAMES).expand(count, -1),
        "true_position": grid.expand(count, FRAMES - 1, -1, -1, -1),
        "shown": torch.ones(count, FRAMES - 1, 1, SIZE, SIZE, dtype=torch.bool),
        "known": torch.ones(count, dtype=torch.bool),
        "leftover": hole[:, 0],
        "composed": torch.zeros(count, 0, 3, 0, 0),
    }
    return TrainingBatch(**{name: values[name] for name in TrainingBatch._fields})


def make_tiny(config: TrainConfig, noise: float = 0.1) -> Parts:
    """Parts of the tiny training."""

    def batches(steps: range, processes: Processes) -> Generator[TrainingBatch]:
        share = config.batch // processes.world
        for step in steps:
            first = step * config.batch + processes.rank * share
            yield make_batch(range(first, first + share))

    def stage(name: StageName, model: nn.Module, critic: nn.Module | None) -> TintStage:
        return TintStage(name, model, critic, noise)

    def export(model: nn.Module, path: Path, facts: dict[str, Any]) -> None:
        path.touch()

    critic = nn.Sequential(nn.Conv2d(3, 2, 3, 2), nn.ReLU(), nn.Conv2d(2, 1, 3))
    held_out = {"synthetic": lambda: [make_batch(range(1000, 1002))]}
    return Parts(Tint(), critic, stage, batches, held_out, export)


def make_exact(config: TrainConfig) -> Parts:
    """The same without noise: many processes can then compute what one computes."""
    return make_tiny(config, 0.0)


def tiny_config(out: Path, **changes: Any) -> TrainConfig:
    """Eight steps of two stages."""
    running = {"device": "cpu", "log_steps": 1, "validate_steps": 0, "sample_steps": 0, "checkpoint_minutes": 0.0}
    running |= changes.pop("running", {})
    values = {"stages": (("temporal", 4), ("spatial", 4)), "batch": 4, "size": SIZE, "references": FRAMES - 1}
    return TrainConfig(out=out, running=Running(**running), **(values | {"warmup": 2} | changes))


if __name__ == "__main__":  # what a launcher of several processes starts
    import sys

    from stranet.training.loop import train

    train(tiny_config(Path(sys.argv[1])), make=make_exact)


def state(out: Path) -> Checkpoint:
    """The last checkpoint, which must be there."""
    found = load_checkpoint(out)
    assert found is not None
    return found


def run(config: TrainConfig, *, steps: int | None = None, **changes: Any) -> Run:
    return train(config, limits=Limits(steps), make=changes.pop("make", make_tiny), **changes)


def losses(out: Path) -> dict[int, float]:
    return {line["step"]: line["terms"]["total"] for line in read_lines(out / "metrics.jsonl") if "terms" in line}
