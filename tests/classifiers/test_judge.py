import copy
import pathlib
from dataclasses import replace

import numpy as np
import pytest

from knn_digits.arrays import SIDE
from knn_digits.classifiers.header import Refusal
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.options import BEST, KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.errors import UsageError
from knn_digits.features import make_feature
from knn_digits.features.blocks import Blocks
from knn_digits.neighbors import BACKENDS
from knn_digits.reliability import calibration_error, log_loss
from knn_digits.vote import count_against

N = 3000  # digits of the models of these tests


def fit(sample: Dataset, name: str = "blocks", options: KnnOptions | None = None) -> DigitKNN:
    model = DigitKNN.fit(
        sample.digits[:N],
        sample.labels[:N],
        feature=make_feature(name, {}),
        options=options or KnnOptions(backend="opencv"),
    )
    model.validate()
    return model


@pytest.fixture(scope="module")
def model(sample: Dataset) -> DigitKNN:
    return fit(sample)


@pytest.fixture(scope="module")
def refining(sample: Dataset) -> DigitKNN:
    return fit(sample, "hog", BEST)


# probability


@pytest.mark.parametrize("name", ["model", "refining"])
def test_validated_probabilities_are_calibrated_and_change_no_answer(
    sample: Dataset, name: str, request: pytest.FixtureRequest
) -> None:
    votes = request.getfixturevalue(name).classify(sample.digits[N:])
    own = votes.probabilities[np.arange(len(votes.labels)), votes.labels]
    assert (own == votes.probabilities.max(axis=1)).all()
    np.testing.assert_allclose(votes.probabilities.sum(axis=1), 1, atol=1e-6)
    truth = sample.labels[N:]
    rows = np.arange(len(truth))
    assert log_loss(votes.probabilities[rows, truth]) < log_loss(votes.shares[rows, truth]) / 2
    assert calibration_error(own, votes.labels == truth) < 0.03
    assert own.max() < 1
    assert (votes.shares.max(axis=1) == 1).mean() > 0.5


def test_a_model_without_validation_gives_the_shares(sample: Dataset) -> None:
    model = DigitKNN.fit(sample.digits[:100], sample.labels[:100], feature=Blocks())
    votes = model.classify(sample.digits[100:150])
    assert votes.probabilities.tobytes() == votes.shares.tobytes()
    assert (votes.doubt <= 1).all()


def test_a_model_saved_before_there_were_calibrations_gives_the_shares(
    model: DigitKNN, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    assert model.about.validation is not None
    old = replace(model.about.validation, plain=None, refined=None, refusal=None)
    before = DigitKNN.fit(sample.digits[:N], sample.labels[:N], feature=Blocks())
    before.about = replace(before.about, validation=old)
    before.save(tmp_path / "old.npz")
    votes = DigitKNN.load(tmp_path / "old.npz").classify(sample.digits[N : N + 100])
    assert votes.probabilities.tobytes() == votes.shares.tobytes()
    np.testing.assert_allclose(votes.doubt, count_against(votes.strangeness, votes.shares), rtol=1e-6)


def test_without_its_refinement_a_model_gives_the_shares(refining: DigitKNN, sample: Dataset) -> None:
    votes = refining.unrefined().classify(sample.digits[N : N + 100])
    assert votes.probabilities.tobytes() == votes.shares.tobytes()


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_backends_learn_the_same(model: DigitKNN, sample: Dataset, backend: str) -> None:
    assert fit(sample, options=KnnOptions(backend=backend)).header["validation"] == model.header["validation"]


# refusal


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1])
def test_the_chosen_rate_of_held_out_digits_is_refused(sample: Dataset, rate: float) -> None:
    model = DigitKNN.fit(sample.digits[:N], sample.labels[:N], feature=Blocks())
    model.validate(refuse_rate=rate)
    assert model.header["validation"]["refusal"]["rate"] == rate
    refused = (model.classify(sample.digits[N:]).doubt > 1).mean()
    assert refused == pytest.approx(rate, abs=0.3 * rate + 0.006)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_outside_0_to_1_is_told(sample: Dataset, rate: float) -> None:
    model = DigitKNN.fit(sample.digits[:100], sample.labels[:100], feature=Blocks())
    with pytest.raises(UsageError, match="the rate of refused digits must be at least 0 and below 1"):
        model.validate(refuse_rate=rate)


def test_doubt_is_distance_and_votes_over_the_limit(refining: DigitKNN, sample: Dataset) -> None:
    votes = refining.classify(sample.digits[N : N + 200])
    against = votes.strangeness + 0.25 * (1 - votes.shares.max(axis=1))
    limit = refining.header["validation"]["refusal"]["limit"]
    np.testing.assert_allclose(votes.doubt, against / limit, rtol=1e-5)


@pytest.mark.parametrize("level", [0, 1, 127])
@pytest.mark.parametrize("name", ["bundled", "cnn", "none"])
def test_a_blank_digit_is_refused_by_every_classifier(sample: Dataset, name: str, level: int) -> None:
    blank = np.full((1, SIDE, SIDE), level, np.uint8)
    unvalidated = DigitKNN.fit(sample.digits[:100], sample.labels[:100], feature=Blocks())
    classifier = unvalidated if name == "none" else load_classifier(name)
    answers = classifier.classify(np.concatenate([blank, sample.digits[:1]]))
    assert answers.doubt[0] > 1 >= answers.doubt[1]
    assert np.isfinite(answers.doubt).all()


def test_copies_of_one_digit_still_give_a_limit_above_0(sample: Dataset) -> None:
    digits, labels = sample.digits[:10].repeat(12, axis=0), sample.labels[:10].repeat(12)
    model = DigitKNN.fit(digits, labels, feature=Blocks(), options=KnnOptions(k=3))
    model.validate()
    assert model.header["validation"]["refusal"]["limit"] > 0
    assert np.isfinite(model.classify(sample.digits[:50]).doubt).all()
    assert (model.classify(digits).doubt <= 1).all()


@pytest.mark.parametrize("name", ["pixels", "hog"])
@pytest.mark.parametrize("options", [KnnOptions(k=3), BEST], ids=["plain", "refining"])
def test_blank_digits_of_one_label_still_give_a_model_that_is_opened_again_and_refuses_what_is_strange(
    sample: Dataset, tmp_path: pathlib.Path, name: str, options: KnnOptions
) -> None:
    digits, labels = sample.digits[:400].copy(), sample.labels[:400]
    digits[labels == 7] = 0
    model = DigitKNN.fit(digits, labels, feature=make_feature(name), options=options)
    model.validate(refuse_rate=0.02)
    model.save(tmp_path / "m.npz")
    again = DigitKNN.load(tmp_path / "m.npz")
    note = again.about.validation
    assert note is not None
    assert note.refusal is not None
    assert note.refusal.limit < 100
    noise = np.random.default_rng(0).integers(0, 256, (20, SIDE, SIDE), dtype=np.uint8)
    assert (again.classify(noise).doubt > 1).mean() > 0.9
    kept = sample.labels[400:600] != 7
    assert (again.classify(sample.digits[400:600][kept]).doubt > 1).mean() < 0.3


def test_without_its_refinement_a_model_with_a_low_limit_refuses_a_blank_digit(
    refining: DigitKNN,
) -> None:
    low = copy.copy(refining)
    note = refining.about.validation
    assert note is not None
    low.about = replace(refining.about, validation=replace(note, refusal=Refusal(rate=0.5, limit=1e-6)))
    doubt = low.unrefined().classify(np.zeros((1, SIDE, SIDE), np.uint8)).doubt
    assert np.isfinite(doubt).all()
    assert (doubt > 1).all()
