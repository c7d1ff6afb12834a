"""Rows on disk: gone on with, never mixed with those of another origin."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stranet.bench.origin import Origin
from stranet.bench.record import Record, Row
from stranet.errors import ConfigError

HERE = Origin("abc", "123", {"python": "3.12", "stranet": "0.1.0"}, {"cores": 2})


def test_rows_come_back(tmp_path: Path, row: Callable[..., Row]) -> None:
    record = Record.open(tmp_path, HERE, overwrite=False)
    rows = [row(repeat=0), row(repeat=1), row(hole=0.0), row(options={"workers": 1})]
    for one in rows:
        record.add(one)
    again = Record.open(tmp_path, HERE, overwrite=False)
    assert again.rows([one.run for one in rows]) == rows
    assert rows[0].run in again
    assert row(hole=20.0).run not in again
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["origin"]["machine"] == {"cores": 2}
    assert all((line["commit"], line["version"]) == ("abc", "0.1.0") for line in written["rows"])


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"commit": "abd"}, "commit"),
        ({"code": "124", "commit": "abc+"}, "commit, code"),
        ({"versions": {"python": "3.13", "stranet": "0.1.0"}}, "versions"),
        ({"machine": {"cores": 4}}, "machine"),
    ],
)
def test_another_origin_is_refused_until_overwritten(
    tmp_path: Path, row: Callable[..., Row], changes: dict[str, Any], names: str
) -> None:
    Record.open(tmp_path, HERE, overwrite=False).add(row())
    other = replace(HERE, **changes)
    with pytest.raises(ConfigError, match=rf"another origin \(it differs in {names}\), which do not mix"):
        Record.open(tmp_path, other, overwrite=False)
    assert row().run not in Record.open(tmp_path, other, overwrite=True)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 1}', '{"format": 9}', '{"format": 1, "origin": {}, "rows": [1]}']
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bench.json").write_text(text)
    with pytest.raises(ConfigError, match="give another --out, or --overwrite"):
        Record.open(tmp_path, HERE, overwrite=False)


def test_this_machine_is_described_without_its_name() -> None:
    import platform

    here = Origin.here()
    assert here.machine["cores"] >= 1
    assert here.versions["torch"]
    assert here.code
    assert here.differences(json.loads(json.dumps(here.__dict__))) == []
    if len(platform.node()) > 4:
        assert platform.node() not in json.dumps(here.__dict__)
