"""The server of `stranet app`: binds, serves until it is stopped, deletes old videos, and leaves nothing running."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import uvicorn

from stranet.errors import ConfigError
from stranet.web.app import make_app
from stranet.web.options import AppOptions, Limits
from stranet.web.store import Store
from stranet.web.work import Workshop

SWEEP_EVERY = 300.0
"""Seconds between two looks for videos that are too old."""
GRACE = 3
"""Seconds that downloads get to end when the server stops."""


class Served(NamedTuple):
    """A page that is ready to be served."""

    server: uvicorn.Server
    address: str
    """Of the page, to be opened in a browser."""
    workshop: Workshop
    port: socket.socket

    def run(self) -> None:
        """Serve until Ctrl-C, or until ``server.should_exit`` is set.

        Raises:
            KeyboardInterrupt: it was Ctrl-C; no request is being answered any more.
        """
        self.server.run(sockets=[self.port])


@contextmanager
def page(options: AppOptions, limits: Limits, between_frames: Callable[[], object] = lambda: None) -> Iterator[Served]:
    """A page that is ready to be served; everything is closed at the end of the block.

    Args:
        options: where.
        limits: what is accepted.
        between_frames: called after every frame of a removal.

    Raises:
        ConfigError: the address or the folder cannot be used.
    """
    store = Store(options.own_folder, keep_seconds=limits.keep_hours * 3600, max_videos=limits.max_videos)
    with _listen(options) as port, Workshop(store, limits, between_frames) as workshop, _sweeping(workshop):
        config = uvicorn.Config(
            make_app(workshop, options),
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE,
        )
        yield Served(uvicorn.Server(config), _address(options, port), workshop, port)


@contextmanager
def _listen(options: AppOptions) -> Iterator[socket.socket]:
    try:
        found = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ConfigError(f"host {options.host}: there is no such address ({error.strerror})") from error
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            port.bind(address)
            port.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConfigError(f"port {options.port} is in use; choose another one with --port") from error
            raise ConfigError(f"cannot listen on {options.host}:{options.port} ({error.strerror})") from error
        yield port


def _address(options: AppOptions, port: socket.socket) -> str:
    number = port.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(options.host, options.host)  # noqa: S104 - only compared
    return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{number}/"


@contextmanager
def _sweeping(workshop: Workshop) -> Iterator[None]:
    """Delete old videos now and then."""
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            with suppress(OSError):
                workshop.sweep()
            over.wait(SWEEP_EVERY)

    thread = threading.Thread(target=sweep, name="StraNetSweep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
