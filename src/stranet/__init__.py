"""StraNet removes what a mask marks from a high-resolution video and puts back what was behind it.

Every public name is listed here and loaded when it is first used, so that ``import stranet`` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stranet.api import detect_shots, inpaint_video
    from stranet.errors import (
        ConfigError,
        DecodeError,
        EncodeError,
        HoleError,
        MemoryBudgetError,
        OpenError,
        StraNetError,
        VideoError,
        WeightsError,
    )
    from stranet.inpainting.inpainter import Inpainter
    from stranet.inpainting.options import InpaintOptions
    from stranet.job import JobOptions
    from stranet.references import select_references
    from stranet.report import InpaintReport
    from stranet.tracking.options import TrackOptions
    from stranet.tracking.prompts import Prompt
    from stranet.tracking.report import TrackReport
    from stranet.tracking.track import track_video
    from stranet.types import Clip, Frame, Shot, Size
    from stranet.video.holes import HoleSource
    from stranet.video.info import VideoInfo, probe_video
    from stranet.video.output import OutputOptions
    from stranet.video.reader import VideoReader
    from stranet.video.shots import ShotDetector
    from stranet.video.verify import verify_video
    from stranet.video.writer import VideoWriter

_HOMES = {
    "stranet.api": ("detect_shots", "inpaint_video"),
    "stranet.errors": (
        "ConfigError",
        "DecodeError",
        "EncodeError",
        "HoleError",
        "MemoryBudgetError",
        "OpenError",
        "StraNetError",
        "VideoError",
        "WeightsError",
    ),
    "stranet.inpainting.inpainter": ("Inpainter",),
    "stranet.inpainting.options": ("InpaintOptions",),
    "stranet.job": ("JobOptions",),
    "stranet.references": ("select_references",),
    "stranet.report": ("InpaintReport",),
    "stranet.tracking.options": ("TrackOptions",),
    "stranet.tracking.prompts": ("Prompt",),
    "stranet.tracking.report": ("TrackReport",),
    "stranet.tracking.track": ("track_video",),
    "stranet.types": ("Clip", "Frame", "Shot", "Size"),
    "stranet.video.holes": ("HoleSource",),
    "stranet.video.info": ("VideoInfo", "probe_video"),
    "stranet.video.output": ("OutputOptions",),
    "stranet.video.reader": ("VideoReader",),
    "stranet.video.shots": ("ShotDetector",),
    "stranet.video.verify": ("verify_video",),
    "stranet.video.writer": ("VideoWriter",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022 - by subject
    "inpaint_video",
    "track_video",
    "detect_shots",
    "probe_video",
    "verify_video",
    "Inpainter",
    "InpaintOptions",
    "OutputOptions",
    "JobOptions",
    "InpaintReport",
    "Prompt",
    "TrackOptions",
    "TrackReport",
    "VideoReader",
    "VideoWriter",
    "VideoInfo",
    "HoleSource",
    "ShotDetector",
    "Frame",
    "Shot",
    "Clip",
    "Size",
    "select_references",
    "StraNetError",
    "ConfigError",
    "VideoError",
    "OpenError",
    "DecodeError",
    "EncodeError",
    "HoleError",
    "WeightsError",
    "MemoryBudgetError",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
