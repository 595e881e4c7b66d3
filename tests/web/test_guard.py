import asyncio
import pathlib

import httpx
import pytest

from knn_digits.web.app import make_app
from knn_digits.web.guard import Guard, Rules
from tests.web.conftest import FOUR, HERE, Client

TOKEN = "a-token"


@pytest.fixture(scope="module")
def shared() -> Guard:
    """An app that is served to others, too."""
    return make_app("bundled", Rules(host="digits.example", token=TOKEN))


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::", "10.0.0.1"]
)
def test_a_name_that_leads_here_from_elsewhere_is_not_served(client: Client, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "is not served" in answer.json()["error"]


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "[::1]:9"])
def test_this_machine_is_served_by_all_its_names(client: Client, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_may_not_ask(client: Client, headers: dict[str, str]) -> None:
    answer = client.ask("POST", "/api/undo", files={"drawing": FOUR}, headers=headers)
    assert answer.status_code == 403


def test_the_own_page_and_programs_may_ask(client: Client) -> None:
    for headers in ({}, {"origin": HERE, "sec-fetch-site": "same-origin"}):
        answer = client.ask("POST", "/api/draw", files={"drawing": FOUR}, headers=headers)
        assert answer.status_code == 200


def test_every_answer_forbids_what_is_not_its_own(client: Client) -> None:
    for path in ("/", "/static/look.css", "/health", "/nothing", "/api/draw"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_who_is_served_from_afar_needs_the_token(shared: Guard) -> None:
    client = Client(shared, "http://digits.example:8765")
    for path in ("/", "/static/look.css", "/api/learned", "/?token=wrong"):
        answer = client.get(path)
        assert (answer.status_code, "token" in answer.json()["error"]) == (401, True)
    assert client.get("/health").status_code == 200
    assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_the_printed_address_leaves_a_cookie_and_no_token_in_the_history(shared: Guard) -> None:
    client = Client(shared, "http://digits.example:8765")
    answer = client.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/", headers={"cookie": cookie.partition(";")[0]}).status_code == 200


def test_a_name_that_nobody_gave_is_not_served_even_with_the_token(shared: Guard) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    assert Client(shared, "http://evil.example").get("/", headers=headers).status_code == 421
    assert Client(shared, "http://10.0.0.1:8765").get("/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/"]
)
def test_no_other_file_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/").text
    static = pathlib.Path("knn_digits/web/static")
    texts = [page, *(path.read_text("utf-8") for path in static.iterdir())]
    for text in texts:
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text
    assert " style=" not in page
    assert "<script>" not in page


def test_a_fault_is_told_as_json(app: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("knn_digits.web.app.answer_digit", fail)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.post("/api/draw", files={"drawing": FOUR})

    answer = asyncio.run(ask())
    assert (answer.status_code, "ZeroDivisionError" in answer.json()["error"]) == (500, True)
