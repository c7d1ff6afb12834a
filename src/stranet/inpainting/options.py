"""What a user can choose about filling; the one set of defaults for Python, TOML and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stranet.errors import ConfigError
from stranet.inpainting.plan import PLANS, Plan, Quality
from stranet.words import parse_bytes

LIMITS = {
    "references": (1, 64),
    "reach": (1, 300),
    "low_pixels": (64 * 64, 1920 * 1080),
    "refine": (0, 6),
    "workers": (0, 64),
}
CHOICES = {
    "quality": tuple(PLANS),
    "alignment": ("joint", "affine", "flow"),
    "registration": ("robust", "network"),
    "flow": ("dis", "network"),
    "temporal": ("network", "fixed"),
    "spatial": ("network", "patches"),
    "device": ("auto", "cpu", "cuda", "mps"),
}


@dataclass(frozen=True)
class InpaintOptions:
    """How holes are filled (design: paper section 3 and its extensions)."""

    quality: Quality = "balanced"
    """How much work goes into every frame; references, reach, low_pixels, refine and temporal override what it
    stands for."""
    references: int | None = None
    """Most reference frames that a target copies from, 1 to 64."""
    reach: int | None = None
    """How many frames to look ahead and behind for references, 1 to 300; memory grows with it."""
    low_pixels: int | None = None
    """Pixels of the small copy on which alignment and attention are worked out, 64*64 to 1920*1080."""
    refine: int | None = None
    """Sources of a hole whose alignment is corrected at twice the low resolution on the ring around it, 0 to 6."""
    memory: str | None = None
    """Most memory that the job may take, such as 2GB; frames within reach, references and workers are made to fit.
    Default: as much as these ask for, but for very large frames fewer of them within reach."""
    alignment: Literal["joint", "affine", "flow"] = "joint"
    """Candidates: registration and optical flow together, or only one of them."""
    registration: Literal["robust", "network"] = "robust"
    """The affine branch: a homography fitted robustly, or the affine network."""
    flow: Literal["dis", "network"] = "dis"
    """The flow branch: OpenCV's DIS, or the flow network."""
    temporal: Literal["network", "fixed"] | None = None
    """Temporal attention: the network, or fixed features; default: as ``quality`` says."""
    spatial: Literal["network", "patches"] = "patches"
    """What no frame shows: the mean of several compositions of patches of the surroundings, or these mixed and
    corrected by the network."""
    weights: Path | None = None
    """Weights file (.safetensors with its .json) for the networks; default: those that come with StraNet."""
    light: bool = True
    """Match gain and offset of every reference to the target on the ring around the hole."""
    residuals: bool = True
    """Carry full-resolution detail over; off = the upsampled low-resolution result (for comparison)."""
    shots: bool = True
    """Find cuts, so that references never cross one."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where attention and aggregation run; auto = cuda, then mps, then cpu."""
    workers: int = 0
    """Frames that are worked on at once, each on one core; 0 = one per thread of PyTorch, at most 4."""

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ConfigError(f"{name} is {value}, but must lie between {low} and {high}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in (choices if name not in Plan._fields else (None, *choices)):
                raise ConfigError(f"{name} is {getattr(self, name)!r}, but must be one of {', '.join(choices)}")

        self.memory_bytes  # noqa: B018 (refuses what is no amount)

    @property
    def memory_bytes(self) -> int | None:
        """`memory` in bytes."""
        return None if self.memory is None else parse_bytes(self.memory)

    @property
    def plan(self) -> Plan:
        """What ``quality`` stands for, with what overrides it."""
        own = {name: getattr(self, name, None) for name in Plan._fields}
        return PLANS[self.quality]._replace(**{name: value for name, value in own.items() if value is not None})
