import asyncio
import threading
import time
from typing import Any

import pytest

from knn_digits.web.app import MOST_DRAWING, WAITING_DRAWINGS
from knn_digits.web.crew import BusyError, Crew
from knn_digits.web.forms import Bodies, RefusedError, read_form
from knn_digits.web.guard import Guard
from tests.web.conftest import FOUR, HERE, Client

BOUNDARY = b"--x\r\n"


def test_more_than_may_wait_is_refused_at_once_and_the_rest_is_done() -> None:
    release = threading.Event()

    async def flood() -> list[object]:
        crew = Crew(threads=1, waiting=2)
        work = [asyncio.create_task(crew.do(release.wait)) for _ in range(5)]
        await asyncio.sleep(0)
        release.set()
        return await asyncio.gather(*work, return_exceptions=True)

    results = asyncio.run(flood())
    assert results[:3] == [True] * 3
    assert all(isinstance(result, BusyError) for result in results[3:])


def test_a_crew_tells_what_its_work_raised_and_goes_on() -> None:
    async def ask() -> tuple[object, object]:
        crew = Crew(threads=1, waiting=1)
        failed = await asyncio.gather(crew.do(lambda: 1 // 0), return_exceptions=True)
        return failed[0], await crew.do(lambda: 2)

    failed, fine = asyncio.run(ask())
    assert isinstance(failed, ZeroDivisionError)
    assert fine == 2


def test_a_flooded_server_says_so_and_answers_again(app: Guard, home: object) -> None:
    client = Client(app, HERE)

    async def flood() -> list[int]:
        asked = [
            client.ask_soon("POST", "/api/draw", files={"drawing": FOUR})
            for _ in range(2 * WAITING_DRAWINGS + 8)
        ]
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    codes = asyncio.run(flood())
    assert set(codes) == {200, 503}
    assert client.draw().status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: Client) -> None:
    answer = client.draw(bytes(MOST_DRAWING + 1))
    assert answer.status_code == 413
    assert f"{MOST_DRAWING:,} bytes" in answer.json()["error"]


def test_a_body_of_unknown_length_is_read_up_to_the_bound() -> None:
    read: list[int] = []

    async def endless() -> dict[str, Any]:
        read.append(1)
        return {"type": "http.request", "body": bytes(1000), "more_body": True}

    bodies = Bodies(most=10_000)
    with pytest.raises(RefusedError, match="5,000 bytes"):
        asyncio.run(bodies.read(endless, declared=None, most=5000))
    assert len(read) == 6
    with pytest.raises(RefusedError, match="too much is being sent"):
        asyncio.run(Bodies(most=3000).read(endless, declared=None, most=5000))


def test_who_sends_nothing_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knn_digits.web.forms.PATIENCE", 0.05)

    async def silent() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    started = time.monotonic()
    with pytest.raises(RefusedError, match="nothing was sent"):
        asyncio.run(Bodies(most=100).read(silent, declared=None, most=50))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"not a form"),
        ("multipart/form-data; boundary=x", BOUNDARY + b"a: b\r\n" * 99 + b"\r\n\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            b"".join(
                BOUNDARY + b'content-disposition: form-data; name="%d"\r\n\r\n1\r\n' % n for n in range(30)
            ),
        ),
    ],
)
def test_a_hostile_form_is_refused(kind: str, body: bytes) -> None:
    from knn_digits.errors import UsageError

    with pytest.raises(UsageError, match="form"):
        read_form(kind, body)
