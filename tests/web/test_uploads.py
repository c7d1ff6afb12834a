"""Uploads are streamed to disk, and refused as early as it shows that they will not do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import anyio
import pytest
from scene import FRAMES, HEIGHT, WIDTH

from stranet.web import uploads
from stranet.web.options import Limits
from stranet.web.uploads import NO_VIDEO, Refused, admit, receive, shown_name

LIMITS = Limits(max_megabytes=1, max_minutes=0.1)


async def chunked(chunks: Iterable[bytes], seen: list[int]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        seen.append(len(chunk))
        yield chunk


def take(file: Path, chunks: list[bytes], promised: int | None) -> list[int]:
    """Receive an upload; returns the sizes of the chunks that were asked for."""
    seen: list[int] = []

    async def run() -> None:
        await receive(chunked(chunks, seen), file, promised, LIMITS)

    anyio.run(run)
    return seen


def test_what_comes_is_written(tmp_path: Path) -> None:
    chunks = [bytes([number]) * 70_000 for number in range(10)]
    take(tmp_path / "file", chunks, 700_000)
    assert (tmp_path / "file").read_bytes() == b"".join(chunks)


def test_too_much_is_refused_before_it_comes_or_while_it_does(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="larger than 1 MB") as refusal:
        take(tmp_path / "promised", [b"x"], 1_000_001)
    assert refusal.value.status == 413
    assert not (tmp_path / "promised").exists()
    seen: list[int] = []

    async def run() -> None:
        await receive(chunked([b"x" * 100_000] * 50, seen), tmp_path / "sent", 1000, LIMITS)

    with pytest.raises(Refused, match="larger than 1 MB"):
        anyio.run(run)
    assert len(seen) == 11, "nothing more is taken once the limit is passed"


@pytest.mark.parametrize(("chunks", "promised", "reason"), [([], None, "empty"), ([b"half"], 8, "cut off")])
def test_nothing_or_half_is_refused(tmp_path: Path, chunks: list[bytes], promised: int | None, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        take(tmp_path / "file", chunks, promised)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SPARE", 1 << 60)
    with pytest.raises(Refused, match="not enough room") as refusal:
        take(tmp_path / "file", [b"x"], 1)
    assert refusal.value.status == 507
    monkeypatch.undo()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.os, "write", full)
    with pytest.raises(Refused, match=r"cannot be stored \(No space left on device\)"):
        take(tmp_path / "file", [b"x"], None)


def test_a_video_is_described(scene: Path) -> None:
    facts = admit(scene, "Rolling disc.mp4", LIMITS)
    assert (facts.width, facts.height, facts.expected, facts.rate) == (WIDTH, HEIGHT, FRAMES, 20)
    assert (facts.sound, facts.suffix, facts.stretch) == (True, ".mp4", 1)


def test_results_get_a_suffix_that_we_write(scene: Path) -> None:
    assert admit(scene, "old.avi", LIMITS).suffix == ".mkv"
    assert admit(scene, "no suffix/..", LIMITS).suffix == ".mkv"
    assert admit(scene, "Loud.MOV", LIMITS).suffix == ".mov"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear reader, " * 1000,
        b"\x00" * 5000,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mp4\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile 'other.mp4'\n",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    ],
    ids=["text", "zeros", "playlist", "concat", "picture"],
)
def test_one_clear_message_for_whatever_is_no_video(tmp_path: Path, scene: Path, content: bytes) -> None:
    (tmp_path / "other.mp4").write_bytes(scene.read_bytes())  # what a playlist would like to open
    file = tmp_path / "source"
    file.write_bytes(content)
    with pytest.raises(Refused) as refusal:
        admit(file, "video.mp4", LIMITS)
    assert str(refusal.value) == NO_VIDEO


def test_too_long_and_too_large_are_refused(tmp_path: Path, scene: Path) -> None:
    with pytest.raises(Refused, match=r"lasts 0\.0 minutes; the limit here is 0\.005"):
        admit(scene, "video.mp4", Limits(max_minutes=0.005))
    with pytest.raises(Refused, match=r"have 192x108 pixels; the limit here is 0\.02 million"):
        admit(scene, "video.mp4", Limits(max_megapixels=0.02))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (None, "video"),
        ("holiday.mp4", "holiday.mp4"),
        ("Stra%C3%9Fe%20%E2%84%96%201.mp4", "Straße № 1.mp4"),
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("C%3A%5CUsers%5Cme%5Cclip.mov", "clip.mov"),
        ("a%0D%0ASet-Cookie%3A%20x.mp4", "aSet-Cookie: x.mp4"),
        ("%2F", "video"),
        ("x" * 300 + ".mp4", "x" * 116 + ".mp4"),
    ],
)
def test_names_are_only_shown(header: str | None, name: str) -> None:
    assert shown_name(header) == name


def test_a_file_that_was_cut_off_says_so(tmp_path: Path, scene: Path) -> None:
    whole = scene.read_bytes()  # its index is at the end
    (tmp_path / "source").write_bytes(whole[:-5000])
    with pytest.raises(Refused, match=r"cut off: [\d,]+ bytes are missing at its end"):
        admit(tmp_path / "source", "video.mp4", LIMITS)
