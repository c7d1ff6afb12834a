"""The variables that set up the heap of a process."""

from __future__ import annotations

import platform

import pytest

from stranet.heap import tidy_heap

CACHE = "glibc.malloc.tcache_count=0"


@pytest.mark.parametrize(
    ("found", "differs"),
    [
        ({"HOME": "here"}, {"MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": CACHE}),
        ({"GLIBC_TUNABLES": ""}, {"MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": CACHE}),
        (
            {"GLIBC_TUNABLES": "glibc.malloc.mxfast=64"},
            {"MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": f"glibc.malloc.mxfast=64:{CACHE}"},
        ),
        ({"GLIBC_TUNABLES": "glibc.malloc.tcache_count=3"}, {"MALLOC_ARENA_MAX": "1"}),
        ({"MALLOC_ARENA_MAX": "4"}, {"GLIBC_TUNABLES": CACHE}),
    ],
)
def test_what_the_user_has_chosen_stays(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str], differs: dict[str, str]
) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    assert tidy_heap(found) == differs
    assert tidy_heap({**found, **differs}) == {}


def test_no_other_c_library_is_told_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert tidy_heap({}) == {}
