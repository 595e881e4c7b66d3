"""`benchmarks.measure.empty`: on how many pages without a digit nothing is read."""

from benchmarks.measure.empty import PAGES, draw_pages


def test_no_page_has_a_digit_of_a_text() -> None:
    pages = list(draw_pages())
    assert len(pages) == sum(PAGES.values())
    assert not any(mark.label is not None for page in pages for mark in page.marks)
