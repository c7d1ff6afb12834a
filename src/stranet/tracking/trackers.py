"""The tracker that an option names."""

from __future__ import annotations

from stranet.tracking.cutie import CutieTracker
from stranet.tracking.embedded import EmbeddedTracker
from stranet.tracking.options import TrackOptions
from stranet.tracking.sam2 import Sam2Tracker
from stranet.tracking.tracker import Tracker


def make_tracker(options: TrackOptions) -> Tracker:
    """Make a tracker.

    Raises:
        ConfigError: its package is not installed, or its weights are not given.
    """
    if options.tracker == "sam2":
        return Sam2Tracker(options.tracker_weights, options.tracker_config)
    if options.tracker == "cutie":
        return CutieTracker(options.tracker_weights)
    return EmbeddedTracker()
