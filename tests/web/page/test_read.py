"""Photos on the page in a real browser."""

import pathlib

import pytest

from tests.web.page.browsing import Page, go_to, read_photo, wait_for

in_both = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
SINGLE = pathlib.Path("samples/single.png")
COPY = """async address => {
  const picture = await (await fetch(address)).blob();
  await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}"""


@in_both
def test_a_photo_is_read_and_corrected_and_the_correction_taken_back_by_keys_alone(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/#read")
    read_photo(page, str(SINGLE))
    page.wait_for_selector(".boxes button")
    go_to(page, ".boxes button")
    page.keyboard.press("3")
    page.wait_for_selector(".photo .near figure")
    page.keyboard.press("Enter")
    wait_for(page, "/Learned|harms/.test(document.querySelector('.correct').textContent)")
    if page.locator("text=Keep it all the same").count():
        go_to(page, ".correct span button")
        page.keyboard.press("Enter")
    wait_for(page, "document.querySelector('pre.text').textContent === '3'")
    page.wait_for_selector("#lessons li")
    go_to(page, "#unlearn")
    page.keyboard.press("Enter")
    wait_for(page, "document.querySelector('pre.text').textContent === '5'")
    assert page.locator("#lessons li").count() == 0


def test_a_photo_that_is_dropped_is_read(page: Page, address: str) -> None:
    page.goto(f"{address}/#draw")
    mouse = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(SINGLE.resolve())], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": 600, "y": 300, "data": data}
        mouse.send("Input.dispatchDragEvent", event)
    page.wait_for_selector(".boxes button")
    assert page.locator("#view-read").is_visible()
    assert page.inner_text("pre.text") == "5"


def test_on_a_phone_labels_are_lower_than_what_is_written(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{address}/#read")
    read_photo(page, "samples/jobs/sum.jpg")
    page.wait_for_selector(".boxes button")
    heights = page.eval_on_selector_all(
        ".boxes button",
        "all => all.map(one => [one, one.firstChild].map(of => of.getBoundingClientRect().height))",
    )
    assert max(label / box for box, label in heights if box > 16) < 0.7


def test_a_picture_that_is_pasted_is_read(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/#draw")
    picture = {"body": SINGLE.read_bytes(), "content_type": "image/png"}
    page.route("**/a-picture", lambda route: route.fulfill(**picture))
    page.evaluate(COPY, "/a-picture")
    page.keyboard.press("Control+v")
    page.wait_for_selector(".boxes button")
    assert page.inner_text("pre.text") == "5"


def test_what_is_read_is_saved_as_text_json_csv_and_tables(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    read_photo(page, str(SINGLE))
    page.wait_for_selector(".boxes button")
    page.click("text=Read its tables")
    page.wait_for_selector("text=no table is found")
    for button, begins in (("text", "5"), ("JSON", '{\n "path": "single.png"'), ("CSV", "path,line,")):
        with page.expect_download() as saved:
            page.click(f"text=Save {button}")
        assert pathlib.Path(saved.value.path()).read_text("utf-8").startswith(begins)


def test_several_photos_are_read_in_a_row(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    page.set_input_files("#files", [str(SINGLE), "samples/tiny.png"])
    wait_for(page, "document.querySelectorAll('pre.text').length === 2")
    assert page.locator(".photo > h3").all_inner_texts() == ["tiny.png", "single.png"]


@in_both
def test_a_hostile_upload_is_told_and_the_next_photo_is_read(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    name = "<img src=x onerror=alert(1)>.svg"
    read_photo(page, {"name": name, "mimeType": "image/svg+xml", "buffer": b"<svg onload='alert(1)'/>"})
    wait_for(page, "document.querySelector('.photo [role=status]').textContent.includes('not a picture')")
    assert page.locator(".photo h3").first.inner_text() == name
    read_photo(page, str(SINGLE))
    page.wait_for_selector(".boxes button")


def test_the_stages_are_stepped_through_by_arrow_keys(page: Page, address: str) -> None:
    page.goto(f"{address}/#read")
    read_photo(page, str(SINGLE))
    page.wait_for_selector(".boxes button")
    page.click("#tab-stages")
    page.wait_for_selector("#strip:not([hidden])")
    page.focus("#film")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#stage-title").startswith("3 of 7")
