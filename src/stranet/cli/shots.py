"""`stranet shots`: the cuts of a video."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from stranet.cli.parse import parse


@dataclass(frozen=True)
class ShotsCommand:
    """List the shots of a video: first frame and the frame after the last, counted from 0."""

    video: Annotated[Positional[Path], arg(metavar="VIDEO")]
    """Video file or folder of images."""
    json: bool = False
    """Print JSON."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    command = parse(ShotsCommand, "shots", arguments)
    from stranet.api import detect_shots

    shots = detect_shots(command.video)
    if command.json:
        print(json.dumps([[shot.start, shot.stop] for shot in shots]))
    else:
        print("\n".join(f"{shot.start}\t{shot.stop}" for shot in shots))
    return 0
