"""Options from a frozen dataclass: tyro makes the flags and the help, and its errors become one line."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stderr
from typing import TypeVar

import tyro

from stranet.errors import ConfigError

Options = TypeVar("Options")

_REWORDED = (
    (r"^Unrecognized options?:", "unknown option:"),
    (r"^Missing value for argument '(\S+)'.*", r"\1 needs a value"),
    (r"^invalid choice '(.*)' for argument '(\S+)'. Expected one of \((.*)\)", r"\2 is '\1', but must be one of \3"),
    (r"^Error parsing (\S+): invalid literal for int\(\) with base 10: (.*)", r"\1 is \2, but must be a whole number"),
    (
        r"^(?:Error parsing )?(\S+): no type matching INT could be instantiated from \[(.*)\]",
        r"\1 is \2, but must be a whole number",
    ),
    (r"^Error parsing (\S+): could not convert string to float: (.*)", r"\1 is \2, but must be a number"),
    (r"^Error parsing (\S+):", r"\1:"),
)
"""Errors of tyro's in our words; what is not listed here is shown as it is."""
_FLAT = (tyro.conf.OmitArgPrefixes, tyro.conf.DisallowNone, tyro.conf.FlagCreatePairsOff)
"""Names of fields without those of the dataclasses around them; only leaving a flag out means None; --no-x, or --x."""
_NESTED = (tyro.conf.DisallowNone,)
"""Names of fields after those of the dataclasses around them; both --x and --no-x, whatever the default."""


def parse(
    options: type[Options],
    command: str,
    arguments: Sequence[str],
    *,
    default: Options | None = None,
    nested: bool = False,
) -> Options:
    """Make ``options`` from words of the command line.

    Args:
        options: a dataclass; its attribute docstrings are the help of the flags.
        command: the name behind ``stranet``.
        arguments: the words behind the command.
        default: what counts where the words say nothing; None: the defaults of ``options``.
        nested: name fields of a dataclass inside ``options`` after it too, as in --weights.style.

    Raises:
        ConfigError: A word is unknown or missing, or a value does not fit.
        SystemExit: Help was asked for and printed.
    """
    written = io.StringIO()
    try:
        with redirect_stderr(written):
            style = _NESTED if nested else _FLAT
            program, words = f"stranet {command}", list(arguments)
            if default is None:
                return tyro.cli(options, prog=program, args=words, config=style)
            return tyro.cli(options, prog=program, args=words, config=style, default=default)
    except SystemExit as ended:
        if not ended.code:
            raise
        raise ConfigError(f"{_one_line(written.getvalue())}; see stranet {command} --help") from None


def _one_line(box: str) -> str:
    """The message in an error box of tyro's: its first section, and the nearest option if a later one names it.

    The box has a title, then sections of rows between rules; it is drawn in Unicode or, on a plain terminal, in ASCII.
    """
    title, *rows = box.rstrip().splitlines()
    sections: list[list[str]] = [[]]
    for row in rows:
        if row.strip(" ─-│╰╯"):
            sections[-1].append(row.strip("│").rstrip())
        else:
            sections.append([])
    first, *others = filter(None, sections)
    if "Required options" in title:
        # "Missing from ...:", then each option at an indent of four, and its help below at a deeper one.
        indent = len(first[0]) - len(first[0].lstrip()) + 4
        options = [row.split(", ")[-1].strip() for row in first if len(row) - len(row.lstrip()) == indent]
        return f"missing: {', '.join(options)}"
    message = " ".join(" ".join(first).split()).rstrip(".!")
    for pattern, words in _REWORDED:
        message = re.sub(pattern, words, message)
    for section in others:
        if "Perhaps you meant" in section[0]:
            nearest = re.search(r"--[\w-]+", " ".join(section[1:]))
            return f"{message}; did you mean {nearest.group()}?" if nearest else message
    return message
