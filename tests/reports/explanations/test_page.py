import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from knn_digits.features import make_feature
from knn_digits.reports.explanations.page import explanations_page
from tests.explained import alike_of, explained, inked, left_out_of, model_of

QUERY = inked(300)[0]
TRAINING, LABELS = inked(280, 340, 390, 500, 600, 700), [3, 5, 3, 7, 8, 3]
WHY = explained(model_of(TRAINING, LABELS, k=3), QUERY)


class Page(HTMLParser):
    """The images of a page, and whether its elements are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs))
        elif tag not in ("meta", "br", "li"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """SVG closes its own."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_no_other_file_and_is_whole() -> None:
    page = explanations_page("why", [WHY])
    parsed = Page(page)
    assert parsed.open == []
    assert not re.search(r"(src|href)=.?http|url\(|<script|@import", page)
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in parsed.images)
    assert '<meta name="viewport" content="width=device-width' in page


def test_every_picture_is_described() -> None:
    described = [image["alt"] for image in Page(explanations_page("why", [WHY])).images]
    assert described[:4] == [
        "digit 1 in the photo",
        "digit 1 as classified",
        "training digit 0, a 3",
        "digit 1 minus training digit 0",
    ]
    assert len(described) == 2 + 2 * 3
    assert all(described)


def test_a_digit_is_shown_pixel_by_pixel_and_the_browser_enlarges_it() -> None:
    shown = Page(explanations_page("why", [WHY])).images[1]
    source = str(shown["src"])
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
        assert (np.asarray(image) == QUERY).all()
    assert (shown["class"], shown["width"]) == ("pixels", "140")


def test_a_neighbor_is_as_large_as_its_vote_counts() -> None:
    votes = [replace(WHY.neighbors[0], weight=weight) for weight in (1.0, 0.5, 0.0)]
    images = Page(explanations_page("why", [replace(WHY, neighbors=tuple(votes))])).images
    assert [image["width"] for image in images[2::2]] == ["140", "98", "56"]


def test_block_counts_are_told_in_words_too() -> None:
    model = model_of(TRAINING, LABELS, feature=make_feature("blocks"), k=3)
    why = explained(model, QUERY)
    assert why.counts is not None
    rows = ", ".join(" ".join(f"{count:.0f}" for count in row) for row in why.counts)
    page = explanations_page("why", [why])
    assert Page(page).open == []
    assert f'aria-label="digit 1 as classified; block counts row by row: {rows}"' in page


def test_block_counts_are_text_over_the_digit() -> None:
    model = model_of(TRAINING, LABELS, feature=make_feature("blocks"), k=3)
    why = explained(model, QUERY)
    assert why.counts is not None
    drawn = explanations_page("why", [why]).split("<svg")[1].split("</svg>")[0]
    assert re.findall(r"<text[^>]*>(\d+)</text>", drawn) == [f"{n:.0f}" for n in why.counts.flat if n]


def test_the_tally_is_a_table() -> None:
    page = explanations_page("why", [WHY])
    assert '<tr><th scope="row">3</th><td>2</td><td>2</td><td>66.7%</td></tr>' in page
    assert '<tr><th scope="row">5</th><td>1</td><td>1</td><td>33.3%</td></tr>' in page


def test_a_title_cannot_become_markup() -> None:
    page = explanations_page('a"<script>&.png', [WHY])
    assert "<script" not in page
    assert page.count("a&#34;&lt;script&gt;&amp;.png") == 2


def test_a_title_that_no_file_can_hold_is_escaped() -> None:
    page = explanations_page("scan\udcff 写.png", [WHY])
    assert page.encode("utf-8").count("scan\\udcff 写.png".encode()) == 2


def test_several_digits_are_linked_line_by_line() -> None:
    whys = [replace(WHY, number=number, line=line) for number, line in ((1, 1), (2, 1), (3, 2))]
    page = explanations_page("why", whys)
    Page(page)
    nav = page[page.index("<nav>") : page.index("</nav>")]
    assert re.findall(r'href="#(digit-\d)"[^>]*>3</a>(<br>)?', nav) == [
        ("digit-1", ""),
        ("digit-2", "<br>"),
        ("digit-3", ""),
    ]
    assert all(f"<section class=card id=digit-{number}>" in page for number in (1, 2, 3))
    assert "<nav>" not in explanations_page("why", whys[:1])


def test_what_was_left_out_stands_at_the_end_with_its_picture() -> None:
    page = explanations_page("why", [WHY], left_out=[left_out_of()])
    assert Page(page).images[-1]["alt"] == "mark 1 that was left out"
    assert page.index("<section class=card id=left-out>") > page.index("<section class=card id=digit-1>")
    assert "<section class=card id=left-out>" not in explanations_page("why", [WHY])


def test_digits_of_the_same_page_are_shown_with_their_labels() -> None:
    page = explanations_page("photo", [replace(WHY, alike=alike_of(*inked(290, 310)))])
    assert page.count("on the same page") == 2
    assert "digit 12: <b>3</b> at 240<br>on the same page" in page
    assert len(Page(page).images) == len(Page(explanations_page("photo", [WHY])).images) + 2
