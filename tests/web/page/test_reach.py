"""Who can use the page: on a phone, in light and dark, with a screen reader; in a real browser."""

import importlib.util
import pathlib
import time

import pytest

from tests.web.page.browsing import Page, draw_four, read_photo, said

AXE = importlib.util.find_spec("axe_playwright_python")
VIEWS = ("draw", "read", "stages", "space")


def show_all(page: Page, address: str) -> None:
    """Draw a digit, read a photo and open its digit."""
    page.goto(f"{address}/#draw?features=blocks")
    draw_four(page)
    said(page, "4, probability")
    read_photo(page, "samples/single.png")
    page.wait_for_selector(".boxes button")
    page.locator(".boxes button").first.click()
    page.wait_for_selector(".photo .near figure")


@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
def test_nothing_is_wider_than_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    show_all(page, address)
    for view in VIEWS:
        page.click(f"#tab-{view}")
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.skipif(AXE is None, reason="the extra `browser` brings axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_shuts_anyone_out(page: Page, address: str, scheme: str) -> None:
    assert AXE is not None
    assert AXE.origin is not None
    (script,) = pathlib.Path(AXE.origin).parent.rglob("axe.min.js")
    page.emulate_media(color_scheme=scheme)
    show_all(page, address)
    page.evaluate(script.read_text("utf-8"))
    for view in VIEWS:
        page.click(f"#tab-{view}")
        time.sleep(0.3)  # bars grow
        found = page.evaluate("axe.run()")["violations"]
        assert [(rule["id"], [node["html"][:90] for node in rule["nodes"]]) for rule in found] == []
