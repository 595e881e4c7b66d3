"""A page, and what a judge of signs tells of it -> its text."""

from benchmarks.data.tokens import spell
from benchmarks.judge.signs import SignPage, Told
from knn_digits.reading.signs import DIGIT, choose_names
from knn_digits.reading.words import Placed, find_text


def read_page(page: SignPage, told: Told) -> str:
    """Return the text of a page with its signs, as `spell` spells it."""
    text = find_text(page.items, choose_names(page.items, told))

    def letter(one: Placed) -> str:
        return "^" * one.raised + (str(page.labels[one.row]) if one.name == DIGIT else one.name)

    lines = ("".join(letter(one) for word in line for one in word) for line in text.lines)
    return spell(lines)
