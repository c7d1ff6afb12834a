"""Terms of the alignment stage on shifts that are known, with branches that find them or find nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from stranet.geometry.theta import identity_theta
from stranet.model import affine
from stranet.model.affine import AffineNet
from stranet.model.aggregation import Features
from stranet.model.pwc import FlowOutput, PWCFlow
from stranet.training.align_steps import align_step, align_terms
from stranet.training.batch import TrainingBatch
from stranet.training.loss_weights import LossWeights
from textures import texture

SIZE, REFERENCES, CLIPS = 48, 2, 2
SHIFT = (5.0, -3.0)
"""Where a target pixel is found in every reference."""


class FixedAffine(nn.Module):
    """Says the same shift, in pixels, for every pair."""

    def __init__(self, shift: tuple[float, float]) -> None:
        super().__init__()
        self.theta = identity_theta(1)
        self.theta[0, :, 2] = 2 / SIZE * torch.tensor(shift)

    def encode(self, planes: Tensor) -> Features:
        return (planes,)

    def rounds(self, target: Features, reference: Features) -> list[Tensor]:
        return [self.theta.repeat(len(target[0]), 1, 1)]


class FixedFlow(nn.Module):
    """Says a shift for every pair of every clip in turn."""

    def __init__(self, *shifts: tuple[float, float]) -> None:
        super().__init__()
        self.shifts = torch.tensor(shifts)
        self.seen: tuple[Tensor, Tensor] | None = None

    def forward(self, target: Tensor, reference: Tensor) -> FlowOutput:
        self.seen = target, reference
        flow = self.shifts.repeat(CLIPS, 1)[..., None, None].expand(-1, -1, SIZE, SIZE)
        return FlowOutput(flow, (flow[..., ::4, ::4],))


@pytest.fixture
def batch() -> TrainingBatch:
    """A camera that moves by SHIFT; square holes, and what they hide is told by nothing else than ``image``."""
    dx, dy = (int(side) for side in SHIFT)
    pictures = []
    for clip in range(CLIPS):
        scene = torch.from_numpy(texture(SIZE + 8, SIZE + 8, clip)).permute(2, 0, 1).float() / 255
        target = scene[:, 4 + dy : 4 + dy + SIZE, dx : dx + SIZE]
        found = scene[:, 4 : 4 + SIZE, :SIZE]
        pictures.append(torch.stack([target, *[found] * REFERENCES]))
    image = torch.stack(pictures)
    hole = torch.zeros(CLIPS, 1 + REFERENCES, 1, SIZE, SIZE, dtype=torch.bool)
    hole[:, 0, :, 10:20, 12:22] = True
    hole[:, 1:, :, 25:33, 20:32] = True
    visible = (~hole).float()
    grid = torch.stack(torch.meshgrid(torch.arange(float(SIZE)), torch.arange(float(SIZE)), indexing="xy"))
    position = grid + torch.tensor(SHIFT).view(2, 1, 1)
    inside = ((position >= 0) & (position <= SIZE - 1)).all(0)
    return TrainingBatch(
        image=image,
        hole=hole,
        planes=torch.cat((torch.where(hole, 0.5, image), visible, visible), 2),
        position=grid.expand(CLIPS, 2 * REFERENCES, -1, -1, -1),
        reference=torch.arange(REFERENCES).repeat(2),
        is_flow=torch.arange(2 * REFERENCES) >= REFERENCES,
        apart=torch.ones(CLIPS, REFERENCES),
        true_position=position.expand(CLIPS, REFERENCES, -1, -1, -1),
        shown=inside.expand(CLIPS, REFERENCES, 1, -1, -1),
        known=torch.ones(CLIPS, dtype=torch.bool),
        leftover=hole[:, 0],
        composed=torch.zeros(CLIPS, 0, 3, 0, 0),
    )


def length(shift: tuple[float, float]) -> float:
    """Of the motion, as the losses see it: smooth at 0."""
    return (shift[0] ** 2 + shift[1] ** 2 + 0.1**2) ** 0.5 - 0.1


def test_true_motion_costs_nothing(batch):
    """The second reference comes to the flow already moved: nothing is left of its motion."""
    step = align_step(FixedAffine(SHIFT), FixedFlow(SHIFT, (0.0, 0.0)), batch)  # type: ignore[arg-type]
    assert {name: round(term.item(), 4) for name, term in step.terms.items()} == {"align": 0, "affine": 0, "flow": 0}
    hole = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    hole[27:37, 14:28] = True  # of the reference, SHIFT back, and what a sample near it reads
    for aligned in (step.affine, step.flow):
        assert aligned.shape == (CLIPS, REFERENCES, 3, SIZE, SIZE)
        difference = (aligned - batch.image[:, :1]).abs()[..., 4:-4, 4:-8]
        assert difference[..., ~hole[4:-4, 4:-8]].max() < 1e-4


def test_no_motion_costs_the_motion(batch):
    terms = align_terms(FixedAffine((0.0, 0.0)), FixedFlow((0.0, 0.0), (0.0, 0.0)), batch)  # type: ignore[arg-type]
    assert terms["affine"].item() == pytest.approx(length(SHIFT), abs=1e-3)
    assert terms["flow"].item() == pytest.approx(length(SHIFT), abs=1e-3)
    assert terms["align"].item() > 0.03


def test_half_of_the_flow_starts_from_the_affine_motion(batch):
    terms = align_terms(FixedAffine(SHIFT), FixedFlow((0.0, 0.0), (0.0, 0.0)), batch)  # type: ignore[arg-type]
    assert terms["flow"].item() == pytest.approx(length(SHIFT) / 2, abs=1e-3)


def test_flow_sees_no_blank(batch):
    """What a hole hides comes from the other frame, so that its edge is no motion."""
    flow = FixedFlow(SHIFT, (0.0, 0.0))
    align_terms(FixedAffine(SHIFT), flow, batch)  # type: ignore[arg-type]
    assert flow.seen is not None
    target, reference = (plane.unflatten(0, (CLIPS, REFERENCES))[:, 1, 0] for plane in flow.seen)
    weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    truth = (batch.image[:, 0] * weights).sum(1)
    for seen in (target, reference):
        assert (seen - truth).abs()[:, 4:-4, 4:-8].max() < 1e-4


def test_unknown_motion_is_judged_by_colours_alone(batch):
    unknown = batch._replace(
        true_position=torch.full_like(batch.true_position, torch.nan),
        shown=torch.zeros_like(batch.shown),
        known=torch.zeros_like(batch.known),
    )
    terms = align_terms(FixedAffine((0.0, 0.0)), FixedFlow((0.0, 0.0), (0.0, 0.0)), unknown)  # type: ignore[arg-type]
    assert terms["affine"] == 0
    assert terms["flow"] == 0
    assert terms["align"] > 0.03


def test_nothing_behind_a_hole_counts(batch):
    step = align_terms(FixedAffine((1.0, 0.0)), FixedFlow((2.0, 0.0), (0.0, 1.0)), batch)  # type: ignore[arg-type]
    other = batch._replace(
        image=torch.where(batch.hole, 0.9, batch.image),
        planes=torch.where(batch.hole, torch.tensor([0.1, 0.1, 0.1, 0, 0]).view(5, 1, 1), batch.planes),
    )
    again = align_terms(FixedAffine((1.0, 0.0)), FixedFlow((2.0, 0.0), (0.0, 1.0)), other)  # type: ignore[arg-type]
    assert step == again


@pytest.mark.parametrize("known", [True, False])
def test_both_branches_learn_from_every_term(batch, known, monkeypatch):
    monkeypatch.setattr(affine, "INPUT_SIDE", 64)
    torch.manual_seed(0)
    branches = nn.ModuleDict(
        {"affine": AffineNet((4, 8, 8), 4, 8, 2), "flow": PWCFlow((4, 8, 8), keys=4, width=8, radius=1)}
    )
    for name, parameter in branches.named_parameters():
        if not parameter.any() and "weight" in name:
            nn.init.normal_(parameter, std=0.01)
    if not known:
        batch = batch._replace(true_position=batch.true_position * torch.nan, shown=batch.shown & False)
    terms = align_terms(branches["affine"], branches["flow"], batch)  # type: ignore[arg-type]
    assert terms.keys() <= set(LossWeights.__dataclass_fields__)
    sum(terms.values()).backward()  # type: ignore[union-attr]
    for name, parameter in branches.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name
