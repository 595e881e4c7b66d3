import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from knn_digits.web.app import make_app
from knn_digits.web.server import open_socket

CHROMIUM = shutil.which("chromium")  # the system's; else the one that Playwright brought
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]
OPTIONS: dict[str, dict[str, Any]] = {
    "chromium": {"executable_path": CHROMIUM, "args": QUIET},
    "firefox": {},
}


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, which ends with the tests."""
    import uvicorn

    before = os.environ.get("KNN_DIGITS_HOME")
    os.environ["KNN_DIGITS_HOME"] = str(tmp_path_factory.mktemp("home"))
    listening = open_socket("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app("bundled"), http="h11", log_level="critical"))
    serving = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    serving.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    serving.join()
    if before is None:
        del os.environ["KNN_DIGITS_HOME"]
    else:
        os.environ["KNN_DIGITS_HOME"] = before


@pytest.fixture(scope="package")
def browsers() -> Iterator[dict[str, Any]]:
    """The browsers that are here, by their names; for others, why there are none."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as running:
        started: dict[str, Any] = {}
        for name, options in OPTIONS.items():
            try:
                started[name] = getattr(running, name).launch(**options)
            except Error as error:
                started[name] = str(error).splitlines()[0]
        yield started
        for browser in started.values():
            if not isinstance(browser, str):
                browser.close()


@pytest.fixture
def browser(browsers: dict[str, Any], request: pytest.FixtureRequest) -> Any:
    """Chromium, or what a test names beside it."""
    name = getattr(request, "param", "chromium")
    if isinstance(browsers[name], str):
        pytest.skip(f"no {name}: `playwright install {name}` brings one ({browsers[name]})")
    return browsers[name]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page in which nothing goes wrong."""
    wrong: list[str] = []
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(20_000)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    yield opened
    opened.close()
    assert wrong == []
