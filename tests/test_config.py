"""TOML files against frozen dataclasses: what goes in comes out, and every mistake is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from stranet.config import changed_keys, load_config, make_config, save_config
from stranet.errors import ConfigError


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rate < 0:
            raise ConfigError(f"rate is {self.rate}, but must be 0 or more")


@dataclass(frozen=True)
class Outer:
    count: int = 3
    on: bool = True
    mode: Literal["fast", "good"] = "fast"
    folder: Path = Path("runs")
    start: Path | None = None
    plan: tuple[tuple[Literal["a", "b"], int], ...] = (("a", 1),)
    inner: Inner = field(default_factory=Inner)


CHANGED = Outer(
    count=-7,
    on=False,
    mode="good",
    folder=Path('a "quoted" \\ path'),
    start=Path("w.safetensors"),
    plan=(("b", 2), ("a", 10)),
    inner=Inner(1e-7, ("ä", "tab\t")),
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("config", [Outer(), CHANGED, Outer(inner=Inner(rate=1.0))])
def test_what_is_saved_is_loaded(tmp_path: Path, config: Outer) -> None:
    save_config(tmp_path / "c.toml", config)
    assert load_config(tmp_path / "c.toml", Outer) == config


def test_only_differences_are_saved(tmp_path: Path) -> None:
    save_config(tmp_path / "c.toml", Outer(count=4, inner=Inner(rate=2.0)))
    assert (tmp_path / "c.toml").read_text() == "count = 4\n\n[inner]\nrate = 2.0\n"


def test_defaults_make_an_empty_file(tmp_path: Path) -> None:
    save_config(tmp_path / "c.toml", Outer())
    assert (tmp_path / "c.toml").read_text() == "\n"


def test_whole_numbers_may_stand_for_numbers(tmp_path: Path) -> None:
    found = load_config(write(tmp_path / "c.toml", "inner.rate = 2"), Outer).inner.rate
    assert found == 2.0
    assert isinstance(found, float)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cuont = 4", "unknown key cuont = 4; did you mean count?"),
        ("[inner]\nrat = 1", "unknown key inner.rat = 1; did you mean inner.rate?"),
        ('count = "4"', 'count is "4", but must be a whole number'),
        ("count = 4.5", "count is 4.5, but must be a whole number"),
        ("count = true", "count is true, but must be a whole number"),
        ("on = 1", "on is 1, but must be true or false"),
        ('mode = "best"', 'mode is "best", but must be one of fast, good'),
        ("mode = [1]", "mode is [1], but must be one of fast, good"),
        ("folder = 3", "folder is 3, but must be text in quotes"),
        ("start = {x = 3}", "start is {x = 3}, but must be text in quotes"),
        ('inner.rate = "fast"', 'inner.rate is "fast", but must be a number'),
        ("inner = 3", "inner is 3, but must be a table"),
        ('inner.names = "a"', 'inner.names is "a", but must be a list in brackets'),
        ('plan = [["a", 1], ["c", 2]]', 'plan[1][0] is "c", but must be one of a, b'),
        ('plan = [["a"]]', 'plan[0] is ["a"], but must be a list of 2 values'),
        ("inner.rate = -1", "rate is -1.0, but must be 0 or more"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "c.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, Outer)
    assert str(caught.value) == f"{path}: {message}"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file"):
        load_config(tmp_path / "none.toml", Outer)


@pytest.mark.parametrize("content", [b"count = ", b"\xff\xfe", b"count = 1\ncount = 2"])
def test_no_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"c\.toml: not a TOML file"):
        load_config(tmp_path / "c.toml", Outer)


def test_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, Outer)


def test_from_a_table_of_another_source() -> None:
    assert make_config({"plan": [["b", 2]], "inner": {"names": ["x"]}}, Outer, "weights.json") == Outer(
        plan=(("b", 2),), inner=Inner(names=("x",))
    )
    with pytest.raises(ConfigError, match=r"^weights\.json: unknown key x = 1"):
        make_config({"x": 1}, Outer, "weights.json")


def test_changed_keys() -> None:
    assert changed_keys(Outer(), Outer()) == []
    assert changed_keys(Outer(), Outer(count=4, inner=Inner(rate=2.0))) == ["count", "inner.rate"]
