from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judge.answers import Page, learn_alike, settle
from knn_digits.classifiers.knn import DigitKNN
from tests.explained import inked, model_of


@pytest.fixture(scope="module")
def scout() -> DigitKNN:
    return model_of(inked(0, 50, 60, 500, 510, 520), [1, 1, 1, 5, 5, 5], k=2)


def page_of(model: DigitKNN, truth: Sequence[int], said: Sequence[int], *, source: str) -> Page:
    """Return a page of digits that all look alike, and are said to be so by themselves, with little doubt."""
    digits = inked(*range(200, 200 + len(truth)))
    votes = model.classify(digits)
    own = np.full((len(truth), 10), 0.02, np.float32)
    own[np.arange(len(truth)), list(said)] = 0.82
    votes = replace(votes, labels=np.array(said), probabilities=own)
    return Page(
        source=source, weight=1.0, truth=np.array(truth), ordered=True, digits=digits,
        labels=np.array(said), evidence=np.full(len(truth), 0.9), votes=votes,
    )  # fmt: skip


def test_digits_alike_count_as_far_as_they_are_right_on_other_sources(scout: DigitKNN) -> None:
    helped = [page_of(scout, [4] * 6, [4] * 5 + [9], source=str(i)) for i in range(6)]
    weight, told = learn_alike(helped, scout, folds=3)
    assert weight > 0.5
    assert told == {"digits": 36, "right by themselves": 30, "right with those alike": 36}


def test_where_what_looks_alike_is_different_it_counts_nothing(scout: DigitKNN) -> None:
    mixed = [page_of(scout, [4, 9], [4, 9], source=str(i)) for i in range(6)]
    weight, told = learn_alike(mixed, scout, folds=3)
    assert weight < 0.1
    assert told["right with those alike"] == 12


def test_digits_of_which_the_truth_is_not_known_teach_no_weight(scout: DigitKNN) -> None:
    pages = [page_of(scout, [4] * 5 + [-1], [4] * 5 + [9], source=str(i)) for i in range(4)]
    pages[0] = replace(pages[0], ordered=False)
    assert learn_alike(pages, scout, folds=2)[1]["digits"] == 15


def test_evidence_speaks_for_a_label(scout: DigitKNN) -> None:
    right, wrong = (page_of(scout, [truth] * 6, [4] * 6, source="") for truth in (4, -1))
    settled = settle([right, replace(wrong, evidence=np.full(6, 0.2))], scout, 0.0, least=0.1)
    assert settled.shape == (4,)
    assert settled[1] > 0


def test_what_would_not_be_read_settles_nothing(scout: DigitKNN) -> None:
    right, wrong = (page_of(scout, [truth] * 6, [4] * 6, source="") for truth in (4, -1))
    pages = [right, wrong, replace(wrong, evidence=np.full(6, 0.2))]
    assert settle(pages, scout, 0.0, least=0.5).tolist() == settle(pages[:2], scout, 0.0, least=0.1).tolist()
