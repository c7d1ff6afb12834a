"""BenchOptions: what is measured, and what is written; importable without OpenCV or torch."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_type_hints

from stranet.errors import ConfigError
from stranet.inpainting.options import InpaintOptions
from stranet.types import Size
from stranet.words import parse_size, split_names

SIZES = ("432x240", "864x480", "1296x720", "1728x960", "1920x1080", "3840x2160")
HOLES = (2.0, 8.0, 20.0)
LENGTHS = (75, 300, 1000, 3000)
LENGTH_HOLE = 8.0
"""Hole of the runs of different length, and of ``vary_size``, % of the frame."""
LARGEST_HOLE = 60.0
"""Percent; a larger blob would not move inside the frame."""


@dataclass(frozen=True)
class BenchOptions:
    """Measure time and memory, each run in a fresh process, on clips that are made for it; nothing is downloaded.

    Runs that are finished are kept in the output folder: the same command goes on where it was stopped."""

    sizes: tuple[str, ...] = ()
    """Sizes WIDTHxHEIGHT, separated by spaces or commas. Default: 432x240, 864x480, 1296x720, 1728x960, 1920x1080 and
    3840x2160."""
    holes: tuple[str, ...] = ()
    """Areas of the hole in percent of the frame, above 0 and at most 60. Default: 2, 8 and 20."""
    frames: int | None = None
    """Frames of a clip, more than --warmup. Default: 75."""
    repeats: int | None = None
    """Times that every run is done; medians count. Default: 3."""
    lengths: tuple[str, ...] = ()
    """Numbers of frames for time and memory against length; 0 = none. Default: 75, 300, 1000 and 3000."""
    length_size: str = "864x480"
    """Size at which length is varied."""
    length_repeats: int | None = None
    """Times that every run of another length is done. Default: as often as the others."""
    warmup: int = 10
    """Output frames that do not count for the time between frames, 0 or more."""
    quick: bool = False
    """A look in a few minutes: where nothing else is said, 432x240 and 864x480, 8 %, 40 frames, once, no lengths."""
    vary: str | None = None
    """NAME=VALUE,VALUE,...: measure everything with each value of one of the options below, as in
    quality=fast,balanced,best."""
    vary_size: str | None = None
    """The only size at which --vary is measured, with the usual hole of 8 %; everything else is measured with its first
    value alone."""
    out: Path = Path("bench")
    """Folder for the clips, bench.json and the plots."""
    page: Path | None = None
    """Also write a Markdown page with all tables; its plots go to a folder images beside it."""
    overwrite: bool = False
    """Throw away earlier runs in the output folder."""
    inpaint: InpaintOptions = field(default_factory=InpaintOptions)
    """How holes are filled."""

    def __post_init__(self) -> None:
        for name in ("repeats", "length_repeats"):
            if (times := getattr(self, name)) is not None and times < 1:
                raise ConfigError(f"{name} is {times}, but must be at least 1")
        if self.warmup < 0:
            raise ConfigError(f"warmup is {self.warmup}, but must be 0 or more")
        shortest = min([self.chosen_frames, *self.chosen_lengths()])
        if shortest < self.warmup + 2:
            raise ConfigError(
                f"a clip of {shortest} frames is too short: {self.warmup} of them are warm-up and 2 must be left; "
                "ask for more frames or less --warmup"
            )
        for choose in (self.chosen_sizes, self.chosen_holes, self.chosen_length_size, self.variants):
            choose()  # each refuses what does not fit
        if self.vary_size is not None and parse_size(self.vary_size) not in self.chosen_sizes():
            raise ConfigError(f"vary_size is {self.vary_size}, which is not measured; add it to --sizes")

    @property
    def chosen_frames(self) -> int:
        """Frames of a clip."""
        return self.frames if self.frames is not None else 40 if self.quick else 75

    @property
    def chosen_repeats(self) -> int:
        """Times that a run is done."""
        return self.repeats or (1 if self.quick else 3)

    @property
    def chosen_length_repeats(self) -> int:
        """Times that a run of another length is done."""
        return self.length_repeats or self.chosen_repeats

    def chosen_sizes(self) -> tuple[Size, ...]:
        """The sizes, smallest first.

        Raises:
            ConfigError: One is not written as WIDTHxHEIGHT, or is odd.
        """
        names = split_names(self.sizes) or (SIZES[:2] if self.quick else SIZES)
        return tuple(sorted({_even(parse_size(name)) for name in names}))

    def chosen_length_size(self) -> Size:
        """The size at which length is varied.

        Raises:
            ConfigError: As for the other sizes.
        """
        return _even(parse_size(self.length_size))

    def chosen_holes(self) -> tuple[float, ...]:
        """Areas in percent of the frame, smallest first.

        Raises:
            ConfigError: One is no number, or out of range.
        """
        if not self.holes:
            return HOLES[1:2] if self.quick else HOLES
        areas = sorted(_number("holes", word) for word in split_names(self.holes))
        for area in areas:
            if not 0 < area <= LARGEST_HOLE:
                raise ConfigError(f"holes: {area:g} % must be above 0 and at most {LARGEST_HOLE:g} % of the frame")
        return tuple(areas)

    def chosen_lengths(self) -> tuple[int, ...]:
        """Numbers of frames, fewest first; none where length is not varied.

        Raises:
            ConfigError: One is no whole number.
        """
        if not self.lengths:
            return () if self.quick else LENGTHS
        lengths = sorted(_number("lengths", word) for word in split_names(self.lengths))
        if any(not length.is_integer() or length < 0 for length in lengths):
            raise ConfigError(f"lengths: {', '.join(f'{length:g}' for length in lengths)} must be whole numbers")
        return tuple(int(length) for length in lengths if length)

    def variants_at(self, size: str, hole: float) -> tuple[InpaintOptions, ...]:
        """Those that are measured at a size and a hole; see ``vary_size``."""
        everywhere = self.vary_size is None or (parse_size(self.vary_size) == parse_size(size) and hole == LENGTH_HOLE)
        return self.variants() if everywhere else self.variants()[:1]

    def variants(self) -> tuple[InpaintOptions, ...]:
        """The options of every variant that is measured; one without ``vary``.

        Raises:
            ConfigError: ``vary`` names no option, or a value does not fit.
        """
        if self.vary is None:
            return (self.inpaint,)
        name, _, values = self.vary.partition("=")
        name, chosen = name.replace("-", "_"), split_names((values,))
        if name not in {known.name for known in dataclasses.fields(InpaintOptions)} or not chosen:
            raise ConfigError(f"vary is {self.vary!r}, but must be an option with its values, such as workers=1,2")
        kind = get_type_hints(InpaintOptions)[name]
        return tuple(dataclasses.replace(self.inpaint, **{name: _read(kind, name, word)}) for word in chosen)


def _read(kind: Any, name: str, word: str) -> bool | int | str:
    """A word as a value of an option: whole number (or None), true or false, or one of some words."""
    kinds = (kind, *get_args(kind))
    if bool in kinds:
        if word not in ("true", "false"):
            raise ConfigError(f"vary: {name} is {word!r}, but must be true or false")
        return word == "true"
    if int in kinds:
        number = _number(f"vary: {name}", word)
        if not number.is_integer():
            raise ConfigError(f"vary: {name} is {word}, but must be a whole number")
        return int(number)
    if Path in kinds:
        raise ConfigError(f"vary: {name} cannot be varied; run the bench once for each value")
    return word


def _number(name: str, word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ConfigError(f"{name}: {word!r} must be a number") from None


def _even(size: Size) -> Size:
    if size.width % 2 or size.height % 2:
        raise ConfigError(f"sizes: {size} must have even sides, as most video has")
    return size
