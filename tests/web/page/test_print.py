"""Pages on paper, in a real browser."""

import pathlib

from knn_digits.datasets import Dataset
from knn_digits.explanation import explain
from knn_digits.reports.explanations.page import explanations_page
from tests.pages import draw
from tests.web.page.browsing import Page

PRINTED = """() => [...document.querySelectorAll("body, .card, figure")].map((found) => {
  const style = getComputedStyle(found);
  return [found.localName, style.backgroundColor, style.breakInside];
})"""


def test_explanations_are_printed_on_white_and_no_card_is_split(
    page: Page, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    photo = draw(sample.digits, (3, 1, 4))
    explanations = explain(photo, "bundled")
    (tmp_path / "why.html").write_text(explanations_page("Why", explanations), "utf-8")
    page.goto((tmp_path / "why.html").as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    printed = page.evaluate(PRINTED)
    assert printed[0][1] == "rgb(255, 255, 255)"
    cards = [found for found in printed if found[0] == "section"]
    assert [found[1] for found in cards] == ["rgb(255, 255, 255)"] * 3
    assert {found[2] for found in printed[1:]} == {"avoid"}
