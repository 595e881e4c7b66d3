import json
import math
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.images import Picture
from knn_digits.photo.boxes import Box
from knn_digits.reading import DigitReading, Line, Neighbor, Reading
from knn_digits.reports import readings
from knn_digits.reports.readings import CSV_HEADER, annotate, as_object, as_rows, csv_text, with_probabilities

PAPER = 200


def read(label: int | None, *, left: int, top: int, size: int = 40) -> DigitReading:
    return DigitReading(
        label=label,
        probability=2 / 3,
        box=Box(left=left, top=top, width=size // 2, height=size),
        strangeness=0.5,
        doubt=0.5,
        digit=np.zeros((28, 28), np.uint8),
        neighbors=(),
    )


BESIDE = Box(left=100, top=60, width=20, height=40)
FIRST, REFUSED, BELOW = read(7, left=50, top=60), read(None, left=120, top=60), read(1, left=50, top=160)
READING = Reading(
    width=300, height=240, lines=(Line.of((FIRST, REFUSED)), Line.of((BELOW,))), warnings=("faint",)
)


def picture(width: int, height: int, *, full: int | None = None) -> Picture:
    pixels = np.full((height, width, 3), PAPER, np.uint8)
    scale = (full or width) // width
    return Picture(pixels=pixels, full_width=width * scale, full_height=height * scale)


def drawn_at(drawn: Pixels, color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is drawn in a color."""
    rows, columns = np.nonzero((drawn == color).all(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def told(label: int | None, text: str, box: list[int]) -> dict[str, object]:
    """Return the object of a digit's mark."""
    rest: dict[str, object] = {"neighbors": [], "sign": None, "raised": False, "page_share": None}
    return {"text": text, "label": label, "probability": 0.666, "box": box, **rest}


def test_the_object_is_the_one_that_the_readme_promises() -> None:
    assert as_object("a.png", READING) == {
        "path": "a.png",
        "width": 300,
        "height": 240,
        "text": "7?\n1",
        "lines": [
            {
                "text": "7?",
                "words": [
                    {
                        "text": "7?",
                        "box": [50, 60, 90, 40],
                        "marks": [told(7, "7", [50, 60, 20, 40]), told(None, "?", [120, 60, 20, 40])],
                    }
                ],
                "digits": [
                    {"label": 7, "probability": 0.666, "box": [50, 60, 20, 40]},
                    {"label": None, "probability": 0.666, "box": [120, 60, 20, 40]},
                ],
            },
            {
                "text": "1",
                "words": [
                    {"text": "1", "box": [50, 160, 20, 40], "marks": [told(1, "1", [50, 160, 20, 40])]},
                ],
                "digits": [{"label": 1, "probability": 0.666, "box": [50, 160, 20, 40]}],
            },
        ],
        "warnings": ["faint"],
        "tables": [],
    }
    assert json.loads(json.dumps(as_object("a.png", READING))) == as_object("a.png", READING)


def test_what_the_command_prints_is_read_back_but_for_its_details() -> None:
    back = Reading.from_dict(as_object("a.png", READING))
    assert back.text == READING.text
    assert [mark.box for mark in back.digits] == [mark.box for mark in READING.digits]
    assert math.isnan(back.digits[0].doubt)


def test_a_mark_that_is_a_sign_is_named_with_its_neighbors() -> None:
    plus = replace(FIRST, label=None, sign="+", neighbors=(Neighbor(index=5, label=4, distance=0.5),))
    reading = replace(READING, lines=(Line.of((plus,)),))
    (word,) = as_object("a.png", reading)["lines"][0]["words"]
    assert word["marks"] == [
        {
            "text": "+",
            "label": None,
            "probability": 0.666,
            "box": [50, 60, 20, 40],
            "neighbors": [{"index": 5, "label": 4, "distance": 0.5}],
            "sign": "+",
            "raised": False,
            "page_share": None,
        }
    ]


def test_the_rows_have_the_columns_of_the_header_and_count_from_1() -> None:
    assert as_rows("a.png", READING) == [
        ("a.png", 1, 1, "7", 0.666, 50, 60, 20, 40, 1),
        ("a.png", 1, 2, "?", 0.666, 120, 60, 20, 40, 1),
        ("a.png", 2, 1, "1", 0.666, 50, 160, 20, 40, 1),
    ]
    assert {len(row) for row in as_rows("a.png", READING)} == {len(CSV_HEADER)}


def test_signs_are_told_where_they_are_wanted() -> None:
    plus = replace(FIRST, label=None, sign="+", box=Box(left=75, top=60, width=20, height=40))
    reading = replace(READING, lines=(Line.of((FIRST, plus, replace(REFUSED, box=BESIDE))),))
    assert [row[3] for row in as_rows("a.png", reading)] == ["7", "?"]
    assert [row[3] for row in as_rows("a.png", reading, signs=True)] == ["7", "+", "?"]
    for signs, text in ((False, "7 ?"), (True, "7+?")):
        content = as_object("a.png", reading, signs=signs)
        (line,) = content["lines"]
        assert content["text"] == line["text"] == line["words"][0]["text"] == text
    assert with_probabilities(reading, signs=True).split()[:3] == ["7", "+", "?"]


def test_csv_quotes_what_needs_it() -> None:
    assert csv_text([("a,b", 1), ('"', "")]) == '"a,b",1\n"""",\n'


def test_read_and_refused_digits_are_boxed_in_their_colors_and_the_picture_is_left_as_it_was() -> None:
    plain = picture(300, 240)
    drawn = annotate(plain, READING)
    assert (plain.pixels == PAPER).all()
    assert drawn.shape == plain.pixels.shape
    assert drawn.dtype == np.uint8
    for digit, color in ((FIRST, readings.READ_COLOR), (REFUSED, readings.REFUSED_COLOR)):
        for corner in (
            (digit.box.top, digit.box.left),
            (digit.box.top + digit.box.height, digit.box.left + digit.box.width),
        ):
            assert tuple(drawn[corner]) == color
    assert drawn_at(drawn, readings.REFUSED_COLOR)[0] >= REFUSED.box.left - 2


def test_boxes_follow_a_reduced_picture() -> None:
    reading = replace(
        READING, width=900, height=720, lines=(Line.of((read(7, left=150, top=180, size=120),)),)
    )
    drawn = annotate(picture(300, 240, full=900), reading)
    assert drawn.shape == (240, 300, 3)
    assert tuple(drawn[60, 50]) == tuple(drawn[100, 70]) == readings.READ_COLOR


def test_a_tiny_picture_is_enlarged_so_that_its_label_can_be_read() -> None:
    reading = replace(READING, width=28, height=20, lines=(Line.of((read(7, left=8, top=8, size=10),)),))
    drawn = annotate(picture(28, 20), reading)
    assert drawn.shape == (200, 280, 3)
    assert tuple(drawn[80, 80]) == tuple(drawn[180, 130]) == readings.READ_COLOR


@pytest.mark.parametrize("top", [0, 1, 30])
def test_a_label_stays_in_the_picture(top: int) -> None:
    reading = replace(READING, lines=(Line.of((read(7, left=100, top=top),)),))
    blank = replace(READING, lines=(Line.of((read(7, left=100, top=top + 100),)),))
    drawn = (annotate(picture(300, 240), each) for each in (reading, blank))
    at_edge, free = (int((each == readings.READ_COLOR).all(axis=2).sum()) for each in drawn)
    assert at_edge > 0.8 * free  # it may lie on its box, but none of it is cut off
    assert at_edge <= free


def test_a_reading_without_digits_leaves_the_picture() -> None:
    assert (annotate(picture(300, 240), replace(READING, lines=())) == PAPER).all()
