"""The training, from the first step to the last: step, log, validate, sample, checkpoint; and resume."""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any, NamedTuple

import torch
from torch import nn

from stranet.errors import ConfigError, StraNetError
from stranet.training.batch import TrainingBatch
from stranet.training.checkpoint import Checkpoint, claim, load_checkpoint, save_checkpoint
from stranet.training.config import TrainConfig
from stranet.training.curves import draw_curves
from stranet.training.distributed import Processes, join_processes
from stranet.training.interruption import StopRequest
from stranet.training.learner import Learner, averaging, load_strictly, seeded
from stranet.training.parts import Parts, make_parts, trained_boxes
from stranet.training.report import Progress, Run
from stranet.training.run_log import Meter, RunLog, write_summary
from stranet.training.samples import write_samples
from stranet.training.schedule import Every, Span, spans
from stranet.training.validate import validate
from stranet.versions import commit

log = logging.getLogger(__name__)
MOST_SKIPPED = 10
"""Steps in a row without a finite gradient, after which the training counts as lost."""


class Limits(NamedTuple):
    """Where a call of `train` ends before the training does."""

    steps: int | None = None
    """In all legs together."""
    minutes: float | None = None
    """Of this call."""


def train(
    config: TrainConfig,
    *,
    limits: Limits = Limits(),  # noqa: B008 (immutable)
    progress: Callable[[Progress], None] = lambda _: None,
    make: Callable[[TrainConfig], Parts] = make_parts,
) -> Run:
    """Train, or go on with what ``config.out`` holds.

    Args:
        config: what is trained and how.
        limits: where to stop early.
        progress: called after every step, in the process that writes.
        make: makes network, stages and data; for trainings of another network.

    Raises:
        ConfigError: An option cannot work, or the folder holds a training of another configuration.
        WeightsError: A checkpoint is damaged or of another network.
        StraNetError: The training diverged.
    """
    with join_processes(config.running.device) as processes, StopRequest() as stop, _threads(config.running.threads):
        if config.batch % processes.world:
            raise ConfigError(f"batch is {config.batch}, but must be a multiple of the {processes.world} processes")
        with seeded(config.seed, processes.device):
            parts = make(config)
        if processes.first:
            claim(config)
        return _Training(config, parts, processes, limits, stop, progress).run()


class _Training:
    """One training in this process."""

    def __init__(
        self,
        config: TrainConfig,
        parts: Parts,
        processes: Processes,
        limits: Limits,
        stop: StopRequest,
        progress: Callable[[Progress], None],
    ) -> None:
        self._config, self._parts, self._processes = config, parts, processes
        self._stop, self._progress = stop, progress
        layout = torch.channels_last if config.running.channels_last else torch.contiguous_format
        self._model = parts.model.train().to(processes.device).to(memory_format=layout)  # pyright: ignore[reportCallIssue]
        self._average = averaging(self._model)
        self._critic = None if parts.critic is None else parts.critic.train().to(processes.device)
        self._goal = min(config.steps, limits.steps or config.steps)
        self._began = time.monotonic()
        self._deadline = self._began + 60 * limits.minutes if limits.minutes else math.inf
        self._step, self._seconds_before, self._figures = 0, 0.0, {}
        running = config.running
        self._checkpoints = Every(running.checkpoint_steps, running.checkpoint_minutes)
        self._validations, self._samples = Every(running.validate_steps), Every(running.sample_steps)

    def run(self) -> Run:
        """All stages, from the last checkpoint on."""
        saved = self._resume()
        self._log = RunLog(self._config.out, self._step) if self._processes.first else None
        (self._stopping,) = self._processes.any(self._late())  # asked for while data were opened
        for span in spans(self._config.stages):
            if self._step < min(span.last, self._goal) and not self._stopping:
                self._train_stage(span, saved if self._step > span.first else None)
        finished = self._step == self._config.steps
        if self._processes.first:
            self._summarize(finished)
        return Run(self._config.out, self._step, self._config.steps, self._stop.asked and not finished, self._figures)

    def _resume(self) -> Checkpoint | None:
        """Take over weights and position of the last checkpoint, if there is one."""
        saved = load_checkpoint(self._config.out)
        if saved is not None:
            self._step = saved.step
            self._seconds_before, self._figures = saved.facts["seconds"], saved.facts["figures"]
            for kind, module in self._modules().items():
                load_strictly(module, saved.below(kind))
            log.info("resumed after step %d", self._step)
        return saved

    def _train_stage(self, span: Span, saved: Checkpoint | None) -> None:
        """Train one stage until it ends, or until it is time to stop."""
        config, processes = self._config, self._processes
        stage = self._parts.stage(span.stage, self._model, self._critic)
        learner = Learner(config, span, self._model, self._average, stage, processes)
        if saved is None:
            self._model.load_state_dict(self._average.state_dict())  # a stage builds on what would be shipped
        else:
            learner.restore(saved)
        meter, skipped = Meter(), 0
        last = min(span.last, self._goal)
        with closing(self._batches(range(self._step, last))) as batches:
            while self._step < last and not self._stopping:
                with meter.waiting():
                    batch = next(batches)
                moved = learner.step(batch, self._step)
                skipped = 0 if moved.finite else skipped + 1
                self._check(moved.finite, skipped)
                self._step += 1
                meter.add(moved, config.batch)
                if self._step % config.running.log_steps == 0 or self._step == last:
                    self._write_line(span, meter)
                self._do_what_is_due(span, learner, last)
                if processes.first:
                    self._progress(Progress(span.stage, self._step, config.steps, meter.loss, meter.rate))

    def _batches(self, steps: range) -> Generator[TrainingBatch]:
        """One batch per step, on the device; to overfit, the first one again and again."""
        wanted = range(1) if self._config.overfit else steps
        with closing(self._parts.batches(wanted, self._processes)) as batches:
            for batch in batches:
                moved = batch.to(self._processes.device)
                yield moved
                if self._config.overfit:
                    yield from itertools.repeat(moved, len(steps) - 1)

    def _do_what_is_due(self, span: Span, learner: Learner, last: int) -> None:
        """Validation, samples and checkpoint, if it is time for them, and whether it is time to stop.

        The first process decides by its clock, and all follow; it alone validates and writes.
        """
        first, complete = self._processes.first, self._step == span.last
        validating, sampling, saving, self._stopping = self._processes.any(
            first and (complete or self._validations.due(self._step)),
            first and (complete or self._samples.due(self._step)),
            first and (self._step == last or self._checkpoints.due(self._step)),
            self._late(),
        )
        if first and (complete or not self._stopping) and (validating or sampling):
            self._look(span, validating, sampling)
        if first and (saving or self._stopping):
            self._save(span, learner)

    def _look(self, span: Span, validating: bool, sampling: bool) -> None:
        """Validate and draw the averaged weights; the training goes on as if nobody had looked."""
        device, held_out = self._processes.device, self._parts.held_out
        stage = self._parts.stage(span.stage, self._average, self._critic)
        if self._critic is not None:
            self._critic.eval()  # spectral norms move at every call, unless told not to
        with seeded(self._config.seed, device):
            if validating:
                self._figures[span.stage] = validate(stage, held_out, device)
                self._line(span, validation=self._figures[span.stage])
            if sampling:
                write_samples(self._config.out, self._step, stage, held_out, device)
        if self._critic is not None:
            self._critic.train()
        if self._log is not None:
            draw_curves(self._config.out, self._log.lines())

    def _late(self) -> bool:
        return self._stop.asked or time.monotonic() > self._deadline

    def _check(self, finite: bool, skipped: int) -> None:
        if not finite:
            log.warning("step %d: the gradient is not finite; nothing was moved", self._step)
        if skipped == MOST_SKIPPED:
            raise StraNetError(
                f"{self._config.out}: diverged before step {self._step}, {skipped} gradients in a row were not finite; "
                "train anew with a lower --learning-rate"
            )

    def _save(self, span: Span, learner: Learner) -> None:
        tensors = {
            f"{kind}.{name}": tensor
            for kind, module in self._modules().items()
            for name, tensor in module.state_dict().items()
        }
        facts = {"stage": span.stage, "seconds": self._seconds(), "figures": self._figures}
        folder = save_checkpoint(self._config.out, Checkpoint(self._step, tensors | learner.moments(), facts))
        self._checkpoints.done()
        log.info("wrote %s", folder)

    def _write_line(self, span: Span, meter: Meter) -> None:
        self._line(span, **meter.read(self._processes))

    def _line(self, span: Span, **values: Any) -> None:
        if self._log is not None:
            self._log.line(step=self._step, stage=span.stage, **values)

    def _summarize(self, finished: bool) -> None:
        write_summary(
            self._config.out,
            step=self._step,
            finished=finished,
            seconds=self._seconds(),
            parameters={name: sum(p.numel() for p in part.parameters()) for name, part in self._model.named_children()},
            processes=self._processes.world,
            device=self._processes.device.type,
            figures=self._figures,
            config=asdict(self._config),
        )
        if finished:
            facts = {
                "trained": trained_boxes(self._config),
                "stages": self._config.stages,
                "step": self._step,
                "figures": self._figures,
                "commit": commit(),
                "seed": self._config.seed,
            }
            self._parts.export(self._average, self._config.out / "weights.safetensors", facts)

    def _modules(self) -> dict[str, nn.Module]:
        modules = {"model": self._model, "average": self._average}
        return modules | ({} if self._critic is None else {"critic": self._critic})

    def _seconds(self) -> float:
        return round(self._seconds_before + time.monotonic() - self._began, 1)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
