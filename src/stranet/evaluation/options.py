"""EvaluateOptions: what is measured, and what is written; importable without OpenCV or torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stranet.errors import ConfigError
from stranet.inpainting.options import InpaintOptions
from stranet.types import Size
from stranet.words import parse_size, split_names

PAPER_SIZES = (Size(432, 240), Size(864, 480), Size(1296, 720), Size(1728, 960))
"""The sizes of the paper's Table 1."""
DEFAULT_SIZE = Size(864, 480)


@dataclass(frozen=True)
class EvaluateOptions:
    """Fill holes whose truth is known with every method, keep the results, score them, and print tables."""

    data: Path
    """Folder with a manifest.toml, its clips and its silhouettes; stranet manifest makes one."""
    sizes: tuple[str, ...] = ()
    """Sizes WIDTHxHEIGHT at which the cases are cut, by spaces or commas; smaller clips are left out. Default: 864x480,
    and the paper's four with --tables."""
    count: int = 30
    """Most frames of every case, at least 1."""
    methods: tuple[str, ...] = ()
    """Methods to compare, separated by spaces or commas; "list" shows them all. Default: stranet and telea, and those
    of the paper's Table 1 with --tables."""
    only: tuple[str, ...] = ()
    """Names of the cases to use, separated by spaces or commas; none = all."""
    predictions: tuple[Path, ...] = ()
    """Folders with the output of other systems: CASE or CASE.mp4 in it, or in a folder per size (864x480/CASE)."""
    name: tuple[str, ...] = ()
    """What these systems are called, one name for each."""
    export: Path | None = None
    """Only write the blanked frames and the masks of every case into this folder, as input for other systems."""
    removal: Path | None = None
    """Folder of clips whose object is really to be removed, without truth: CLIP/frames or CLIP/video.mp4, and
    CLIP/masks. They get pictures and temporal figures."""
    out: Path = Path("evaluation")
    """Folder for predictions, tables and pictures, with one folder per size in it."""
    jobs: int = 1
    """Cases at a time, each in a process of its own; seconds per frame are only comparable with 1."""
    tables: bool = False
    """Tables 1 to 4 of the paper, ours beside the published ones; memory and time are measured in fresh processes."""
    page: Path | None = None
    """With --tables: the Markdown page to write; default: results.md in the output folder."""
    strips: bool = False
    """Also write a picture per case: input, every method and the truth, with zoomed insets."""
    report: bool = False
    """Also write figures and one HTML page with everything, which needs no network."""
    lpips: Literal["none", "alex", "vgg"] = "none"
    """Also LPIPS, which needs the packages lpips and torchvision and their weights."""
    overwrite: bool = False
    """Throw away earlier predictions of these methods at these sizes."""
    inpaint: InpaintOptions = field(default_factory=InpaintOptions)
    """How StraNet fills holes."""

    def __post_init__(self) -> None:
        for name in ("count", "jobs"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, but must be at least 1")
        if len(self.predictions) != len(self.name):
            raise ConfigError(
                f"there are {len(self.predictions)} --predictions and {len(self.name)} --name; give one name for each"
            )
        if self.page is not None and not self.tables:
            raise ConfigError("page is only written with --tables; add it")
        self.chosen_sizes()

    def chosen_sizes(self) -> tuple[Size, ...]:
        """The sizes, smallest first; those of the paper where none is named and its tables are wanted.

        Raises:
            ConfigError: One is not written as WIDTHxHEIGHT.
        """
        named = dict.fromkeys(parse_size(text) for text in split_names(self.sizes))
        return tuple(sorted(named)) or (PAPER_SIZES if self.tables else (DEFAULT_SIZE,))
