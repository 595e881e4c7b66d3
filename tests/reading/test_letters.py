"""Printed words beside digits: they are counted, and yield nothing."""

import json
import pathlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.boxes import Boxes
from knn_digits.reading import Reader, Reading
from knn_digits.reading.letters import FILE, count_words, load_letters
from knn_digits.reading.marks import Marks

matplotlib = pytest.importorskip("matplotlib", reason="its fonts print the words")
FONTS = pathlib.Path(matplotlib.get_data_path()) / "fonts/ttf"
PARAGRAPH = (
    "Solve the following equation and write",
    "your answer into the box below, please.",
    "Do not use a calculator; show each step.",
)
WORDS = sum(len(line.split()) for line in PARAGRAPH)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader("bundled")


def printed(lines: tuple[str, ...], font: str, size: int) -> Pixels:
    """Return a sheet with printed lines at its top."""
    sheet = Image.new("L", (1000, 640), 240)
    face = ImageFont.truetype(FONTS / font, size)
    for row, line in enumerate(lines):
        ImageDraw.Draw(sheet).text((60, 40 + 1.5 * size * row), line, fill=40, font=face)
    return np.asarray(sheet, np.uint8)


def with_sum(sheet: Pixels, sample: Dataset) -> Pixels:
    """Return the sheet with 12+35 written below, larger than the print."""
    sheet = sheet.copy()
    for place, mark in enumerate("12+35"):
        ink = np.zeros((80, 80), np.uint8)
        if mark.isdigit():
            digit = sample.digits[np.flatnonzero(sample.labels == int(mark))[7]]
            ink[:] = cv2.resize(digit, (80, 80), interpolation=cv2.INTER_CUBIC)
        else:
            cv2.line(ink, (18, 40), (62, 40), 255, 5, cv2.LINE_AA)
            cv2.line(ink, (40, 18), (40, 62), 255, 5, cv2.LINE_AA)
        part = sheet[480:560, 120 + 74 * place :][:, :80]
        part[:] = np.minimum(part, 240 - 0.8 * ink)
    return sheet


def letters_told(reading: Reading) -> int:
    """Return how many words of letters a reading tells to be left out."""
    told = [one for one in reading.warnings if one.endswith("of letters left out")]
    return int(told[0].split()[0]) if told else 0


@pytest.mark.parametrize(("font", "size"), [("DejaVuSerif.ttf", 32), ("cmr10.ttf", 22)])
def test_a_printed_paragraph_above_a_sum_yields_nothing_and_is_counted(
    font: str, size: int, reader: Reader, sample: Dataset
) -> None:
    reading = reader.read(with_sum(printed(PARAGRAPH, font, size), sample))
    assert reading.text_with_signs == "12+35"
    assert abs(letters_told(reading) - WORDS) <= WORDS / 3


def test_a_page_is_not_turned_upside_down_because_its_letters_are_like_digits_then(
    reader: Reader, sample: Dataset
) -> None:
    reading = reader.read(with_sum(printed(PARAGRAPH, "DejaVuSansMono.ttf", 34), sample))
    assert reading.text_with_signs == "12+35"
    assert not [warning for warning in reading.warnings if "turned" in warning]


def test_words_are_counted_on_lines_without_a_digit(reader: Reader) -> None:
    assert abs(letters_told(reader.read(printed(PARAGRAPH, "DejaVuSerif.ttf", 22))) - WORDS) <= WORDS / 3


def test_a_code_keeps_its_digits(reader: Reader) -> None:
    assert reader.read(printed(("A00394",), "DejaVuSans.ttf", 90)).text_with_signs == "?00394"


def marks_of(boxes: Boxes) -> Marks:
    n = len(boxes)
    return Marks(
        boxes=boxes,
        digits=np.zeros((n, 28, 28), np.uint8),
        labels=np.zeros(n, np.int64),
        features={"level": np.ones(n), "kind": np.zeros(n)},
        wholes=np.full(n, -1),
    )


def test_marks_are_words_only_where_they_stand_as_evenly_as_letters() -> None:
    places = [0, 25, 50, 140, 165, 190]
    level = np.array([(left, 100, 20, 30) for left in places])
    tumbled = np.array(
        [(left, 100 - 15 * (row % 2), 20, 20 + 20 * (row % 2)) for row, left in enumerate(places)]
    )
    none = np.zeros((0, 4), np.int64)
    assert [count_words(marks_of(boxes), none) for boxes in (level, tumbled)] == [2, 0]
    assert count_words(marks_of(level), level[:3]) == 1


def test_what_tells_lines_of_letters_is_one_readable_file() -> None:
    letters = load_letters()
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    assert stored["letters"] == letters.as_dict()
    assert stored["about"]["of those told to be, on pages left out"] >= 0.92
