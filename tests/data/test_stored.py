"""Files in folders and archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from stranet.data.stored import find_files
from stranet.errors import OpenError


def write_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_folder_and_archive_give_the_same_in_the_same_order(tmp_path: Path) -> None:
    members = {"b/2.png": b"two", "a.PNG": b"one", "b/10.png": b"ten", "note.txt": b"no", ".hidden.png": b"no"}
    for name, content in members.items():
        file = tmp_path / "folder" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    archive = write_tar(tmp_path / "all.tar", members)
    found = [find_files([path], [".png"], "images") for path in (tmp_path / "folder", archive)]
    assert [[file.name for file in files] for files in found] == [["a.PNG", "b/10.png", "b/2.png"]] * 2
    assert [[file.read() for file in files] for files in found] == [[b"one", b"ten", b"two"]] * 2


def test_paths_keep_their_order(tmp_path: Path) -> None:
    first = write_tar(tmp_path / "z.tar", {"z.png": b"z"})
    second = write_tar(tmp_path / "a.tar", {"a.png": b"a"})
    assert [file.name for file in find_files([first, second], [".png"], "images")] == ["z.png", "a.png"]


def test_odd_members_are_read_in_place_or_left_out(tmp_path: Path) -> None:
    """Nothing is extracted, so a name cannot lead outside; what is no plain file is not followed."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    path = write_tar(
        tmp_path / "odd.tar", {"../../escape.png": b"up", "/etc/absolute.png": b"root", "ä b\n.png": b"odd"}
    )
    with tarfile.open(path, "a") as archive:
        for kind, name in (
            (tarfile.SYMTYPE, "link.png"),
            (tarfile.LNKTYPE, "hard.png"),
            (tarfile.FIFOTYPE, "pipe.png"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(secret)
            archive.addfile(member)
    before = sorted(tmp_path.rglob("*"))
    assert [file.read() for file in find_files([path], [".png"], "images")] == [b"up", b"root", b"odd"]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "none", "no such file or folder"),
        (lambda folder: folder / "none.tar", "no such file"),
        (lambda folder: folder, "holds no images"),
        (lambda folder: write_tar(folder / "empty.tar", {"note.txt": b""}), "holds no images"),
        (lambda folder: write_tar(folder / "packed.tar", {"a.png": b"a"}, "w:gz"), "without compression"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, make, says: str) -> None:
    path = make(tmp_path)
    with pytest.raises(OpenError, match=says) as caught:
        find_files([path], [".png"], "images")
    assert str(path) in str(caught.value)


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"1234")
    (found,) = find_files([file], [".png"], "images")
    file.write_bytes(b"12")
    with pytest.raises(OpenError, match="ends too early"):
        found.read()
    file.unlink()
    with pytest.raises(OpenError, match="cannot be read"):
        found.read()
