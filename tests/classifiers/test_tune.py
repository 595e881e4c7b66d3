import json
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.tune import (
    DIMENSIONS,
    KS,
    POWERS,
    VOTES,
    Trial,
    candidates,
    tune,
    tuning_note,
)
from knn_digits.classifiers.validation import held_out
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.features import FEATURES, describe_feature, make_feature
from knn_digits.neighbors import BACKENDS

SEEN = 660
TRIED = [make_feature("hog", {"orientations": 4, "cells": 5}), make_feature("blocks")]


@pytest.fixture(scope="module")
def trials(sample: Dataset) -> list[Trial]:
    return tune(sample.digits[:SEEN], sample.labels[:SEEN], features=TRIED)


def test_every_setting_is_tried_once(trials: list[Trial]) -> None:
    searches = [(TRIED[0], d) for d in DIMENSIONS if d < 100] + [(TRIED[1], 0)]  # 20 blocks are no 32
    assert len({(trial.feature, trial.options) for trial in trials}) == len(trials)
    assert len(trials) == len(searches) * 2 * len(VOTES)
    assert {(trial.feature, trial.options.dimensions) for trial in trials} == set(searches)
    assert len(VOTES) == 1 + (len(KS) - 1) * (1 + len(POWERS))
    assert {trial.digits for trial in trials} == {110}


def test_the_errors_of_a_trial_are_those_of_fitting_with_its_settings_and_validating(
    sample: Dataset, trials: list[Trial]
) -> None:
    chosen = np.random.default_rng(0).choice(len(trials), 16, replace=False)
    some = [trials[i] for i in chosen] + trials[:1] + trials[-1:]
    assert {(trial.options.refinement is None, trial.options.weights) for trial in some} == {
        (plain, weights) for plain in (True, False) for weights in ("uniform", "distance")
    }
    for trial in some:
        model = DigitKNN.fit(
            sample.digits[:SEEN], sample.labels[:SEEN], feature=trial.feature, options=trial.options
        )
        model.validate()
        note = model.header["validation"]
        assert (note["errors"], note["digits"]) == (trial.errors, trial.digits), trial


def test_the_best_comes_first_and_of_equals_the_quicker_and_simpler(trials: list[Trial]) -> None:
    ranks = [trial.rank for trial in trials]
    assert ranks == sorted(ranks)
    assert len({trial.errors for trial in trials}) > 5
    one = trials[0]
    wider = replace(one, width=one.width + 1)
    slower = replace(one, options=replace(one.options, k=one.options.k + 2))
    worse = replace(one, errors=one.errors + 1, width=1)
    assert one.rank < slower.rank < wider.rank < worse.rank


def test_tuning_again_or_with_another_backend_gives_the_same(sample: Dataset) -> None:
    digits, labels = sample.digits[:240], sample.labels[:240]
    once = tune(digits, labels, features=TRIED)
    assert tune(digits, labels, features=TRIED) == once
    for backend in BACKENDS:
        again = tune(digits, labels, features=TRIED, backend=backend)
        assert [(t.feature, t.options.k, t.errors) for t in again] == [
            (t.feature, t.options.k, t.errors) for t in once
        ]
        assert {trial.options.backend for trial in again} == {backend}


def test_the_digits_held_out_are_those_of_validation_and_teach_nothing(sample: Dataset) -> None:
    digits, labels = sample.digits[:240].copy(), sample.labels[:240]
    rest = ~held_out(labels)
    trials = tune(digits, labels, features=TRIED)
    copied = np.flatnonzero(rest)[1 : 1 + (~rest).sum()]
    digits[~rest] = digits[copied]  # one nearest neighbor answers with the label of the copied digit
    wrong = int((labels[copied] != labels[~rest]).sum())
    nearest = [t for t in tune(digits, labels, features=TRIED) if t.options.k == 1]
    assert {trial.errors for trial in nearest} == {wrong}
    assert wrong > 20 > trials[-1].errors


def test_the_options_of_each_feature_fit_it_and_its_defaults_are_among_them() -> None:
    for name in FEATURES:
        found = candidates(name)
        assert make_feature(name) in found
        assert len(set(found)) == len(found)
        assert {describe_feature(feature)["name"] for feature in found} == {name}
    assert candidates("hog+blocks") == [make_feature("hog+blocks")]


def test_the_note_is_json_and_says_what_was_chosen(trials: list[Trial]) -> None:
    note = tuning_note(trials).as_dict()
    assert json.loads(json.dumps(note)) == note
    assert (note["digits"], note["trials"]) == (110, len(trials))
    assert note["errors"] == min(trial.errors for trial in trials)
    assert note["error_rate"] == note["errors"] / 110
    assert note["few"] == sum(trial.errors == note["errors"] for trial in trials)
    assert note["chosen"]["feature"] == describe_feature(trials[0].feature)
    assert note["chosen"]["k"] == trials[0].options.k


def test_few_digits_try_small_k_and_too_few_are_told(sample: Dataset) -> None:
    ones = np.flatnonzero(sample.labels == 1)[:7]
    trials = tune(sample.digits[ones], sample.labels[ones], features=TRIED[1:])
    assert {trial.options.k for trial in trials} == {1, 3, 5}
    with pytest.raises(DataError, match="a class needs at least 6"):
        tune(sample.digits[:50], sample.labels[:50], features=TRIED)


def test_progress_counts_the_batches_of_every_search(sample: Dataset) -> None:
    seen: list[int] = []

    def progress(steps: range) -> range:
        seen.extend(steps)
        return steps

    tune(sample.digits[:240], sample.labels[:240], features=TRIED, progress=progress)  # type: ignore[arg-type]
    assert seen == list(range(4))
