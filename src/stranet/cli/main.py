"""``stranet COMMAND``: finds the command, loads only its module, and turns errors into one line and an exit code.

=========  =====================================================================
exit code  meaning
=========  =====================================================================
0          done
1          ``stranet verify`` found a change
2          bad input or bad option: one line on stderr, nothing written
130        interrupted (Ctrl-C): nothing written
=========  =====================================================================
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from stranet.cli.program import restart_with_tidy_heap, set_up_environment
from stranet.errors import ConfigError, StraNetError

COMMANDS = {
    "inpaint": "remove what a mask marks from a video",
    "track": "make a mask for every frame from a few marks",
    "verify": "prove that nothing changed outside the mask",
    "app": "do it all on a page in the browser",
    "probe": "show what is known about a video",
    "shots": "list the cuts of a video",
    "evaluate": "measure the quality on test clips",
    "bench": "measure time and memory on this machine",
    "manifest": "pair clips and silhouettes as test cases",
    "study": "let people rank results blindly, and count",
    "train": "train the network on your own images",
}
"""Every command with its summary; its module in this package has the same name and a ``run(arguments) -> int``."""
HEAVY = ("inpaint", "track", "app", "evaluate", "train")
"""Those that work for long in much memory; ``bench`` measures in processes of their own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: words after ``stranet``; None = those of this process.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words, restart=arguments is None)
    except StraNetError as error:
        _complain(f"error: {error}")
        return 2
    except BrokenPipeError:  # what reads our output, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:
        if not _interrupted(error):
            raise
        _complain("interrupted; nothing was written")
        return 130


def _interrupted(error: BaseException | None) -> bool:
    """Whether it all began with Ctrl-C: what is being opened at that moment may complain while it is closed again."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _run(words: list[str], restart: bool) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(_help())
        return 0
    if words[0] == "--version":
        from importlib.metadata import version

        print(f"stranet {version('stranet')}")
        return 0
    if words[0] not in COMMANDS:
        import difflib

        nearest = difflib.get_close_matches(words[0], COMMANDS, 1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"use one of {', '.join(COMMANDS)}"
        raise ConfigError(f"unknown command {words[0]!r}; {hint}")
    if restart and words[0] in HEAVY:
        restart_with_tidy_heap()
    set_up_environment()
    return import_module(f"stranet.cli.{words[0]}").run(words[1:])


def _help() -> str:
    lines = [f"  {name:<10}{summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        [
            "usage: stranet COMMAND ...",
            "",
            "Remove what a mask marks from a high-resolution video, and put back what was behind it.",
            "",
            *lines,
            "",
            "stranet COMMAND --help shows the options of a command; stranet --version shows the version.",
        ]
    )


def _complain(message: str) -> None:
    print("stranet:", " ".join(message.split()), file=sys.stderr)
