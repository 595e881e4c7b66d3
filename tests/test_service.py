"""The service that docs/service.md shows, asked as a browser or curl asks it."""

import asyncio
import importlib.util
import pathlib
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[1]
NOTE = ROOT / "samples" / "single.png"


@pytest.fixture(scope="module")
def app() -> Any:
    pytest.importorskip("fastapi", reason="needs fastapi")
    spec = importlib.util.spec_from_file_location("service", ROOT / "docs" / "service.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def ask(app: Any, method: str, path: str, **content: Any) -> Any:
    import httpx

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **content)

    return asyncio.run(asked())


def test_a_photo_is_answered_as_the_command_line_prints_it(app: Any) -> None:
    answer = ask(app, "POST", "/read", files={"photo": NOTE.read_bytes()})
    assert (answer.status_code, answer.json()["text"]) == (200, "5")
    (digit,) = answer.json()["lines"][0]["words"][0]["marks"]
    assert set(digit) >= {"text", "label", "probability", "box", "neighbors"}


def test_what_is_no_photo_is_told_in_one_line(app: Any) -> None:
    answer = ask(app, "POST", "/read", files={"photo": b"no photo"})
    assert answer.status_code == 422
    assert "\n" not in answer.json()["detail"]


def test_it_tells_that_it_lives(app: Any) -> None:
    assert ask(app, "GET", "/health").json()["status"] == "ok"


def test_the_example_stays_short() -> None:
    lines = (ROOT / "docs" / "service.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 20
