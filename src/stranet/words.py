"""Lists, sizes and amounts as words of the command line."""

from __future__ import annotations

import re

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


UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


def parse_bytes(text: str) -> int:
    """``"2GB"``, ``"1.5 GiB"``, ``"800M"`` or ``"2000000000"`` as bytes.

    Raises:
        ConfigError: The text is something else, or not above 0.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?I?)B?\s*", text.upper(), re.ASCII)
    if not match or match[2] not in UNITS or not float(match[1]):
        raise ConfigError(f"memory is {text!r}, but must be an amount such as 2GB or 800MB")
    return round(float(match[1]) * UNITS[match[2]])
