"""The page, served -> its pictures in docs/: `python -m tests.web.page.make_screens`, with a Chromium."""

import pathlib
import tempfile

from tests.web.page.browsing import Page, draw_four, read_photo, said, wait_for
from tests.web.page.conftest import OPTIONS
from tests.web.test_serve import served

DOCS = pathlib.Path(__file__).parents[3] / "docs"


def main() -> None:
    """Write both pictures."""
    from playwright.sync_api import ViewportSize, sync_playwright

    with (
        tempfile.TemporaryDirectory() as home,
        served(pathlib.Path(home)) as (_, address),
        sync_playwright() as running,
    ):
        browser = running.chromium.launch(**OPTIONS["chromium"])
        size: ViewportSize = {"width": 1280, "height": 900}
        _take_drawing(browser.new_page(viewport=size, color_scheme="light"), address)
        _take_photo(browser.new_page(viewport=size, color_scheme="dark"), address)
        browser.close()


def _take_drawing(page: Page, address: str) -> None:
    page.goto(f"{address}#draw?features=blocks&network=cnn")
    draw_four(page)
    said(page, "4, probability")
    page.wait_for_timeout(1000)  # bars grow
    page.screenshot(path=DOCS / "serve-draw.png")


def _take_photo(page: Page, address: str) -> None:
    page.goto(f"{address}#read")
    read_photo(page, "samples/note.jpg")
    page.locator(".boxes button").nth(2).click()
    wait_for(page, "document.querySelectorAll('.photo .near figure').length > 0")
    page.wait_for_timeout(1000)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=DOCS / "serve-read.png")


if __name__ == "__main__":
    main()
