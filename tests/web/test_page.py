"""The page in a real browser: Debian's or Playwright's Chromium; `pip install -e '.[dev,browser]'`."""

import importlib.util
import os
import pathlib
import shutil
import threading
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from knn_digits.web.app import make_app
from knn_digits.web.server import open_socket

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed")
Browser: TypeAlias = Any  # playwright is perhaps not installed
Page: TypeAlias = Any
CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]
FOUR = ([(80, 60), (70, 150), (190, 150)], [(185, 50), (180, 240)])  # on paper of 280 × 280
AXE = importlib.util.find_spec("axe_playwright_python")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, which ends with the tests."""
    import asyncio

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as running:
        try:
            started = running.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        except playwright.Error as error:
            pytest.skip(
                f"no Chromium: `playwright install chromium` brings one ({str(error).splitlines()[0]})"
            )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in which nothing goes wrong."""
    wrong: list[str] = []
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(20_000)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    yield opened
    opened.close()
    assert wrong == []


def draw_four(page: Page) -> None:
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    scale = box["width"] / 280
    for stroke in FOUR:
        for place, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * scale, box["y"] + y * scale, steps=4)
            if not place:
                page.mouse.down()
        page.mouse.up()


def wait_for(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {condition}")


def said(page: Page, words: str) -> None:
    wait_for(page, f"document.querySelector('#said').textContent.includes({words!r})")


def test_a_drawn_digit_is_read_and_k_changes_who_votes(page: Page, address: str) -> None:
    page.goto(f"{address}/#draw?features=blocks&weights=uniform")
    draw_four(page)
    said(page, "4, probability")
    wait_for(page, "document.querySelectorAll('#answer .near figure').length === 11")
    page.locator("#k").fill("3")
    wait_for(page, "document.querySelectorAll('#answer .near figure').length === 3")
    assert "k=3" in page.url
    assert page.locator("#answer svg.digit text").count() > 0
    page.select_option("[name=features]", "pixels")
    wait_for(page, "document.querySelector('#answer').textContent.includes('distance of pixels')")
    page.click("#clear")
    said(page, "Draw a digit")


def test_the_address_brings_the_settings_back(page: Page, address: str) -> None:
    page.goto(f"{address}/#draw?k=25&features=blocks&grid=7x7&network=cnn")
    draw_four(page)
    wait_for(page, "document.querySelectorAll('#answer .near figure').length === 25")
    assert page.input_value("[name=grid]") == "7x7"
    wait_for(page, "document.querySelector('#answer').textContent.includes('the cnn says 4')")


def test_a_digit_is_drawn_and_read_by_keys_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "canvas":
            break
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    said(page, "1, probability")
    page.keyboard.press("Backspace")
    said(page, "Draw a digit")
    page.focus("#tab-draw")
    page.keyboard.press("ArrowRight")
    assert page.locator("#view-read").is_visible()


def read_photo(page: Page, photo: str | dict[str, Any]) -> None:
    page.set_input_files("#files", photo)


def test_a_photo_is_read_a_digit_corrected_and_the_correction_taken_back(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    read_photo(page, "samples/single.png")
    page.locator(".boxes button").first.click()
    page.wait_for_selector(".photo .near figure")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    wait_for(page, "/Learned|harms/.test(document.querySelector('.correct').textContent)")
    if page.locator("text=Keep it all the same").count():
        page.click("text=Keep it all the same")
    wait_for(page, "document.querySelector('pre.text').textContent === '3'")
    page.wait_for_selector("#lessons li")
    page.click("#unlearn")
    wait_for(page, "document.querySelector('pre.text').textContent === '5'")
    assert page.locator("#lessons li").count() == 0


def test_a_hostile_upload_is_told_and_the_next_photo_is_read(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    name = "<img src=x onerror=alert(1)>.svg"
    read_photo(page, {"name": name, "mimeType": "image/svg+xml", "buffer": b"<svg onload='alert(1)'/>"})
    wait_for(page, "document.querySelector('.photo [role=status]').textContent.includes('not a picture')")
    assert page.locator(".photo h3").first.inner_text() == name
    read_photo(page, "samples/single.png")
    page.wait_for_selector(".boxes button")


def test_the_stages_are_stepped_through_by_arrow_keys(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    read_photo(page, "samples/single.png")
    page.wait_for_selector(".boxes button")
    page.click("#tab-stages")
    page.wait_for_selector("#strip:not([hidden])")
    page.focus("#film")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#stage-title").startswith("3 of 7")


def test_two_tabs_draw_at_once(browser: Browser, page: Page, address: str) -> None:
    other = browser.new_page()
    for tab in (page, other):
        tab.goto(f"{address}/")
        draw_four(tab)
    for tab in (page, other):
        said(tab, "4, probability")
    other.close()


@pytest.mark.parametrize("view", ["draw", "read", "stages", "space"])
def test_nothing_is_wider_than_a_phone(page: Page, address: str, view: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/#draw")
    draw_four(page)
    said(page, "4, probability")
    page.click(f"#tab-{view}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.skipif(AXE is None, reason="the extra `browser` brings axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_shuts_anyone_out(page: Page, address: str, scheme: str) -> None:
    assert AXE is not None
    assert AXE.origin is not None
    (script,) = pathlib.Path(AXE.origin).parent.rglob("axe.min.js")
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}/#draw?features=blocks")
    draw_four(page)
    said(page, "4, probability")
    page.evaluate(script.read_text("utf-8"))
    read_photo(page, "samples/single.png")
    page.wait_for_selector(".boxes button")
    page.locator(".boxes button").first.click()
    page.wait_for_selector(".photo .near figure")
    for view in ("draw", "read", "stages", "space"):
        page.click(f"#tab-{view}")
        time.sleep(0.3)  # bars grow
        found = page.evaluate("axe.run()")["violations"]
        assert [(rule["id"], [node["html"][:90] for node in rule["nodes"]]) for rule in found] == []
