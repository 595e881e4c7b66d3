"""What is noted of fields of drawn forms, for readers to learn from."""

import numpy as np
import pytest

from benchmarks.data.forms.form import ALL_LAYOUTS
from benchmarks.judge.forms import FieldNote, Notes, judge_fields, note_line
from benchmarks.learn_forms import FOLDS, FORMS, alike, fold_of, least_fit_of
from knn_digits.forms.trust import Chances


@pytest.mark.parametrize(
    ("truth", "labels", "marks", "whole"),
    [
        ("514", "514", ("5", "1", "4"), True),
        ("514", "574", ("5", "1", "4"), True),  # one is misread
        ("5", "52", ("5", ""), True),  # what is left of print behind it
        ("514", "54", ("5", "4"), False),  # one was not found
        ("236", "24", ("2", "!"), False),  # two that touch are read as one
        ("", "1", ("",), True),
        ("?0", "20", ("?", "0"), True),
    ],
)
def test_marks_on_a_line_are_the_digits_that_they_follow(
    truth: str, labels: str, marks: tuple[str, ...], whole: bool
) -> None:
    note = note_line(tuple(truth), range(len(labels)), tuple(labels), 0)
    assert (note.truth, note.whole) == (marks, whole)


def judged(places: tuple[int, ...], *, struck: float) -> bool:
    """Return whether a field of two marks, a 3 and a 4, is doubtful whatever they say."""
    note = FieldNote(marks=range(2), places=places, truth=("3", "4"), blanks=0, missed=0, whole=True, group=0)
    chances = Chances(there=np.ones(2), struck=np.array([0, struck]), right=np.ones(2))
    fields = judge_fields(Notes(labels=[3, 4], fields=[note]), chances, 0.99)
    return bool(fields.doubtful[0])


def test_a_gap_or_a_digit_crossed_out_makes_a_field_doubtful_whatever_its_marks_say() -> None:
    assert not judged((1, 2), struck=0)
    assert judged((0, 2), struck=0)
    assert judged((1, 2), struck=1)


def test_a_kind_of_many_fields_counts_as_much_as_one_of_few() -> None:
    kinds = np.array([0, 0, 0, 0, 0, 3])
    counts = alike(kinds)
    assert np.bincount(kinds, counts) == pytest.approx([3, 0, 0, 3])


def test_each_fold_of_forms_has_all_layouts() -> None:
    forms = np.arange(FORMS)
    for fold in range(FOLDS):
        assert len(np.unique(forms[fold_of(forms) == fold] % len(ALL_LAYOUTS))) == len(ALL_LAYOUTS)


def test_a_page_must_fit_better_than_all_others_and_no_better_than_most_of_its_own() -> None:
    own, other = np.linspace(0.8, 1, 1000), np.array([0.2, 0.697])
    assert least_fit_of(own, other) == pytest.approx(0.7)
    assert least_fit_of(own, np.array([0.95])) == pytest.approx(0.801)
