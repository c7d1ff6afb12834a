"""bench.json: every finished run, on disk as soon as it is done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stranet.bench.measure import Result
from stranet.bench.origin import Origin
from stranet.bench.plan import Run
from stranet.errors import ConfigError
from stranet.report import write_text

FORMAT = 1
"""Of the file; another one cannot be gone on with."""


@dataclass(frozen=True)
class Row:
    """A run and what it took."""

    run: Run
    result: Result


class Record:
    """The rows in a folder."""

    def __init__(self, path: Path, origin: Origin, rows: list[Row] | None = None) -> None:
        self.path, self.origin = path, origin
        self._rows = {row.run.key: row for row in rows or ()}

    @classmethod
    def open(cls, folder: Path, origin: Origin, *, overwrite: bool) -> Record:
        """What is in ``folder``, to be gone on with; nothing is written yet.

        Args:
            folder: where bench.json lies, or will.
            origin: of the rows that will be added.
            overwrite: begin anew.

        Raises:
            ConfigError: The rows there come from another commit, version or machine, or the file is damaged.
        """
        path = folder / "bench.json"
        if overwrite or not path.exists():
            return cls(path, origin)
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ConfigError(f"{path}: written by another version; give another --out, or --overwrite")
            different = origin.differences(content["origin"])
            rows = [Row(Run(**row["run"]), Result(**row["result"])) for row in content["rows"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{path}: damaged ({error}); give another --out, or --overwrite") from error
        if different:
            raise ConfigError(
                f"{path} holds runs of another origin (it differs in {', '.join(different)}), which do not mix with "
                "new ones; give another --out, or --overwrite"
            )
        return cls(path, origin, rows)

    def __contains__(self, run: Run) -> bool:
        return run.key in self._rows

    def rows(self, runs: list[Run]) -> list[Row]:
        """The finished ones of these runs."""
        return [self._rows[run.key] for run in runs if run in self]

    def add(self, row: Row) -> None:
        """Keep a row; it is on disk when this returns.

        Raises:
            ConfigError: It cannot be written.
        """
        self._rows[row.run.key] = row
        origin = asdict(self.origin)
        told = {"commit": origin["commit"], "version": origin["versions"]["stranet"]}
        rows = [{"run": asdict(row.run), "result": asdict(row.result), **told} for row in self._rows.values()]
        write_text(self.path, json.dumps({"format": FORMAT, "origin": origin, "rows": rows}, indent=1) + "\n")
