"""`stranet train`: train the network, or go on with a training that was stopped."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from stranet.cli.parse import parse
from stranet.cli.program import set_up_process
from stranet.cli.training_bar import TrainingBar
from stranet.config import load_config
from stranet.errors import ConfigError
from stranet.training.config import TrainConfig


@dataclass(frozen=True)
class TrainCommand:
    """Train the network. A folder that holds part of the same training is gone on with from its last checkpoint."""

    config: Annotated[Positional[Path | None], arg(metavar="CONFIG")] = None
    """TOML file of what differs from the defaults below; options given here count more than the file."""
    resume: Annotated[Path | None, arg(metavar="OUT")] = None
    """Folder of a training to go on with, in place of CONFIG."""
    steps: int | None = None
    """Stop after this many steps, counted from the very first; default: all of every stage."""
    minutes: float | None = None
    """Stop after this time, with a checkpoint."""
    quiet: bool = False
    """Show nothing but errors."""
    recipe: Annotated[TrainConfig, arg(name="")] = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        if self.config is not None and self.resume is not None:
            raise ConfigError(f"give {self.config} or --resume {self.resume}, not both")
        for name in ("steps", "minutes"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigError(f"{name} is {value}, but must be above 0")


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns 0, or 130 when it was interrupted."""
    set_up_process()
    command = read_command(arguments)
    from stranet.training.loop import Limits, train  # loads torch: only once the options are right

    quiet = command.quiet or os.environ.get("RANK", "0") != "0"  # under torchrun, one process speaks
    try:
        with TrainingBar(quiet=quiet) as bar:  # lines of the log then appear above the bar
            logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="stranet: %(message)s")
            ended = train(command.recipe, limits=Limits(command.steps, command.minutes), progress=bar)
    except KeyboardInterrupt:  # a second Ctrl-C, while the first was being answered
        print(f"stranet: broken off; go on with: stranet train --resume {command.recipe.out}", file=sys.stderr)
        return 130
    if not quiet or (ended.interrupted and command.quiet):
        print(f"stranet: {ended.summary}", file=sys.stderr)
    return 130 if ended.interrupted else 0


def read_command(arguments: Sequence[str]) -> TrainCommand:
    """The command with the config that it names: the file, and over it the options.

    Raises:
        ConfigError: An option or the file is wrong, or neither a file nor a folder is named.
    """
    command = parse(TrainCommand, "train", arguments, nested=True)
    if command.resume is not None:
        path = command.resume / "config.toml"
        if not path.is_file():
            raise ConfigError(f"{command.resume} is not the folder of a training: there is no {path}")
        recipe = replace(load_config(path, TrainConfig), out=command.resume)  # the folder may have been moved
    elif command.config is not None:
        recipe = load_config(command.config, TrainConfig)
    else:
        raise ConfigError("missing: CONFIG, or --resume OUT; see stranet train --help")
    return parse(TrainCommand, "train", arguments, default=replace(command, recipe=recipe), nested=True)
