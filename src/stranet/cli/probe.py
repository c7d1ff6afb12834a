"""`stranet probe`: what is known about a video."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from stranet.cli.parse import parse


@dataclass(frozen=True)
class ProbeCommand:
    """Show what is known about a video before its frames are read."""

    video: Annotated[Positional[Path], arg(metavar="VIDEO")]
    """Video file or folder of images."""
    json: bool = False
    """Print JSON."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    command = parse(ProbeCommand, "probe", arguments)
    from stranet.video.info import probe_video

    info = probe_video(command.video)
    facts = asdict(info) | {"size": str(info.size), "display_size": str(info.display_size)}
    if command.json:
        print(json.dumps(facts, indent=2, default=str, ensure_ascii=False))
    else:
        print("\n".join(f"{name + ':':<21} {value}" for name, value in facts.items()))
    return 0
