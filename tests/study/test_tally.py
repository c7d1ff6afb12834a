from __future__ import annotations

import json
from pathlib import Path

import pytest

from stranet.cli.main import main
from stranet.errors import ConfigError
from stranet.study.tally import tally_votes

KEY = {
    "format": 1,
    "study": "s1",
    "methods": ["ours", "theirs"],
    "tasks": {f"t{i}": {"clip": f"c{i}", "media": {f"a{i}": "ours", f"b{i}": "theirs"}} for i in range(4)},
}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(KEY))
    return path


def answers(folder: Path, participant: str, firsts: str, **changes) -> Path:
    """Votes on as many tasks as there are letters: o = ours first, t = theirs first."""
    votes = [
        {"task": f"t{i}", "ranks": {f"a{i}": 1 if first == "o" else 2, f"b{i}": 2 if first == "o" else 1}}
        for i, first in enumerate(firsts)
    ]
    folder.mkdir(exist_ok=True)
    path = folder / f"{participant}.json"
    path.write_text(json.dumps({"format": 1, "study": "s1", "participant": participant, "votes": votes, **changes}))
    return path


def test_shares_in_closed_form(key, tmp_path):
    answers(tmp_path / "votes", "p1", "ooot")
    answers(tmp_path / "votes", "p2", "oott")
    answers(tmp_path / "votes", "p3", "oo")  # gave up half-way: what is there counts
    tally = tally_votes(key, [tmp_path / "votes"])
    assert (tally.participants, tally.votes) == (3, 10)
    first, second = tally.ranks["ours"]
    assert (first.percent, second.percent) == (70, 30)
    assert [share.percent for share in tally.ranks["theirs"]] == [30, 70]
    assert first.low is not None
    assert first.high is not None
    assert 50 <= first.low < 70 < first.high <= 100


def test_people_who_agree_leave_no_doubt_and_one_alone_no_interval(key, tmp_path):
    for name in ("p1", "p2", "p3"):
        answers(tmp_path / "votes", name, "ooot")
    share = tally_votes(key, [tmp_path / "votes"]).ranks["ours"][0]
    assert (share.low, share.percent, share.high) == (75, 75, 75)
    alone = tally_votes(key, [tmp_path / "votes/p1.json"]).ranks["ours"][0]
    assert (alone.low, alone.percent, alone.high) == (None, 75, None)


def test_the_command_prints_the_best_first(key, tmp_path, capsys):
    answers(tmp_path / "votes", "p1", "tttt")
    report = tmp_path / "tally.json"
    assert main(["study", "tally", str(key), str(tmp_path / "votes"), "--report", str(report)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "4 comparisons by 1 participants"
    assert lines[2:] == [
        "| method | rank 1 % | rank 2 % |",
        "| --- | ---: | ---: |",
        "| theirs | 100.0 | 0.0 |",
        "| ours | 0.0 | 100.0 |",
    ]
    assert json.loads(report.read_text())["ranks"]["theirs"][0]["percent"] == 100


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"study": "s2"}, "answers to another study"),
        ({"format": 2}, "answers to another study"),
        ({"votes": [{"task": "t9", "ranks": {}}]}, "not an answer to this study"),
        ({"votes": [{"task": "t0", "ranks": {"a0": 1, "b0": 1}}]}, "does not give every result a place of its own"),
        ({"votes": [{"task": "t0", "ranks": {"a0": 1}}]}, "does not give every result a place of its own"),
        ({"votes": [{"task": "t0", "ranks": {"a0": "1", "b0": "2"}}]}, "does not give every result"),
        ({"votes": [{"task": "t0", "ranks": {"a0": 1, "b0": 2}}] * 2}, "answered twice"),
        ({"votes": 3}, "not the answers to a study"),
        ({"votes": []}, "there are no answers"),
    ],
)
def test_bad_answers_are_named(key, tmp_path, change, message):
    path = answers(tmp_path / "votes", "p1", "o", **change)
    with pytest.raises(ConfigError, match=message):
        tally_votes(key, [path])


def test_bad_files_are_named(key, tmp_path):
    one = answers(tmp_path / "votes", "p1", "oo")
    copy = tmp_path / "votes/copy.json"
    copy.write_bytes(one.read_bytes())
    with pytest.raises(ConfigError, match="participant p1 has answered already in"):
        tally_votes(key, [tmp_path / "votes"])
    copy.write_text("{")
    with pytest.raises(ConfigError, match=r"copy\.json: not JSON"):
        tally_votes(key, [copy])
    with pytest.raises(ConfigError, match=r"gone\.json: cannot be read"):
        tally_votes(key, [tmp_path / "gone.json"])
    with pytest.raises(ConfigError, match="not the key of a study"):
        tally_votes(one, [one])
