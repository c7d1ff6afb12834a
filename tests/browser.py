"""A real headless browser for tests of pages: Debian's chromium or whatever Chromium is installed.

Import the fixture where it is used: ``from browser import browser  # noqa: F401``. Without a browser the tests that
ask for it are skipped, and the reason says so. The variable STRANET_BROWSER names another program.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names under which Chromium is installed."""


def find_browser() -> str | None:
    """Path of the browser, None when there is none."""
    names = (os.environ["STRANET_BROWSER"],) if "STRANET_BROWSER" in os.environ else PROGRAMS
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running browser; ask it for a ``new_page()`` or a ``new_context()`` and close that afterwards.

    One for each module: while it runs, no other event loop can run in this thread.
    """
    program = find_browser()
    if program is None:
        pytest.skip(f"no browser found (looked for {', '.join(PROGRAMS)}); pages are not tested")
    from playwright.sync_api import sync_playwright

    # Root, as in a container, has no sandbox; the small shared memory of containers is not enough for the pictures.
    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=flags)
        yield running
        running.close()
