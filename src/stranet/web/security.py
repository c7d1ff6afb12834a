"""Who may speak to the page: only pages that it served itself, under a name that is known to mean this machine.

A page from elsewhere can make a browser send requests to this machine. With a name of its own that it lets point here
(DNS rebinding) it could even read the answers; so the name in ``Host`` must be an address, localhost or a name that
was given. Requests that change something must come from a page of the same origin.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer: nothing from elsewhere is loaded, and nobody else may show or read it."""
_READING = ("GET", "HEAD")


class SameOrigin:
    """ASGI middleware that refuses requests from elsewhere.

    Args:
        app: what it guards.
        names: names of this machine, besides its addresses and localhost.
        loopback: only the machine's own addresses count.
    """

    def __init__(self, app: ASGIApp, *, names: Iterable[str], loopback: bool) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}
        self._loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is not None:
            return await JSONResponse({"error": refusal}, 403)(scope, receive, send_with_headers)
        return await self._app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if not self._known(host):
            return "this page is not served under that name; start stranet app with --names to allow it"
        if method in _READING:
            return None
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "requests from other pages are refused"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "requests from other pages are refused"
        return None

    def _known(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self._loopback
