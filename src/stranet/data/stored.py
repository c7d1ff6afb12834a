"""Files in folders and in .tar archives, read in place: an archive is never extracted."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from stranet.errors import OpenError


class StoredFile(NamedTuple):
    """One file, or one member of an archive."""

    path: Path
    """The file, or the archive that holds it."""
    name: str
    """Name below the folder or within the archive, with forward slashes. For sorting and messages only: an archive may
    name its members as it likes."""
    offset: int
    """Where its bytes begin."""
    size: int
    """How many they are."""

    def read(self) -> bytes:
        """Its bytes.

        Raises:
            OpenError: it has gone or became shorter.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                content = file.read(self.size)
        except OSError as error:
            raise OpenError(f"{self}: cannot be read ({error.strerror}); was it moved?") from error
        if len(content) != self.size:
            raise OpenError(f"{self}: ends too early; copy it anew")
        return content

    def __str__(self) -> str:
        return f"{self.path} ({self.name})" if self.offset else str(self.path)


def find_files(paths: Sequence[Path], suffixes: Collection[str], what: str) -> list[StoredFile]:
    """All files of some kinds, in a fixed order: path by path, each sorted by name.

    Args:
        paths: folders, looked into recursively; .tar archives, without compression; or single files. Hidden files are
            left out, and so are links and everything else in an archive that is not a plain file.
        suffixes: lower-case, with their dots.
        what: what is looked for, in the plural, for the messages.

    Raises:
        OpenError: a path is missing or no archive, or holds nothing of these kinds.
    """
    found: list[StoredFile] = []
    for path in paths:
        here = _members(path) if path.suffix.lower() == ".tar" else _below(path)
        wanted = [file for file in here if Path(file.name).suffix.lower() in suffixes]
        if not wanted:
            kinds = ", ".join(sorted(suffixes))
            raise OpenError(f"{path}: holds no {what} ({kinds}); give a folder or a .tar archive that does")
        found += sorted(wanted, key=lambda file: file.name)
    return found


def _below(path: Path) -> list[StoredFile]:
    if path.is_file():
        return [StoredFile(path, path.name, 0, path.stat().st_size)]
    if not path.is_dir():
        raise OpenError(f"{path}: there is no such file or folder; check the path")
    names = ((file, file.relative_to(path)) for file in path.rglob("*"))
    return [
        StoredFile(file, name.as_posix(), 0, file.stat().st_size)
        for file, name in names
        if not any(part.startswith(".") for part in name.parts) and file.is_file()
    ]


def _members(path: Path) -> list[StoredFile]:
    try:
        with tarfile.open(path, "r:") as archive:
            return [
                StoredFile(path, member.name, member.offset_data, member.size)
                for member in archive
                if member.isreg() and not member.issparse() and not Path(member.name).name.startswith(".")
            ]
    except FileNotFoundError:
        raise OpenError(f"{path}: there is no such file; check the path") from None
    except (OSError, tarfile.TarError) as error:
        raise OpenError(f"{path}: not a .tar archive without compression ({error}); make it with tar -cf") from error
