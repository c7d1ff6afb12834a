"""Lists and sizes as words of the command line."""

from __future__ import annotations

from stranet.errors import ConfigError
from stranet.types import Size


def parse_size(text: str) -> Size:
    """``"864x480"`` as a `Size`.

    Raises:
        ConfigError: The text is something else, or a side is shorter than 16 pixels.
    """
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() for side in sides):
        raise ConfigError(f"sizes: {text!r} must be written as WIDTHxHEIGHT, for example 864x480")
    size = Size(int(sides[0]), int(sides[1]))
    if min(size) < 16:
        raise ConfigError(f"sizes: {size} is too small; both sides must be at least 16 pixels")
    return size


def split_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names separated by commas as well as by spaces, each once."""
    return tuple(dict.fromkeys(part.strip() for name in names for part in name.split(",") if part.strip()))
