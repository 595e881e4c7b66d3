import numpy as np
import pytest

from benchmarks.data.pages import training_pool
from benchmarks.judge.examples import drawn_examples
from benchmarks.judge.labels import MISNAMED, RIGHT, UNKNOWN, WRONG
from benchmarks.judge.learning import Example, learn
from knn_digits.classifiers.load import load_bundled
from knn_digits.reading.marks import no_marks


@pytest.fixture(scope="module")
def drawn() -> list[Example]:
    """A few drawn pages with their marks."""
    return list(drawn_examples(range(16), pool=training_pool(), model=load_bundled()))


def test_marks_of_drawn_pages_are_labelled_by_their_boxes(drawn: list[Example]) -> None:
    for one in drawn:
        assert one.labels is not None
        assert len(one.labels) == len(one.marks)
        assert set(one.labels.tolist()) <= {RIGHT, WRONG, UNKNOWN, MISNAMED}
    assert any((one.labels == RIGHT).any() for one in drawn if one.labels is not None)


def test_a_judge_of_drawn_pages_has_more_evidence_for_what_is_right(drawn: list[Example]) -> None:
    judge, _ = learn(drawn, [], folds=2)
    right, wrong = [], []
    for one in drawn:
        evidence = judge.judge(one.marks).evidence
        right += evidence[one.labels == RIGHT].tolist()
        wrong += evidence[one.labels == WRONG].tolist()
    assert np.mean(right) > 0.5 > np.mean(wrong)
    assert np.median(right) > np.quantile(wrong, 0.95)


def test_what_is_misnamed_is_a_digit_and_of_a_photo_not_surely_wrong() -> None:
    labels = np.array([RIGHT, WRONG, MISNAMED])
    page = Example(name="page", source="drawn", marks=no_marks(), labels=labels)
    photo = Example(name="photo", source="hand", marks=no_marks(), truth=("12", True))
    assert page.wanted(labels, digits=False).tolist() == [RIGHT, WRONG, WRONG]
    assert photo.wanted(labels, digits=False).tolist() == [RIGHT, WRONG, UNKNOWN]
    assert photo.wanted(labels, digits=True).tolist() == [RIGHT, WRONG, RIGHT]


def test_a_drawn_page_weighs_less_than_a_photo() -> None:
    page = Example(name="page", source="drawn", marks=no_marks(), labels=np.zeros(0, np.int64))
    photo = Example(name="photo", source="hand", marks=no_marks(), truth=("", True))
    assert page.weight < photo.weight
