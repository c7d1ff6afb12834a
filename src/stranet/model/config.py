"""STRANetConfig: everything that decides the shape of the network."""

from __future__ import annotations

from dataclasses import dataclass, field

from stranet.model.spatial import SpatialConfig
from stranet.model.temporal import TemporalConfig


@dataclass(frozen=True)
class STRANetConfig:
    """Sizes of the network's boxes; the weights fit no other."""

    temporal: TemporalConfig = field(default_factory=TemporalConfig)
    """Encoder, attention and decoder of the temporal aggregation."""
    spatial: SpatialConfig = field(default_factory=SpatialConfig)
    """The spatial aggregation."""
