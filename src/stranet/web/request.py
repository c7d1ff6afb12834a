"""What the page may ask to be done. Read strictly: it comes from outside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from stranet.errors import ConfigError

Kind = Literal["track", "preview", "run"]
MAX_MARGIN = 200
MAX_PREVIEW_SECONDS = 10


@dataclass(frozen=True)
class JobRequest:
    """One job."""

    kind: Kind
    frame: int = 0
    """Of a preview: where it begins."""
    seconds: float = 3.0
    """Of a preview: how long it is, up to 10."""
    margin: int | None = None
    """Of a removal: pixels by which the mask grows; None = with the resolution."""
    lossless: bool = False
    """Of a removal: keep every sample of the rest."""

    @classmethod
    def parse(cls, given: Any) -> JobRequest:
        """Read a request.

        Raises:
            ConfigError: it is none.
        """
        if not isinstance(given, dict) or not set(given) <= {"kind", "frame", "seconds", "margin", "lossless"}:
            raise ConfigError("a job has a kind, and may have frame, seconds, margin and lossless")
        kind: Any = given.get("kind")
        frame, seconds = given.get("frame", 0), given.get("seconds", 3.0)
        margin, lossless = given.get("margin"), given.get("lossless", False)
        if kind not in get_args(Kind):
            raise ConfigError(f"kind must be one of {', '.join(get_args(Kind))}")
        if type(frame) is not int or frame < 0:
            raise ConfigError("frame must be a whole number, 0 or more")
        if type(seconds) not in (int, float) or not (math.isfinite(seconds) and 0 < seconds <= MAX_PREVIEW_SECONDS):
            raise ConfigError(f"seconds must be above 0 and at most {MAX_PREVIEW_SECONDS}")
        if margin is not None and (type(margin) is not int or not 0 <= margin <= MAX_MARGIN):
            raise ConfigError(f"margin must be a whole number of pixels, 0 to {MAX_MARGIN}")
        if type(lossless) is not bool:
            raise ConfigError("lossless must be true or false")
        return cls(kind, frame, float(seconds), margin, lossless)
