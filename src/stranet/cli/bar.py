"""What the progress bars of all commands share."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn


class VanishingBar:
    """A bar on stderr that vanishes at the end; nothing at all when stderr is no terminal or ``quiet``.

    A context manager.
    """

    def __init__(self, *columns: ProgressColumn, quiet: bool, **fields: Any) -> None:
        disable = quiet or not sys.stderr.isatty()
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=disable)
        self._task = self._bar.add_task("", total=None, **fields)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
