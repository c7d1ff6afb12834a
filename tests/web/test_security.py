"""Only pages that the server served itself may speak to it."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from stranet.web.security import HEADERS, SameOrigin


def client_of(*names: str, loopback: bool = True) -> TestClient:
    async def answer(request: object) -> PlainTextResponse:
        return PlainTextResponse("secret")

    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST", "PUT", "DELETE"])])
    return TestClient(SameOrigin(app, names=names, loopback=loopback), base_url="http://127.0.0.1:8765")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "localhost.", "[::1]:8765", "127.1.2.3"]
)
def test_this_machines_own_names_are_known(host: str) -> None:
    assert client_of().get("/", headers={"host": host}).text == "secret"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.5:8765",
        "evil@localhost.x",
        "",
        "[::1",
        "a:b:c",
    ],
)
def test_a_name_from_elsewhere_that_points_here_gets_nothing(host: str) -> None:
    """DNS rebinding: the browser believes that evil.example is this machine, and sends its name."""
    answer = client_of().get("/", headers={"host": host})
    assert answer.status_code == 403
    assert "secret" not in answer.text
    assert "--names" in answer.json()["error"]


def test_in_a_network_addresses_and_given_names_are_known() -> None:
    client = client_of("Studio.local", loopback=False)
    for host in ("192.168.1.5:8765", "studio.local:8765", "localhost"):
        assert client.get("/", headers={"host": host}).status_code == 200, host
    assert client.get("/", headers={"host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_other_pages_change_nothing(method: str, headers: dict[str, str]) -> None:
    answer = client_of().request(method, "/", headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "requests from other pages are refused"})


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://127.0.0.1:8765"}, {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}],
)
def test_its_own_page_may(headers: dict[str, str]) -> None:
    assert client_of().post("/", headers=headers).text == "secret"


def test_every_answer_forbids_what_comes_from_elsewhere() -> None:
    client = client_of()
    for answer in (client.get("/"), client.get("/", headers={"host": "evil.example"})):
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    policy = HEADERS["Content-Security-Policy"]
    assert "http" not in policy
    assert "unsafe" not in policy
