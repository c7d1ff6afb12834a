"""Which implementation fills each box of the method figure, as the options say."""

from __future__ import annotations

from typing import NamedTuple

import torch

from stranet.inpainting.options import InpaintOptions
from stranet.model.aggregation import SpatialAggregator, TemporalAggregator
from stranet.model.alignment import JointAlignment
from stranet.model.compositions import MixedCompositions
from stranet.model.fixed_temporal import FixedTemporalAggregation
from stranet.model.flow import ROUGH, THOROUGH, DISFlow, FlowEstimator
from stranet.model.registration import FrameMotion, Registration, register_neighbours


class Boxes(NamedTuple):
    """The parts that the engine runs."""

    flow: FlowEstimator
    register: Registration
    align: JointAlignment
    temporal: TemporalAggregator
    spatial: SpatialAggregator


def choose_boxes(options: InpaintOptions, device: torch.device) -> Boxes:
    """Load what is learned only where it is asked for.

    Raises:
        WeightsError: the weights are missing, damaged, of another network, or lack a part that is asked for.
    """
    rough, thorough = DISFlow(ROUGH), DISFlow(THOROUGH)
    flow: FlowEstimator = thorough if options.plan.thorough else rough
    temporal: TemporalAggregator = FixedTemporalAggregation()
    spatial: SpatialAggregator = MixedCompositions()
    # Always thorough: an error would be chained from neighbour to neighbour.
    register: Registration = lambda earlier, later: register_neighbours(thorough, earlier, later)  # noqa: E731
    wanted = {
        "registration": options.registration,
        "flow": options.flow,
        "temporal": options.plan.temporal,
        "spatial": options.spatial,
    }
    learned = [name for name, choice in wanted.items() if choice == "network"]
    if learned:
        from stranet.model.affine import AffineRegistration
        from stranet.model.pwc import NetworkFlow
        from stranet.model.weights import load_model

        model = load_model(options.weights, learned).to(device)
        flow = NetworkFlow(model.flow) if "flow" in learned else flow
        temporal = model.temporal if "temporal" in learned else temporal
        spatial = model.spatial if "spatial" in learned else spatial
        if "registration" in learned:
            affine = AffineRegistration(model.affine)
            register = lambda earlier, later: FrameMotion(affine(earlier, later))  # noqa: E731
    return Boxes(flow, register, JointAlignment(flow, options.alignment, rough), temporal, spatial)
