import dataclasses

import cv2
import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError
from knn_digits.features.pixels import PixelValues
from knn_digits.photo.boxes import Box
from knn_digits.reading import DigitReading, Line, Mark, model_for_photos, read_photo
from tests.photo.scenes import (
    Sheet,
    blank,
    shoot,
)
from tests.reading.readings import (
    comparable,
    digits_of,
)


def test_reading_twice_gives_the_same(page: Sheet, model: DigitKNN) -> None:
    photo = shoot(page.ink, noise=10)
    assert comparable(read_photo(photo, model)) == comparable(read_photo(photo, model))


def test_records_cannot_be_changed(page: Sheet, model: DigitKNN) -> None:
    reading = read_photo(shoot(page.ink), model)
    line = reading.lines[0]
    digit = line.digits[0]
    for record in (reading, line, line.words[0], digit, digit.box, digit.neighbors[0]):
        for field in dataclasses.fields(record):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(record, field.name, None)


def mark(text: str, *, left: int, raised: bool = False) -> Mark:
    """Return a digit, or a sign, ten pixels wide."""
    label, sign = (int(text), None) if text.isdigit() else (None, text)
    box = Box(left=left, top=0, width=10, height=20)
    return Mark(
        label=label,
        probability=1.0,
        box=box,
        strangeness=0.0,
        doubt=0.0,
        digit=blank(28, 28),
        neighbors=(),
        sign=sign,
        raised=raised,
    )


def row(text: str) -> Line:
    """Return a line of these marks; ^ raises the next, and a space is 40 pixels wide."""
    marks, left, raised = [], 0, False
    for letter in text:
        if letter not in " ^":
            marks.append(mark(letter, left=left, raised=raised))
        left += {" ": 40, "^": 0}.get(letter, 14)
        raised = letter == "^"
    return Line.of(marks)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("12/05/2024", "12 05 2024"),
        ("87+46+2", "87 46 2"),
        ("-73\u00d742 8", "73 42 8"),
        ("5^2", "52"),
    ],
)
def test_signs_end_words_and_are_printed_on_demand(written: str, text: str) -> None:
    assert (row(written).text, row(written).text_with_signs) == (text, written)


def test_a_line_is_made_of_words_and_words_of_digits_and_signs() -> None:
    line = row("1+2 34")
    assert [[one.text for one in word.marks] for word in line.words] == [["1", "+", "2"], ["3", "4"]]
    assert [[digit.label for digit in word.digits] for word in line.words] == [[1, 2], [3, 4]]
    assert [one.text for one in line.marks] == ["1", "+", "2", "3", "4"]
    assert [digit.label for digit in line.digits] == [1, 2, 3, 4]
    assert line.words[0].box == Box(left=0, top=0, width=38, height=20)


def test_the_name_of_old_is_the_same_record() -> None:
    assert DigitReading is Mark


def test_the_neighbors_are_training_digits_nearest_first_and_those_of_the_digit_as_it_was_classified(
    page: Sheet, model: DigitKNN
) -> None:
    digits = read_photo(shoot(page.ink), model).digits
    assert digits
    for digit in digits:
        labels = [neighbor.label for neighbor in digit.neighbors]
        distances = [neighbor.distance for neighbor in digit.neighbors]
        assert len(labels) == model.options.k
        assert labels == [model.labels[neighbor.index] for neighbor in digit.neighbors]
        assert distances == sorted(distances)
        again = model.classify(digit.digit[None])
        assert again.labels[0] == digit.label
        assert again.indices[0].tolist() == [neighbor.index for neighbor in digit.neighbors]


def test_a_model_for_photos_knows_other_hands_and_is_made_once(model: DigitKNN, sample: Dataset) -> None:
    plain = DigitKNN.fit(sample.digits[:100], sample.labels[:100], feature=PixelValues())
    handed = model_for_photos(plain)
    assert {layer.name for layer in handed.layers} == {"bhmsds", "hwd1000", "drawn"}
    assert handed.signs is None
    assert model_for_photos(handed) is handed
    assert model_for_photos(model) is model


def test_a_picture_of_one_plus_has_no_digit_but_a_plus(model: DigitKNN) -> None:
    ink = blank(36, 36)
    ink[5:31, 16:20] = ink[16:20, 5:31] = 255
    reading = read_photo(shoot(ink), model)
    (mark,) = reading.lines[0].marks
    assert (reading.text, reading.text_with_signs) == ("", "+")
    assert (mark.label, mark.sign) == (None, "+")
    assert mark.sign_share > 0.5


def test_a_refused_digit_has_no_label_and_is_a_question_mark(model: DigitKNN) -> None:
    ink, zigzag = blank(40, 40), [(6, 10), (11, 30), (17, 10), (22, 30), (28, 10), (33, 30)]
    cv2.polylines(ink, [np.array(zigzag, np.int32)], False, 255, 2)
    reading = read_photo(shoot(ink), model)
    assert reading.text == "?"
    (digit,) = reading.lines[0].digits
    assert digit.label is None
    assert digit.strangeness > 1


def test_digits_below_the_least_probability_are_refused_and_keep_it(page: Sheet, model: DigitKNN) -> None:
    pixels = shoot(page.ink)
    before = digits_of(read_photo(pixels, model))
    least = sorted(digit.probability for digit in before)[len(before) // 2]
    after = digits_of(read_photo(pixels, model, min_probability=least))
    assert [(digit.label, digit.probability) for digit in after] == [
        (digit.label if digit.probability >= least else None, digit.probability) for digit in before
    ]
    everything = read_photo(pixels, model, min_probability=1.0)
    assert set(everything.text) == {"?", "\n"}


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_least_probability_outside_0_to_1_is_told(least: float, page: Sheet, model: DigitKNN) -> None:
    with pytest.raises(UsageError, match="min_probability must be a number from 0 to 1"):
        read_photo(shoot(page.ink), model, min_probability=least)
