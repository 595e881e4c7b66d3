"""Drawing on the page in a real browser: `pip install -e '.[dev,browser]'`, and a Chromium or Firefox."""

from typing import Any

import pytest

from tests.web.page.browsing import Page, draw_four, go_to, neighbors, on_screen, said, wait_for

in_both = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)


@in_both
def test_a_drawn_digit_is_read_and_k_changes_who_votes(page: Page, address: str) -> None:
    page.goto(f"{address}/#draw?features=blocks&weights=uniform")
    draw_four(page)
    said(page, "4, probability")
    neighbors(page, 11)
    page.locator("#k").fill("3")
    neighbors(page, 3)
    assert "k=3" in page.url
    assert page.locator("#answer svg.digit text").count() > 0
    page.select_option("[name=features]", "pixels")
    wait_for(page, "document.querySelector('#answer').textContent.includes('distance of pixels')")
    page.click("#clear")
    said(page, "Draw a digit")


def test_the_address_brings_the_settings_back(page: Page, address: str) -> None:
    page.goto(f"{address}/#draw?k=25&features=blocks&grid=7x7&network=cnn")
    draw_four(page)
    neighbors(page, 25)
    assert page.input_value("[name=grid]") == "7x7"
    wait_for(page, "document.querySelector('#answer').textContent.includes('the cnn says 4')")


@in_both
def test_a_digit_is_drawn_and_read_by_keys_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    go_to(page, "#canvas")
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


def test_a_finger_draws_and_a_second_one_and_scrolling_do_not_disturb_it(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 600}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}/")
    page.evaluate("document.querySelector('#canvas').scrollIntoView()")
    before = page.evaluate("scrollY")
    hand = context.new_cdp_session(page)
    for stroke in on_screen(page):
        (left, top), *others = stroke
        fingers = [{"x": left, "y": top, "id": 1}, {"x": left + 90, "y": top + 20, "id": 2}]
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": fingers[:1]})
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": fingers})
        for x, y in others:
            moved = [{"x": x, "y": y, "id": 1}, {"x": x + 90, "y": y + 20, "id": 2}]
            hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": moved})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate("scrollY") == before
    said(page, "4, probability")
    ink = "document.querySelector('#canvas').getContext('2d').getImageData({}, 1, 1).data[0]"
    assert [page.evaluate(ink.format(place)) for place in ("75, 100", "157, 77")] == [0, 255]
    context.close()


def test_a_pen_draws(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    page.evaluate("addEventListener('pointerdown', event => { document.title = event.pointerType; })")
    hand = page.context.new_cdp_session(page)
    for stroke in on_screen(page):
        for kind, (x, y) in zip(("mousePressed", *["mouseMoved"] * 9), stroke, strict=False):
            pen = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "pointerType": "pen"}
            hand.send("Input.dispatchMouseEvent", pen)
        x, y = stroke[-1]
        pen = {"type": "mouseReleased", "x": x, "y": y, "button": "left", "pointerType": "pen"}
        hand.send("Input.dispatchMouseEvent", pen)
    said(page, "4, probability")
    assert page.title() == "pen"


@in_both
def test_two_tabs_draw_at_once(browser: Any, page: Page, address: str) -> None:
    other = browser.new_page()
    for tab, k in ((page, 3), (other, 5)):
        tab.goto(f"{address}/#draw?k={k}")
        draw_four(tab)
    for tab, k in ((page, 3), (other, 5)):
        said(tab, "4, probability")
        neighbors(tab, k)
    other.close()
