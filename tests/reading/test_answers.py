import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.photo.boxes import Box, find_one_mark
from knn_digits.reading.answers import answer, answer_alone
from knn_digits.reading.judge import Judge, load_judge
from knn_digits.reading.turns import Seen, see
from knn_digits.reading.views import View
from tests.photo.scenes import Sheet, as_ink, blank


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge()


@pytest.fixture(scope="module")
def seen(page: Sheet, model: DigitKNN, judge: Judge) -> Seen:
    """The ten digits on two lines, as the reader sees them."""
    return see(View.of(as_ink(page.ink), scale=2), model.unrefined(), judge)


def view_of(ink: Pixels) -> View:
    return View.of(as_ink(ink), scale=0.25)


def test_what_is_chosen_is_read_by_the_users_model_in_boxes_on_the_photo(
    seen: Seen, model: DigitKNN, judge: Judge, page: Sheet
) -> None:
    digits = answer(seen, model, judge, scout=model.unrefined(), least=0.0)
    assert sorted(digit.text for digit in digits if digit.label is not None) == list("0123456789")
    votes = model.classify(np.stack([digit.digit for digit in digits]))
    assert votes.labels.tolist() == [int(digit.text) for digit in digits]
    widest = max(box.right for box in page.boxes)
    assert max(digit.box.right for digit in digits) == pytest.approx(2 * widest, abs=20)


def test_a_digit_less_probable_than_wanted_is_refused_and_keeps_its_probability(
    seen: Seen, model: DigitKNN, judge: Judge
) -> None:
    sure, refused = (answer(seen, model, judge, scout=model.unrefined(), least=least) for least in (0.0, 1.0))
    assert [digit.text for digit in refused] == ["?"] * len(sure)
    assert [digit.probability for digit in refused] == [digit.probability for digit in sure]


def test_what_is_a_digit_but_of_no_known_label_is_refused(seen: Seen, model: DigitKNN, judge: Judge) -> None:
    rows = seen.chosen
    doubtful = Seen(
        view=seen.view,
        marks=seen.marks,
        judged=type(seen.judged)(
            evidence=np.full(len(seen.marks), 0.02),
            digits=np.full(len(seen.marks), 0.98),
            features=seen.judged.features,
        ),
        chosen=rows[:0],
        doubted=rows[:3],
    )
    unsure = type(judge)(**{**vars(judge), "settled": np.array([0.0, 1.0, 0.0, 0.0])})
    read = answer(doubtful, model, unsure, scout=model.unrefined(), least=0.0)
    assert [digit.text for digit in read] == ["?"] * 3


def test_where_nothing_is_chosen_there_is_no_digit(model: DigitKNN, judge: Judge) -> None:
    nothing = see(View.of(as_ink(blank(100, 100)), scale=1), model.unrefined(), judge)
    assert answer(nothing, model, judge, scout=model.unrefined(), least=0.0) == []


def test_a_picture_of_one_digit_is_read_by_the_model_alone(model: DigitKNN) -> None:
    ink = blank(112, 112)
    ink[20:92, 50:62] = 255
    mark = find_one_mark(as_ink(ink))
    assert mark is not None
    digit = answer_alone(mark, model, view_of(ink), least=0.0)
    assert (digit.label, digit.box) == (1, Box(left=12, top=5, width=4, height=18))
    assert digit.probability == float(model.classify(digit.digit[None]).probabilities[0, 1])
    assert answer_alone(mark, model, view_of(ink), least=1.0).label is None


def test_a_mark_that_is_refused_as_a_sign_is_one(model: DigitKNN) -> None:
    ink = blank(112, 112)
    ink[16:96, 50:60] = ink[50:60, 16:96] = 255
    mark = find_one_mark(as_ink(ink))
    assert mark is not None
    digit = answer_alone(mark, model, view_of(ink), least=0.0)
    assert (digit.label, digit.text, digit.is_digit) == (None, "+", False)
