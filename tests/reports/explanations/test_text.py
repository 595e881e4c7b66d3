import numpy as np
import pytest

from knn_digits.arrays import Digits
from knn_digits.features import make_feature
from knn_digits.reports.explanations.text import BLOCKS, explanation_text, left_out_text
from tests.explained import explained, left_out_of, model_of

WIDE = 200  # characters


def strokes(*columns: int, rows: slice = slice(6, 22)) -> Digits:
    """Return digits of one vertical stroke each, four pixels wide."""
    digits = np.zeros((len(columns), 28, 28), np.uint8)
    for digit, column in zip(digits, columns, strict=True):
        digit[rows, column : column + 4] = 255
    return digits


QUERY = strokes(12, rows=slice(7, 22))[0]
PIXELS = model_of(strokes(12, 14, 18), [1, 7, 9], k=2)
GOLDEN = """\
digit 1, line 1: read as 3, probability 0.900
photo       as seen  1: 1    2: 7
            ▄▄▄▄     ████      ████
            ████     ████      ████
            ████     ████      ████
            ████     ████      ████
            ████     ████      ████
            ████     ████      ████
            ████     ████      ████
            ████     ████      ████

                     ----    ++----
                             ++  --
                             ++  --
                             ++  --
                             ++  --
                             ++  --
                             ++  --
                             ++  --
    label  distance
1:      1       510  vote 1  training digit 0
2:      7      2040  vote 1  training digit 1
votes: 1 has 1 of 2, by 1 neighbor; 7 has 1 of 2, by 1 neighbor
strangeness 0.50; of held-out digits 0.5 % are above 1
2 nearest by Euclidean distance of pixels
runner-up: 7, by training digit 1 at 2040, which voted
difference of pixels: + is more ink in the digit read, - in the training digit"""


def test_the_text_is_a_picture_a_table_and_the_reasons() -> None:
    assert explanation_text(explained(PIXELS, QUERY), width=WIDE) == GOLDEN


def test_plain_text_is_ascii() -> None:
    why = explained(PIXELS, QUERY)
    plain = explanation_text(why, width=WIDE, plain=True)
    assert plain.isascii()
    assert not set(plain) & set(BLOCKS[1:4])
    assert ",,,," in plain
    assert plain.count("\n") == GOLDEN.count("\n")


def test_block_counts_stand_below_the_digits() -> None:
    model = model_of(strokes(12, 14, 18), [1, 7, 9], feature=make_feature("blocks"), k=2)
    why = explained(model, QUERY)
    assert why.counts is not None
    lines = explanation_text(why, width=WIDE).splitlines()
    rows = [" ".join(f"{count:.0f}" for count in row) for row in why.counts]
    assert rows[1] == "0 8 8 0"
    assert [row for row in rows if any(row in line for line in lines)] == rows


def test_more_counts_than_fit_are_left_out() -> None:
    feature = make_feature("blocks", {"rows": 14, "columns": 14, "ink": "grey"})
    why = explained(model_of(strokes(12, 14, 18), [1, 7, 9], feature=feature, k=2), QUERY)
    assert explanation_text(why, width=WIDE).count("too many counts") == 3


@pytest.mark.parametrize(("width", "drawn"), [(20, 1), (100, 2), (150, 4), (400, 12)])
def test_as_many_neighbors_are_drawn_as_the_width_holds_and_all_are_listed(width: int, drawn: int) -> None:
    model = model_of(strokes(*range(4, 18), 19), [1] * 14 + [7], k=12)
    text = explanation_text(explained(model, QUERY), width=width)
    captions = text.splitlines()[1].split()
    assert captions.count("1") == drawn
    assert captions[-2:] == ["runner-up:", "7"]
    assert all(len(line) <= max(width, 100) for line in text.splitlines())
    assert text.count("vote 1  training digit") == 12


def test_the_photo_is_shaded_where_it_is_dark() -> None:
    why = explained(PIXELS, QUERY)
    crop = np.full((40, 40, 3), 220, np.uint8)
    crop[:, 18:22] = 40
    shaded = explanation_text(type(why)(**{**vars(why), "crop": crop}), width=WIDE).splitlines()[2:10]
    assert all("█" in line[:16] for line in shaded)
    assert all(line[:4] == "    " for line in shaded)


def test_what_was_left_out_is_listed_in_the_width_of_the_terminal() -> None:
    lines = left_out_text([left_out_of()] * 2, width=40).splitlines()
    assert lines[0] == "left out, though perhaps digits:"
    assert [line.startswith("  perhaps a 4 at 25, 20") for line in lines].count(True) == 2
    assert max(map(len, lines)) <= 40
