"""What a user can choose about tracking; the one set of defaults for Python, TOML and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stranet.errors import ConfigError

TRACKERS = ("embedded", "sam2", "cutie")


@dataclass(frozen=True)
class TrackOptions:
    """How marked objects are followed, and what becomes part of the mask."""

    tracker: Literal["embedded", "sam2", "cutie"] = "embedded"
    """embedded needs nothing; sam2 and cutie use the package that you installed, see --tracker-weights."""
    tracker_weights: Path | None = None
    """Weights file of sam2 or cutie."""
    tracker_config: str | None = None
    """Name of the model configuration of sam2 that belongs to the weights; default: by the name of the weights file."""
    generous: bool = False
    """Also mark what may be the object without being taken for it: when something is to vanish, a limb that is missed
    is worse than a wide mask. `stranet inpaint --box` and the page do so. sam2 and cutie do not tell, so nothing is
    added."""
    grow: int = 0
    """Pixels by which the mask grows, 0 or more, besides what `stranet inpaint` adds by itself (--dilate)."""
    soften_time: int = 0
    """Also mark what is marked up to so many frames before or after, 0 to 10: for blinking and flicker."""
    shadow: bool = False
    """Also mark the soft shadow of the object: darker ground attached to it, with its texture unchanged."""
    overlay: bool = False
    """Also mark logos and captions: what stays put while the scene moves. Needs no prompt."""
    doubt: float = 0.5
    """Frames whose confidence is below this are reported, 0 to 1."""
    track_pixels: int = 854 * 480
    """Frames are tracked at no more than so many pixels, 128*128 to 1920*1080; masks come out at full size."""

    @classmethod
    def for_removal(cls, shadow: bool = False, overlay: bool = False) -> TrackOptions:
        """Those for what is to vanish."""
        return cls(generous=True, shadow=shadow, overlay=overlay)

    def __post_init__(self) -> None:
        if self.tracker not in TRACKERS:
            raise ConfigError(f"tracker is {self.tracker!r}, but must be one of {', '.join(TRACKERS)}")
        bounds = (("grow", 0, 1000), ("soften_time", 0, 10), ("doubt", 0, 1), ("track_pixels", 16384, 1920 * 1080))
        for name, low, high in bounds:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name} is {value}, but must lie between {low} and {high}")
        if self.tracker == "embedded" and (self.tracker_weights or self.tracker_config):
            raise ConfigError("tracker_weights and tracker_config are for the trackers sam2 and cutie")
