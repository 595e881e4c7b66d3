import cv2
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.reading import read_photo
from tests.photo.scenes import (
    Sheet,
    blank,
    enlarge,
    shoot,
)


def spaced(sample: Dataset, text: str) -> Sheet:
    """Return the text on one line; what is no digit leaves a gap."""
    sheet = Sheet(blank(220, 80 + 140 * len(text)))
    for place, letter in enumerate(text):
        if letter.isdigit():
            sheet.write(enlarge(sample.digits[20 + int(letter)]), 40 + 140 * place, 40)
    return sheet


@pytest.mark.parametrize("text", ["123  456  78", "27 05", "4 1 7"])
def test_wider_gaps_are_kept_as_spaces_between_words(text: str, sample: Dataset, model: DigitKNN) -> None:
    (line,) = read_photo(shoot(spaced(sample, text).ink), model).lines
    words = ["417"] if text == "4 1 7" else text.split()  # evenly spaced out, it is one word
    assert [word.text for word in line.words] == words
    assert line.text == " ".join(words)
    assert [digit for word in line.words for digit in word.digits] == list(line.digits)
    for word in line.words:
        assert word.box.left == word.digits[0].box.left
        assert word.box.right == max(digit.box.right for digit in word.digits)


def test_a_point_between_digits_parts_them_and_is_printed_on_demand(sample: Dataset, model: DigitKNN) -> None:
    sheet = spaced(sample, "3 14")
    assert read_photo(shoot(sheet.ink), model).warnings == ()
    cv2.circle(sheet.ink, (250, sheet.boxes[0].bottom - 4), 11, 255, -1)
    reading = read_photo(shoot(sheet.ink), model)
    assert (reading.text, reading.text_with_signs.replace(" ", "")) == ("3 14", "3.14")


def test_high_strokes_between_digits_are_slashes_and_no_1s(sample: Dataset, model: DigitKNN) -> None:
    sheet = spaced(sample, "28 05 24")
    for place in (2, 5):
        left = 40 + 140 * place
        cv2.line(sheet.ink, (left + 40, 185), (left + 100, 35), 255, 11)
    reading = read_photo(shoot(sheet.ink), model)
    assert (reading.text, reading.text_with_signs.replace(" ", "")) == ("28 05 24", "28/05/24")
