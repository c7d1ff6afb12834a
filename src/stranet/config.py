"""Frozen dataclasses in TOML files: only what differs from the defaults, nothing that is not a known key.

The same dataclass is the Python argument, the schema of the file and the help of the command line.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar

from stranet.errors import ConfigError

Config = TypeVar("Config")


def load_config(path: Path, config: type[Config]) -> Config:
    """Read a dataclass from a TOML file; a key that is left out keeps its default.

    Args:
        path: a TOML file; a table for every dataclass inside the dataclass.
        config: what to read. Fields may be bool, int, float, str, Path, Literal, tuples of these, dataclasses of
            these, or any of them ``| None`` (None is a key that is left out).

    Raises:
        ConfigError: The file is missing or no TOML, or a key is unknown, or a value has the wrong type or range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file ({error})") from error
    return make_config(table, config, str(path))


def make_config(table: dict[str, Any], config: type[Config], origin: str) -> Config:
    """A dataclass from nested tables, as TOML and JSON give them; errors name ``origin``.

    Raises:
        ConfigError: as in `load_config`.
    """
    return _Reader(origin).table(config, table, "")


def save_config(path: Path, config: Any) -> None:
    """Write what differs from the defaults of a dataclass; `load_config` gives an equal one back.

    Args:
        path: TOML file to write; its folder exists.
        config: a dataclass whose every field has a default.
    """
    path.write_text("\n".join(_lines(config, "")).strip() + "\n", encoding="utf-8")


def changed_keys(old: Any, new: Any, prefix: str = "") -> list[str]:
    """Dotted names of the fields in which two instances of one dataclass differ."""
    names: list[str] = []
    for field in dataclasses.fields(new):
        before, after, name = getattr(old, field.name), getattr(new, field.name), f"{prefix}{field.name}"
        if dataclasses.is_dataclass(after) and type(before) is type(after):
            names += changed_keys(before, after, f"{name}.")
        elif before != after:
            names.append(name)
    return names


class _Reader:
    """Turns plain values into dataclasses; remembers where they come from for its messages."""

    def __init__(self, source: str) -> None:
        self._source = source

    def table(self, config: type[Config], table: dict[str, Any], prefix: str) -> Config:
        hints = typing.get_type_hints(config)
        names = [field.name for field in dataclasses.fields(config)]  # pyright: ignore[reportArgumentType]
        for key in table:
            if key not in names:
                nearest = difflib.get_close_matches(key, names, 1, 0)
                hint = f"; did you mean {prefix}{nearest[0]}?" if nearest else ""
                raise ConfigError(f"{self._source}: unknown key {prefix}{key} = {_shown(table[key])}{hint}")
        values = {key: self.value(hints[key], value, f"{prefix}{key}") for key, value in table.items()}
        try:
            return config(**values)
        except ConfigError as error:
            raise ConfigError(f"{self._source}: {error}") from error

    def value(self, kind: Any, value: Any, key: str) -> Any:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self.table(kind, self._expect(isinstance(value, dict), value, key, "a table"), f"{key}.")
        if origin in (types.UnionType, typing.Union):
            (kind,) = (option for option in inner if option is not type(None))
            return self.value(kind, value, key)
        if origin is Literal:
            return self._expect(value in inner, value, key, f"one of {', '.join(map(str, inner))}")
        if origin is tuple:
            return self._tuple(inner, value, key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if kind is float:
            return float(self._expect(is_number, value, key, "a number"))
        if kind is int:
            return self._expect(is_number and isinstance(value, int), value, key, "a whole number")
        if kind is bool:
            return self._expect(isinstance(value, bool), value, key, "true or false")
        text = self._expect(isinstance(value, str), value, key, "text in quotes")
        return Path(text) if kind is Path else text

    def _tuple(self, inner: tuple[Any, ...], value: Any, key: str) -> tuple[Any, ...]:
        self._expect(isinstance(value, list), value, key, "a list in brackets")
        if inner[1:] == (...,):
            inner = inner[:1] * len(value)
        self._expect(len(value) == len(inner), value, key, f"a list of {len(inner)} values")
        return tuple(
            self.value(kind, item, f"{key}[{index}]")
            for index, (kind, item) in enumerate(zip(inner, value, strict=True))
        )

    def _expect(self, fits: bool, value: Any, key: str, what: str) -> Any:
        if not fits:
            raise ConfigError(f"{self._source}: {key} is {_shown(value)}, but must be {what}")
        return value


def _lines(config: Any, name: str) -> list[str]:
    """Lines of one table, plain values before the tables inside it, as TOML wants them."""
    default = type(config)()
    plain: list[str] = []
    tables: list[str] = []
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if value == getattr(default, field.name):
            continue
        if dataclasses.is_dataclass(value):
            tables += _lines(value, f"{name}.{field.name}".lstrip("."))
        else:
            plain.append(f"{field.name} = {_shown(value)}")
    head = ["", f"[{name}]"] if name and plain else []
    return head + plain + tables


def _shown(value: Any) -> str:
    """A value in the notation of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_shown(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)  # TOML's basic strings are JSON's
    return str(value)
