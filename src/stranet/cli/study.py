"""`stranet study build` and `stranet study tally`: a blind comparison by people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from stranet.cli.parse import parse
from stranet.errors import ConfigError
from stranet.report import write_text


@dataclass(frozen=True)
class BuildCommand:
    """Make a page on which people rank the results of several methods side by side, without knowing whose they are."""

    results: Annotated[Positional[Path], arg(metavar="RESULTS")]
    """Folder with METHOD/CLIP in it, images or videos, such as the folder of one size that stranet evaluate fills."""
    methods: tuple[str, ...]
    """Folders in it to compare, 2 to 6."""
    output: Annotated[Path, arg(aliases=("-o",), metavar="OUT")]
    """Folder to write: OUT/page goes to the participants, OUT/key.json does not."""
    clips: tuple[str, ...] = ()
    """Clips to use; default: all that every method has."""
    inputs: Path | None = None
    """Folder with CLIP or CLIP/frames: what went in, shown above the results; stranet evaluate --export writes it."""
    rate: int = 12
    """Frames per second at which the clips play."""
    seed: int | None = None
    """Makes the same names of files again; default: chance."""


@dataclass(frozen=True)
class TallyCommand:
    """Count the answers that came back: how often every method took every place, with 95 % intervals."""

    key: Annotated[Positional[Path], arg(metavar="KEY")]
    """The study's key.json."""
    votes: Annotated[Positional[tuple[Path, ...]], arg(metavar="VOTES")]
    """Files of answers, or folders of them."""
    report: Path | None = None
    """Also write all figures into this JSON file."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0."""
    parts = {"build": _build, "tally": _tally}
    if arguments and arguments[0] in ("-h", "--help"):
        print("usage: stranet study build ...\n       stranet study tally ...\n\nEach has a --help of its own.")
        raise SystemExit(0)  # as every other --help ends
    if not arguments or arguments[0] not in parts:
        raise ConfigError(f"study needs build or tally, not {arguments[0] if arguments else 'nothing'!r}")
    return parts[arguments[0]](arguments[1:])


def _build(arguments: Sequence[str]) -> int:
    command = parse(BuildCommand, "study build", arguments)
    from stranet.study.build import StudyPlan, build_study

    methods = tuple(part for name in command.methods for part in name.split(",") if part)
    plan = StudyPlan(command.results, methods, command.clips, command.inputs, command.rate, command.seed)
    count = build_study(plan, command.output)
    print(f"{command.output / 'page' / 'index.html'}: {count} comparisons of {len(methods)} methods")
    return 0


def _tally(arguments: Sequence[str]) -> int:
    command = parse(TallyCommand, "study tally", arguments)
    from stranet.study.tally import tally_votes

    tally = tally_votes(command.key, command.votes)
    header, rows = tally.table()
    rule = ("---", *("---:" for _ in header[1:]))
    print(f"{tally.votes} comparisons by {tally.participants} participants\n")
    print("\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows)))
    if command.report is not None:
        write_text(command.report, json.dumps(asdict(tally), indent=1) + "\n")
    return 0
