"""The loop around a network of a few weights: what is resumed equals what never stopped, and every promise is kept."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_training import TintStage, losses, make_exact, make_tiny, run, state, tiny_config
from torch import Tensor

from stranet.errors import ConfigError, StraNetError
from stranet.training.batch import TrainingBatch
from stranet.training.config import TrainConfig
from stranet.training.distributed import Processes
from stranet.training.loop import MOST_SKIPPED, Limits, train
from stranet.training.parts import Parts
from stranet.training.report import Progress, Run
from stranet.training.run_log import read_lines
from stranet.training.schedule import Span, average_decay, learning_rate

pytestmark = pytest.mark.usefixtures("no_curves")


@pytest.mark.parametrize("stops", [(1,), (2, 3), (4,), (5, 7), (1, 2, 3, 4, 5, 6, 7)], ids=str)
def test_resumed_equals_unbroken_bit_for_bit(tmp_path: Path, unbroken: Path, stops: tuple[int, ...]) -> None:
    config = tiny_config(tmp_path / "run")
    for stop in stops:
        torch.manual_seed(stop)  # what the caller draws must not matter
        assert run(config, steps=stop) == Run(config.out, stop, 8, False, state(config.out).facts["figures"])
    assert run(config).finished
    ours, theirs = state(config.out), state(unbroken)
    assert ours.step == theirs.step == 8
    assert ours.tensors.keys() == theirs.tensors.keys()
    different = [name for name in ours.tensors if not torch.equal(ours.tensors[name], theirs.tensors[name])]
    assert not different
    assert losses(config.out) == losses(unbroken)


def test_the_checkpoint_holds_all_that_is_learned(unbroken: Path) -> None:
    kinds = {name.split(".")[0] for name in state(unbroken).tensors}
    assert kinds == {"model", "average", "critic", "optimizer", "critic_optimizer"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_after_a_step_with_a_checkpoint(tmp_path: Path, unbroken: Path, number: signal.Signals) -> None:
    config = tiny_config(tmp_path / "run")

    def interrupt(progress: Progress) -> None:
        if progress.step == 3:
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    ended = run(config, progress=interrupt)
    assert signal.getsignal(number) == before
    assert ended.interrupted
    assert not ended.finished
    assert ended.step == state(config.out).step == 4  # the signal came after step 3, so one more was made
    assert ended.summary == f"interrupted after step 4 of 8; go on with: stranet train --resume {config.out}"
    run(config)
    assert losses(config.out) == losses(unbroken)


def test_a_second_signal_acts_as_always(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tiny_config(tmp_path / "run"), progress=interrupt)


def test_time_limit(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run")
    ended = train(config, limits=Limits(minutes=1e-9), make=make_tiny)
    assert not ended.finished
    assert not ended.interrupted
    assert ended.step < 2
    assert run(config).finished


def test_looking_changes_nothing(tmp_path: Path, unbroken: Path) -> None:
    config = tiny_config(tmp_path / "run", running={"validate_steps": 1, "sample_steps": 1, "checkpoint_steps": 1})
    run(config)
    ours, theirs = state(config.out).tensors, state(unbroken).tensors
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert len([line for line in read_lines(config.out / "metrics.jsonl") if "validation" in line]) == 8
    assert len(list((config.out / "samples").iterdir())) == 8


def test_each_stage_moves_its_own_weights_from_the_averaged_ones(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run")
    initial = make_initial(config)
    run(config, steps=4)
    first = state(config.out).tensors
    run(config)
    last = state(config.out).tensors
    for part, after_first, after_last in (("flow", 0, 0), ("temporal", 1, 0), ("spatial", 0, 1)):
        name = f"model.{part}.weight"
        assert torch.equal(first[name], initial[f"{part}.weight"]) != bool(after_first)
        kept = torch.equal(last[name], first[f"average.{part}.weight"])
        assert kept != bool(after_last), part
    assert not torch.equal(first["model.temporal.weight"], first["average.temporal.weight"])
    assert not torch.equal(first["critic.0.weight"], last["critic.0.weight"])


def make_initial(config: TrainConfig) -> dict[str, Tensor]:
    """The weights before the first step."""
    seen: dict[str, Tensor] = {}

    def watch(config: TrainConfig) -> Parts:
        parts = make_tiny(config)
        seen.update({name: tensor.clone() for name, tensor in parts.model.state_dict().items()})
        return parts

    train(replace(config, out=config.out.with_name("other")), limits=Limits(1), make=watch)
    return seen


def test_first_step_is_adam(tmp_path: Path) -> None:
    """The first step of Adam moves every weight by the learning rate, against the sign of its gradient."""
    config = tiny_config(tmp_path / "run", ema=0.5)
    initial = make_initial(config)["temporal.weight"]
    run(config, steps=1)
    tensors = state(config.out).tensors
    rate = learning_rate(config, Span("temporal", 0, 4), 0)
    moved = tensors["model.temporal.weight"] - initial
    torch.testing.assert_close(moved.abs(), torch.full_like(moved, rate), rtol=1e-3, atol=1e-7)
    decay = average_decay(config, Span("temporal", 0, 4), 0)
    expected = decay * initial + (1 - decay) * tensors["model.temporal.weight"]
    torch.testing.assert_close(tensors["average.temporal.weight"], expected)


def test_without_averaging_the_average_is_the_model(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run", ema=0.0)
    run(config, steps=3)
    tensors = state(config.out).tensors
    assert torch.equal(tensors["average.temporal.weight"], tensors["model.temporal.weight"])


def test_overfitting_sees_one_batch(tmp_path: Path) -> None:
    asked: list[int] = []

    def watch(config: TrainConfig) -> Parts:
        parts = make_exact(config)

        def batches(steps: range, processes: Processes) -> Generator[TrainingBatch]:
            asked.extend(steps)
            return parts.batches(steps, processes)

        return parts._replace(batches=batches)

    stages = (("temporal", 60),)
    config = tiny_config(tmp_path / "run", overfit=True, stages=stages, learning_rate=0.05, final_rate=1.0)
    run(config, make=watch)
    assert asked == [0]
    curve = losses(config.out)
    assert curve[60] < 0.4 * curve[1]


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run")
    run(config, steps=1)
    with pytest.raises(ConfigError, match=r"another configuration \(it differs in seed, weights\.detail\)"):
        run(replace(config, seed=2, weights=replace(config.weights, detail=1.0)))


def test_how_it_runs_may_change(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run")
    run(config, steps=1)
    moved = tmp_path / "moved"
    config.out.rename(moved)
    running = replace(config.running, log_steps=5, channels_last=True, threads=1)
    assert run(replace(config, out=moved, running=running)).finished


@pytest.mark.parametrize("occupied", ["folder", "file"])
def test_other_folders_are_left_alone(tmp_path: Path, occupied: str) -> None:
    out = tmp_path / "run"
    if occupied == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "thesis.tex").write_text("mine")
    with pytest.raises(ConfigError, match="not the folder of a training"):
        run(tiny_config(out))


def test_lines_of_a_lost_leg_are_dropped(tmp_path: Path, unbroken: Path) -> None:
    config = tiny_config(tmp_path / "run")
    run(config, steps=3)
    with (config.out / "metrics.jsonl").open("a") as file:  # killed after step 4, in the middle of a line
        file.write('{"step": 4, "terms": {"total": 99.0}}\n{"step": 5, "te')
    run(config)
    assert losses(config.out) == losses(unbroken)


def test_bf16_runs_and_stays_close(tmp_path: Path, unbroken: Path) -> None:
    config = tiny_config(tmp_path / "run", running={"precision": "bf16"})
    run(config)
    ours, theirs = losses(config.out), losses(unbroken)
    assert ours != theirs
    assert ours == pytest.approx(theirs, rel=0.05)
    assert state(config.out).tensors["model.temporal.weight"].dtype == torch.float32


class Broken(TintStage):
    """Gives NaN in some steps."""

    def terms(self, batch: TrainingBatch) -> dict[str, Tensor]:
        terms = super().terms(batch)
        bad = int(batch.image[0, 0, 0, 0, 0] * 1e6) in self.bad
        return {"non_hole": terms["non_hole"] * (math.nan if bad else 1.0)}

    bad: frozenset[int] = frozenset()


def make_broken(config: TrainConfig, *, always: bool) -> Parts:
    parts = make_exact(config)
    (second,) = list(parts.batches(range(1, 2), Processes(torch.device("cpu"))))
    number = int(second.image[0, 0, 0, 0, 0] * 1e6)

    class Chosen(Broken):
        bad = frozenset(range(10**6)) if always else frozenset([number])

    return parts._replace(stage=lambda name, model, critic: Chosen(name, model, None, 0.0))


def test_a_step_without_a_finite_gradient_moves_nothing(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run", ema=0.0)
    run(config, steps=1, make=lambda config: make_broken(config, always=False))
    before = state(config.out).tensors
    run(config, steps=2, make=lambda config: make_broken(config, always=False))
    after = state(config.out).tensors
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert read_lines(config.out / "metrics.jsonl")[-1]["skipped"] == 1


def test_divergence_ends_the_training(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "run", stages=(("temporal", 50),))
    with pytest.raises(StraNetError, match=rf"diverged before step {MOST_SKIPPED - 1}"):
        run(config, make=lambda config: make_broken(config, always=True))


def test_batch_is_shared_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def three(device: str) -> Generator[Processes]:
        yield Processes(torch.device("cpu"), 0, 3)

    monkeypatch.setattr("stranet.training.loop.join_processes", three)
    with pytest.raises(ConfigError, match="batch is 4, but must be a multiple of the 3 processes"):
        run(tiny_config(tmp_path / "run"))
