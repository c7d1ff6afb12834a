"""`stranet manifest`: pair clean clips with silhouettes, for `stranet evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from stranet.cli.parse import parse
from stranet.errors import ConfigError


@dataclass(frozen=True)
class ManifestCommand:
    """Make the manifest of a folder of test cases: every clean clip gets the silhouettes of some moving object, so that
    what is under them is known."""

    clips: Path
    """Folder of videos and folders of images that show everything that is to be restored."""
    holes: Path
    """Folder with one folder of silhouettes per object: pictures, black = keep, anything else = missing."""
    output: Annotated[Path, arg(aliases=("-o",), metavar="OUT")]
    """The manifest.toml to write; give its folder to stranet evaluate --data."""
    count: int = 60
    """Most frames of a case."""
    least: int = 10
    """Fewest frames of a case; shorter clips and silhouettes are passed over."""
    seed: int = 0
    """Another seed pairs them in another way."""

    def __post_init__(self) -> None:
        for name in ("count", "least"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must be at least 1")


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    command = parse(ManifestCommand, "manifest", arguments)
    from stranet.evaluation.manifest import build_manifest

    count = build_manifest(
        command.clips,
        command.holes,
        command.output,
        count=command.count,
        least=command.least,
        seed=command.seed,
    )
    print(f"{command.output}: {count} cases")
    return 0
