"""What a line prints, by what its items are."""

import numpy as np
import pytest

from knn_digits.reading.items import Items
from knn_digits.reading.signs import NAMES, NOTHING, Named, choose_names
from knn_digits.reading.words import Text, find_text

LETTER = "?"


def items_of(written: str) -> tuple[Items, Named]:
    """Return one line of items: a 0 is a digit, ? a letter, _ nothing, ~ unread, a space is wide."""
    names, boxes, left = [], [], 0
    for letter in written:
        if letter != " ":
            names.append({"0": "digit", "_": NOTHING, "~": NOTHING}.get(letter, letter))
            boxes.append((left, 0, 20, 40))
        left += 25 if letter != " " else 60
    n = len(names)
    items = Items(
        boxes=np.array(boxes),
        digits=np.zeros((n, 28, 28), np.uint8),
        lines=np.zeros(n, np.int64),
        rows=np.array([0 if name == "digit" else -1 for name in names]),
        features={},
    )
    rows = np.array([NAMES.index(name) for name in names])
    unread = np.array([letter == "~" for letter in written.replace(" ", "")], bool)
    return items, Named(rows=rows, probabilities=np.ones(n), unread=unread)


def spelled(text: Text) -> list[str]:
    lines = [[[one.name.replace("digit", "0") for one in word] for word in line] for line in text.lines]
    return [" ".join("".join(word) for word in line) for line in lines]


@pytest.mark.parametrize(
    ("written", "text", "letters"),
    [
        ("00/00/0000", ["00/00/0000"], 0),
        ("???? 0000", ["0000"], 1),
        ("????: 00 ???", ["00"], 2),
        ("?00000", ["?00000"], 0),
        ("?+?+?=0", ["?+?+?=0"], 0),
        ("??0?=00", ["????=00"], 0),
        ("00+00_", ["00+00"], 0),
        ("???? ??", [], 2),
        ("+ -", [], 0),
        ("~0~ 000", ["000"], 1),
        ("000~", ["000"], 0),
    ],
)
def test_words_of_letters_are_left_out_whole_and_counted(written: str, text: list[str], letters: int) -> None:
    found = find_text(*items_of(written))
    assert (spelled(found), found.letters) == (text, letters)


def test_a_digit_above_the_middle_of_the_one_before_it_is_raised() -> None:
    items, named = items_of("000")
    items.boxes[1] = (22, -12, 12, 20)
    ((word,),) = find_text(items, named).lines
    assert [one.raised for one in word] == [False, True, False]


def test_a_digit_is_one_unless_a_sign_or_all_else_is_likelier_and_all_else_is_a_sign_or_nothing() -> None:
    items, _ = items_of("0/.")
    told = np.full((3, len(NAMES)), 0.01)
    told[0, NAMES.index("digit")] = told[1, NAMES.index("digit")] = told[2, NAMES.index(".")] = 0.8
    assert choose_names(items, told).names == ["digit", NOTHING, "."]
    told[1, NAMES.index("digit")], told[1, NAMES.index("/")] = 0.3, 0.32
    told[1, NAMES.index(NOTHING)] = 0.3
    assert choose_names(items, told).names[1] == "/"
    for name, nothing in ((LETTER, 0.1), (NOTHING, 0.3)):
        told[0] = 0.01
        told[0, [NAMES.index(one) for one in ("digit", LETTER, NOTHING)]] = 0.3, 0.25, nothing
        assert choose_names(items, told).names[0] == name
    told[0, NAMES.index("/")] = 0.4
    assert choose_names(items, told).names[0] == "/"
