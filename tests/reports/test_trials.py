import shlex
from dataclasses import replace

import pytest

from knn_digits.classifiers.options import BEST, KnnOptions
from knn_digits.classifiers.tune import Trial
from knn_digits.features import make_feature
from knn_digits.reports.trials import fit_command, trials_text

HOG, BLOCKS = make_feature("hog", {"cells": 6}), make_feature("blocks", {"ink": "grey"})
BEST_TRIAL = Trial(feature=HOG, options=replace(BEST, k=11), width=64, errors=2, digits=400)
SECOND = replace(BEST_TRIAL, options=replace(BEST, k=3, weights="uniform", power=1.0), errors=3)
THIRD = Trial(feature=BLOCKS, options=KnnOptions(k=5), width=20, errors=40, digits=400)


def test_each_search_has_a_row_with_its_best_votes_and_the_first_a_table_of_its_own() -> None:
    said = trials_text([BEST_TRIAL, SECOND, THIRD]).splitlines()
    head, columns, first, second, _, interval, _, title, ks, *rows = said
    assert head == "3 settings on 400 held-out training digits, with the k and weights that do best:"
    assert columns.split() == ["errors", "error", "dimensions", "refined", "k", "weights", "features"]
    assert first.split()[:6] == ["2", "0.50%", "64", "yes", "11", "distance**-8"]
    assert first.endswith("hog orientations=8 cells=6 spread=1.2")
    assert second.split()[:6] == ["40", "10.00%", "-", "no", "5", "uniform"]
    assert second.endswith("blocks rows=5 columns=4 ink=grey")
    assert first.index("hog") == second.index("blocks") == columns.index("features")
    assert interval == "95 % interval of the first row: 0.14% to 1.80%; 2 of the 3 settings lie within it"
    assert title == "errors of the first row's search by k and weights:"
    assert [row.split() for row in rows] == [["3", "3"], ["11", "2"]]
    assert [rows[0].rindex("3"), rows[1].rindex("2")] == [
        ks.index("uniform") + len("uniform") - 1,
        ks.index("distance**-8") + len("distance**-8") - 1,
    ]


def test_every_trial_has_a_row_where_that_is_asked_for() -> None:
    assert len(trials_text([BEST_TRIAL, SECOND, THIRD], every=True).splitlines()) == 2 + 3


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (
            BEST_TRIAL,
            "--features hog --orientations 8 --cells 6 "
            "--k 11 --weights distance --power 8 --dimensions 64 --refine",
        ),
        (
            THIRD,
            "--features blocks --grid 5x4 --ink grey --k 5 --weights uniform --dimensions 0 --no-refine",
        ),
    ],
)
def test_the_command_names_every_setting(trial: Trial, words: str) -> None:
    assert fit_command(trial, "my digits") == f"knn-digits fit --data 'my digits' {words}"
    other = replace(trial, options=replace(trial.options, backend="pca", device="cpu"))
    assert shlex.split(fit_command(other, "mnist"))[-4:] == ["--backend", "pca", "--device", "cpu"]
