"""Videos lie in folders with random names, old ones go, and nothing else is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from stranet.errors import ConfigError
from stranet.web.marks import Extras, Mark
from stranet.web.project import STATE_FILE, Facts, Made, Project
from stranet.web.store import Store

FACTS = Facts("holiday.mp4", 320, 180, 1.0, 20.0, 20, 1.0, True, ".mp4")


def make_store(tmp_path: Path, keep_seconds: float = 3600, max_videos: int = 3) -> Store:
    return Store(tmp_path / "app", keep_seconds=keep_seconds, max_videos=max_videos)


def add(store: Store) -> Project:
    project = Project(store.new_folder(), FACTS)
    store.add(project)
    return project


def age(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    for path in (*folder.iterdir(), folder):
        os.utime(path, (then, then))


def test_names_are_random_and_the_folder_is_the_owners(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    one, other = add(store), add(store)
    assert one.name != other.name
    assert len(one.name) == len("video-") + 32
    assert store.find(one.name) is one
    assert store.find("..") is None
    assert (store.folder.stat().st_mode & 0o077, one.folder.stat().st_mode & 0o077) == (0, 0)


def test_everything_outlives_the_server(tmp_path: Path) -> None:
    project = add(make_store(tmp_path))
    project.mark((Mark("box", 2, 1, True, ((1.0, 2.0), (30.0, 40.0))),), Extras(shadow=True))
    project.mask = Made(4, ".mkv", frames=20, complete=True, revision=1, unsure=((3, 5), (9, 10)))
    project.versions = 4
    project.save()
    again = make_store(tmp_path).find(project.name)
    assert again is not None
    assert again is not project
    for field in ("facts", "marks", "extras", "revision", "versions", "strip", "mask", "preview", "result"):
        assert getattr(again, field) == getattr(project, field), field


def test_the_same_marks_again_are_no_change(tmp_path: Path) -> None:
    project = add(make_store(tmp_path))
    marks = (Mark("box", 2, 1, True, ((1.0, 2.0), (30.0, 40.0))),)
    project.mark(marks, Extras())
    project.mark(marks, Extras())
    assert project.revision == 1
    project.mark(marks, Extras(overlay=True))
    assert project.revision == 2


def test_videos_grow_old_when_nobody_looks(tmp_path: Path) -> None:
    old, used = (add(make_store(tmp_path)) for _ in range(2))
    for project in (old, used):
        age(project.folder, 5000)
    store = make_store(tmp_path)
    assert {project.name for project in store.old()} == {old.name, used.name}
    assert store.find(used.name) is not None
    assert [project.name for project in store.old()] == [old.name]
    (store.folder / old.name / STATE_FILE).touch()  # another server on the same folder uses it
    assert store.old() == []


def test_only_the_apps_own_folders_are_deleted(tmp_path: Path) -> None:
    foreign = [tmp_path / "app" / name for name in ("video-of-my-cat", "holiday", "video-" + "g" * 32)]
    for folder in foreign:
        folder.mkdir(parents=True)
        (folder / "file").touch()
        age(folder, 1e6)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "app" / ("video-" + "0" * 32)).symlink_to(elsewhere)
    store = make_store(tmp_path)
    assert store.old() == []
    assert all((folder / "file").exists() for folder in foreign)
    assert elsewhere.is_dir()
    for folder in (*foreign, tmp_path, tmp_path / "app"):
        with pytest.raises(ValueError, match="not one of ours"):
            store.discard(folder)


def test_unfinished_uploads_go_once_they_are_old(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    fresh, old = store.new_folder(), store.new_folder()
    for folder in (fresh, old):
        (folder / "source").write_bytes(b"half")
    age(old, 5000)
    make_store(tmp_path)
    assert fresh.exists()
    assert not old.exists()


def test_a_state_that_cannot_be_read_is_no_video(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    project = add(store)
    for text in ("", "{}", "[1]", '{"facts": 3}', '{"facts": {"name": "x"}}'):
        (project.folder / STATE_FILE).write_text(text)
        assert make_store(tmp_path).find(project.name) is None


def test_too_many_videos_are_refused(tmp_path: Path) -> None:
    store = make_store(tmp_path, max_videos=2)
    first = add(store)
    coming = store.new_folder()
    with pytest.raises(ConfigError, match="2 videos are open here"):
        store.new_folder()
    store.discard(coming)
    store.discard(first.folder)
    assert not first.folder.exists()
    assert store.find(first.name) is None
    add(store), add(store)


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "app").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be used as the folder of the app"):
        make_store(tmp_path)
