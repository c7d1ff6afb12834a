"""The loss terms of the alignment stage: one batch through the affine and the flow branch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from stranet.geometry.theta import identity_theta, move_positions, position_grid, theta_homography, theta_positions
from stranet.geometry.warp import Warped, warp
from stranet.model.affine import AffineNet
from stranet.model.candidates import WHOLE
from stranet.model.pwc import FlowOutput, PWCFlow
from stranet.model.stranet import luma
from stranet.training.batch import TrainingBatch
from stranet.training.losses import align_loss, corner_loss, flow_loss


class AlignStep(NamedTuple):
    """One batch, aligned by both branches."""

    affine: Tensor
    """(B, R, 3, h, w): references warped by the affine motion."""
    flow: Tensor
    """(B, R, 3, h, w): references warped by the flow."""
    terms: dict[str, Tensor]
    """By the names of ``LossWeights``: ``align`` in colour units, ``affine`` and ``flow`` in pixels."""


class Pairs(NamedTuple):
    """The target with each of its references, P = B * R."""

    target: Tensor
    """(P, 4, h, w): colour in [0, 1] and visible."""
    reference: Tensor
    """(P, 4, h, w)"""
    true_position: Tensor
    """(P, 2, h, w) pixels, target -> reference; NaN where unknown."""
    shown: Tensor
    """(P, 1, h, w) bool"""


def align_terms(affine: AffineNet, flow: PWCFlow, batch: TrainingBatch) -> dict[str, Tensor]:
    """The terms of `align_step` alone."""
    return align_step(affine, flow, batch).terms


def align_step(affine: AffineNet, flow: PWCFlow, batch: TrainingBatch) -> AlignStep:
    """Align every reference with its target; compare with the target (equation 2) and with the true motion."""
    count = batch.planes.shape[1] - 1
    height, width = batch.planes.shape[-2:]
    pairs = _pairs(batch)

    thetas = _thetas(affine, batch.planes[:, :, :4])
    by_affine = [warp(pairs.reference, theta_positions(theta, height, width)) for theta in thetas]

    # Every second reference as it is, the others moved by the affine motion, as the joint alignment has it: flow so
    # learns large motion and what is left of it. The affine branch is not to learn from the errors of the flow.
    moved = torch.arange(len(pairs.target), device=thetas[-1].device) % count % 2 == 1
    start = torch.where(moved[:, None, None], thetas[-1].detach(), identity_theta(1, moved.device))
    homography = theta_homography(start, height, width)  # (P, 3, 3)
    output = _flow_beyond(flow, pairs, homography)
    grid = position_grid(height, width, moved.device)
    by_flow = warp(pairs.reference, move_positions(homography, grid + output.flow))

    true_flow = move_positions(torch.linalg.inv(homography), pairs.true_position) - grid
    terms = {
        "align": (_align_loss(by_affine, batch) + _align_loss([by_flow], batch)) / 2,
        "affine": torch.stack([corner_loss(theta, pairs.true_position) for theta in thetas]).mean(),
        "flow": flow_loss(output.levels, true_flow, _trusted(pairs, grid + true_flow)),
    }
    affine_image, flow_image = (best.image[:, :3].unflatten(0, (-1, count)) for best in (by_affine[-1], by_flow))
    return AlignStep(affine_image, flow_image, terms)


def _pairs(batch: TrainingBatch) -> Pairs:
    target = batch.planes[:, :1, :4].expand(-1, batch.planes.shape[1] - 1, -1, -1, -1)
    parts = target, batch.planes[:, 1:, :4], batch.true_position, batch.shown
    return Pairs(*(part.flatten(0, 1) for part in parts))


def _thetas(affine: AffineNet, planes: Tensor) -> list[Tensor]:
    """(P, 2, 3) after every round, from (B, T, 4, h, w), each frame encoded once."""
    clips, frames = planes.shape[:2]
    features = [scale.unflatten(0, (clips, frames)) for scale in affine.encode(planes.flatten(0, 1))]
    targets = tuple(scale[:, :1].expand(-1, frames - 1, -1, -1, -1).flatten(0, 1) for scale in features)
    references = tuple(scale[:, 1:].flatten(0, 1) for scale in features)
    return affine.rounds(targets, references)


def _flow_beyond(flow: PWCFlow, pairs: Pairs, homography: Tensor) -> FlowOutput:
    """Flow to the references that are moved first; what only one of a pair shows is shown to both, as at inference."""
    height, width = pairs.target.shape[-2:]
    grid = position_grid(height, width, homography.device)
    moved = warp(pairs.reference, move_positions(homography, grid))
    target, reference = pairs.target[:, :3], moved.image[:, :3]
    in_target, in_reference = pairs.target[:, 3:] > WHOLE, _shown(moved)
    target = torch.where(~in_target & in_reference, reference, target)
    reference = torch.where(in_reference, reference, target)
    return flow(luma(target), luma(reference))


def _shown(warped: Warped) -> Tensor:
    """(P, 1, h, w) bool: something visible was found."""
    return (warped.image[:, 3:] > WHOLE) & warped.inside


def _align_loss(candidates: list[Warped], batch: TrainingBatch) -> Tensor:
    """Equation 2 over all candidates of one branch."""
    count = batch.planes.shape[1] - 1
    aligned = torch.cat([candidate.image[:, :3].unflatten(0, (-1, count)) for candidate in candidates], 1)
    visible = torch.cat([_shown(candidate).unflatten(0, (-1, count)) for candidate in candidates], 1)
    return align_loss(aligned, visible, batch.image[:, 0], batch.hole[:, 0])


def _trusted(pairs: Pairs, found_at: Tensor) -> Tensor:
    """(P, 1, h, w) bool: both frames of a pair show the surface, and what flow is given has it at ``found_at``."""
    height, width = found_at.shape[-2:]
    there = _shown(warp(pairs.reference, pairs.true_position.nan_to_num()))
    x, y = found_at.nan_to_num(-1.0).split(1, 1)
    within = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return pairs.shown & (pairs.target[:, 3:] > WHOLE) & there & within
