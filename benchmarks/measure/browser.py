"""The page of a server, in Chromium -> how long after the pen its reading is shown, and what axe-core says.

The pen moves as a hand does, 60 times a second. Time runs from each of its events to the end of the frame
that shows a reading of all ink up to it.
"""

import importlib.util
import pathlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import numpy as np

from knn_digits.errors import MissingPartError

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
STROKES = ([(80, 60), (70, 150), (190, 150)], [(185, 50), (180, 240)])  # of a 4, on paper of 280 × 280
STEPS = 30  # events of a stroke
EVERY = 1 / 60  # seconds between them
VIEWS = ("draw", "read", "stages", "space")
RECORDER = """
  window.moved = []; window.shown = [];
  let taken = 0;
  const { toDataURL } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.toDataURL = function () {
    taken = performance.now();
    return toDataURL.call(this);
  };
  addEventListener("pointermove", (event) => { if (event.buttons) moved.push(event.timeStamp); }, true);
  addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const drawing = taken;
    requestAnimationFrame(() => setTimeout(() => shown.push([drawing, performance.now()])));
  }).observe(document.getElementById("said"), { childList: true }));
"""


@contextmanager
def open_browser() -> Iterator[Any]:
    """Yield a Chromium; MissingPartError if there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise MissingPartError("no Playwright: `pip install 'knn-digits[browser]'` brings it") from error
    with sync_playwright() as running:
        try:
            browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        except Error as error:
            raise MissingPartError("no Chromium: `playwright install chromium` brings one") from error
        yield browser
        browser.close()


def follow(browser: Any, address: str, fields: Mapping[str, str], drawings: int) -> list[float]:
    """Return the seconds from each event of the pen until it is shown, in so many drawings of a 4."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(RECORDER)
    page.goto(f"{address}#draw?{urlencode(fields)}")
    _draw(page, 0.0)  # the first one makes the model ready
    page.evaluate("moved.length = shown.length = 0")
    for turn in range(drawings):
        page.click("#clear")
        _draw(page, 10 * np.sin(turn))
    moved, shown = page.evaluate("[moved, shown]")
    page.close()
    return [(_shown_after(shown, moment) - moment) / 1000 for moment in moved]


def _draw(page: Any, aside: float) -> None:
    """Draw a 4, some pixels aside, and wait until it is read."""
    box = page.locator("#canvas").bounding_box()
    for stroke in STROKES:
        x, y = (box["width"] / 280 * values for values in np.array(stroke, float).T)
        along = np.linspace(0, len(stroke) - 1, STEPS)
        places = [
            box[side] + np.interp(along, range(len(stroke)), values)
            for side, values in (("x", x + aside), ("y", y))
        ]
        for event, (left, top) in enumerate(zip(*places, strict=True)):
            due = time.perf_counter() + EVERY
            page.mouse.move(left, top)
            if not event:
                page.mouse.down()
            time.sleep(max(0.0, due - time.perf_counter()))
        page.mouse.up()
    page.wait_for_function("() => moved.length && shown.some(([drawing]) => drawing >= moved.at(-1))")


def _shown_after(shown: Sequence[Sequence[float]], moment: float) -> float:
    """Return when the first reading of a drawing that was taken from then on was shown, in milliseconds."""
    return next(seen for drawing, seen in shown if drawing >= moment)


def check_access(browser: Any, address: str, photo: pathlib.Path) -> dict[str, Any]:
    """Return how many of axe-core's rules each view keeps and violates, in light and dark."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        raise MissingPartError("no axe-core: `pip install 'knn-digits[browser]'` brings it")
    (script,) = pathlib.Path(found.origin).parent.rglob("axe.min.js")
    views = []
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
        page.add_init_script(RECORDER)
        _show_all(page, address, photo)
        page.evaluate(script.read_text("utf-8"))
        views += [{"scheme": scheme, "view": view, **_check_view(page, view)} for view in VIEWS]
        version = page.evaluate("axe.version")
        page.close()
    return {"axe-core": version, "views": views}


def _show_all(page: Any, address: str, photo: pathlib.Path) -> None:
    """Draw a digit, read a photo and open one of its digits."""
    page.goto(f"{address}#draw?features=blocks")
    _draw(page, 0.0)
    page.set_input_files("#files", str(photo))
    page.locator(".boxes button").first.click()
    page.wait_for_selector(".photo .near figure")


def _check_view(page: Any, view: str) -> dict[str, Any]:
    page.click(f"#tab-{view}")
    page.wait_for_timeout(1000)  # bars grow, stages and the map come
    found = page.evaluate("axe.run()")
    kinds = ("passes", "violations", "incomplete")
    return {kind: sorted(rule["id"] for rule in found[kind]) for kind in kinds}
