"""What one does with the page in a browser; skips what imports it where there is no Playwright."""

from typing import Any, TypeAlias

import pytest

pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed")
Page: TypeAlias = Any  # playwright is perhaps not installed
FOUR = ([(80, 60), (70, 150), (190, 150)], [(185, 50), (180, 240)])  # on paper of 280 × 280
Place: TypeAlias = tuple[float, float]


def on_screen(page: Page) -> list[list[Place]]:
    """Return where the strokes of a 4 lie on the screen."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    scale = box["width"] / 280
    return [[(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke] for stroke in FOUR]


def draw_four(page: Page) -> None:
    """Draw a 4 by the mouse."""
    for stroke in on_screen(page):
        for place, (x, y) in enumerate(stroke):
            page.mouse.move(x, y, steps=4)
            if not place:
                page.mouse.down()
        page.mouse.up()


def wait_for(page: Page, condition: str) -> None:
    """Wait until a condition of the page holds."""
    page.wait_for_function(f"() => {condition}")


def said(page: Page, words: str) -> None:
    """Wait until the page says these words of a drawing."""
    wait_for(page, f"document.querySelector('#said').textContent.includes({words!r})")


def neighbors(page: Page, count: int) -> None:
    """Wait until so many neighbors of a drawing are shown."""
    wait_for(page, f"document.querySelectorAll('#answer .near figure').length === {count}")


def read_photo(page: Page, photo: str | dict[str, Any]) -> None:
    """Choose a photo."""
    page.set_input_files("#files", photo)


def go_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")
