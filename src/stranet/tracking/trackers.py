"""The tracker that an option names."""

from __future__ import annotations

from stranet.tracking.embedded import EmbeddedTracker
from stranet.tracking.options import TrackOptions
from stranet.tracking.tracker import Tracker


def make_tracker(options: TrackOptions) -> Tracker:
    """Make a tracker.

    Raises:
        ConfigError: its package is not installed, or its weights are not given.
    """
    return EmbeddedTracker()
