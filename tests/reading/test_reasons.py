import pathlib
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.photo.candidates import CUT
from knn_digits.reading import Stages, read_stages
from knn_digits.reading.choice import common_share
from knn_digits.reading.evidence import FAR
from knn_digits.reading.judge import load_judge
from knn_digits.reading.reasons import (
    GROUPS,
    REPEATED,
    STRONGEST,
    _added,
    _spread,
    find_left_out,
    group_of,
    left_out,
    tell_reasons,
)

RIVALS = {"best same": 0.2, "best larger rival": 0.1, "best smaller rival": 0.1}
FORM = pathlib.Path(__file__).parents[2] / "samples" / "form.jpg"


@pytest.fixture(scope="module")
def form() -> Stages:
    return read_stages(FORM, DigitKNN.load(BUNDLED))[1]


def test_every_feature_that_the_judge_asks_tells_of_one_thing() -> None:
    judge = load_judge()
    told = {
        GROUPS[group_of(name)].about
        for trees in (judge.alone, judge.among, judge.beside, judge.there)
        for name in trees.names
        if name not in REPEATED
    }
    assert told <= {group.about for group in GROUPS}


@pytest.mark.parametrize(
    ("feature", "about"),
    [
        ("ink", "shape"),
        ("ink at 0.4", "light"),
        ("stroke", "shape"),
        ("stroke to chosen", "pen"),
        ("darkness", "light"),
        ("darkness to chosen", "pen"),
        ("height left", "size"),
        ("evidence left", "row"),
        ("evidence of chosen column", "column"),
        ("evidence of whole column", "column"),
        ("best same", "rivals"),
        ("like +", "signs"),
        ("label", "neighbors"),
    ],
)
def test_a_feature_tells_of_what_its_name_says(feature: str, about: str) -> None:
    assert GROUPS[group_of(feature)].about == about


def test_what_all_groups_add_is_what_the_trees_say(form: Stages) -> None:
    judge = load_judge()
    features = {name: values[form.chosen] for name, values in form.judged.features.items()}
    table = np.stack([features[name] for name in judge.beside.names], axis=1)
    whole = judge.beside.contributions(table).sum(axis=1)
    np.testing.assert_allclose(_added(judge, judge.beside, features).sum(axis=1), whole, atol=1e-6)


def test_what_is_spread_keeps_its_sum_and_its_sign() -> None:
    parts = np.array([[1.0, -3.0, 2.0], [1.0, -3.0, 2.0]])
    np.testing.assert_allclose(_spread(np.array([6.0, -6.0]), parts), [[2, 0, 4], [0, -6, 0]])


def test_what_is_read_is_told_by_what_speaks_for_it(form: Stages) -> None:
    told = tell_reasons(form, form.chosen)
    assert len(told) == len(form.chosen)
    for reasons in told:
        assert 0 < len(reasons) <= STRONGEST
        strengths = [reason.log_odds for reason in reasons]
        assert strengths == sorted(strengths, reverse=True)
        assert min(strengths) > 0
        assert len({reason.about for reason in reasons}) == len(reasons)


def test_what_is_left_out_is_told_by_what_it_lacks_of_what_is_read(form: Stages) -> None:
    rows = left_out(form)
    assert len(rows)
    for reasons in tell_reasons(form, rows):
        assert reasons
        assert all(reason.log_odds < 0 for reason in reasons)


def test_what_is_left_out_shares_no_ink_with_what_is_read_and_comes_in_order(form: Stages) -> None:
    rows = left_out(form)
    boxes = form.marks.boxes
    assert not set(rows) & set(form.chosen)
    assert common_share(boxes[rows, None], boxes[form.chosen]).max(initial=0) <= 0.3
    assert (np.diff(form.judged.digits[rows]) <= 0).all()


def test_of_many_that_are_left_out_the_likeliest_are_told(form: Stages) -> None:
    every = replace(form, chosen=form.chosen[:0])
    assert len(find_left_out(every)) == 5
    first, second = find_left_out(every, most=2)
    assert first.probability >= second.probability > 0
    assert first.crop.ndim == 3


def test_of_a_page_without_digits_it_is_told_first_that_little_on_it_is_like_digits(form: Stages) -> None:
    empty = replace(form, chosen=form.chosen[:0], judged=replace(form.judged, whole=0.001))
    reasons = tell_reasons(empty, left_out(empty)[:1])[0]
    assert reasons[0].words == "too little on the page is like digits"
    assert reasons[0].log_odds < -6
    assert len(reasons) <= STRONGEST


@pytest.mark.parametrize(
    ("about", "mark", "speaks_for", "said"),
    [
        ("signs", {"like +": 0.4, "like -": 0.2}, False, "most like a +"),
        ("signs", {"like +": 0.4, "like other": 0.6}, False, "most like a mark that is no digit"),
        ("signs", {"like +": 0.0, "like -": 0.0}, False, "nearly as near to signs as to digits"),
        ("size", {"height to chosen": np.log(0.5)}, False, "lower than the digits here by 50%"),
        ("size", {"height to chosen": np.log(1.5)}, False, "higher than the digits here by 50%"),
        ("size", {"height to chosen": 0.0}, True, "as high as the digits here (100%)"),
        ("rivals", RIVALS, False, "no more like a digit in other outlines"),
        (
            "rivals",
            RIVALS | {"best larger rival": 1},
            False,
            "part of something larger that may be a digit",
        ),
        ("rivals", RIVALS | {"best smaller rival": 0.9}, False, "a part of it may be a digit"),
        ("row", {"gap left": FAR, "gap right": FAR}, False, "no digit beside it"),
        ("row", {"gap left": 0.4, "gap right": FAR}, True, "digits beside it"),
        ("neighbors", {"label": 7.0}, True, "like known 7s"),
        ("shape", {"kind": float(CUT)}, False, "cut out of a wider mark"),
    ],
)
def test_the_words_tell_what_a_mark_is_like(
    about: str, mark: dict[str, float], speaks_for: bool, said: str
) -> None:
    (group,) = (group for group in GROUPS if group.about == about)
    assert group.words(mark, speaks_for) == said


def test_without_marks_nothing_is_told(form: Stages) -> None:
    assert tell_reasons(form, form.chosen[:0]) == []
    one = Stages.of_one(form.photo, form.view)
    assert find_left_out(one) == ()
