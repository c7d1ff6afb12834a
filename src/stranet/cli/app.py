"""`stranet app`: a page in the browser to do it all."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from stranet.cli.parse import parse
from stranet.cli.program import give_back_memory, set_up_process
from stranet.errors import ConfigError
from stranet.web.options import AppOptions, Limits

PACKAGES = ("starlette", "uvicorn")
"""What the extra ``app`` installs."""


@dataclass(frozen=True)
class AppCommand:
    """Serve a page on this machine: open a video, mark what should vanish, look at it, download the result.

    Nothing leaves this machine. Ctrl-C ends it."""

    where: AppOptions = field(default_factory=AppOptions)
    limits: Limits = field(default_factory=Limits)


def run(arguments: Sequence[str]) -> int:
    """Serve until Ctrl-C; returns 0."""
    command = parse(AppCommand, "app", arguments)
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigError(f"stranet app needs {' and '.join(missing)}; install: pip install 'stranet[app]'")
    set_up_process()
    from stranet.web.server import page

    with page(command.where, command.limits, give_back_memory) as served:
        print(f"stranet: open {served.address} in a browser; Ctrl-C ends it", file=sys.stderr)
        if not command.where.loopback:
            print(
                f"stranet: warning: everyone who reaches {command.where.host} can use this page; there is no password",
                file=sys.stderr,
            )
        if command.where.open:
            webbrowser.open(served.address)
        try:
            served.run()
        except KeyboardInterrupt:  # how uvicorn says, once all is closed, that it was told to end
            print("stranet: ended", file=sys.stderr)
    return 0
