import json
import math
from collections.abc import Iterable
from dataclasses import asdict

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.stats import norm

from knn_digits.arrays import Digits
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import KnnOptions
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError
from knn_digits.evaluation import count_seen, evaluate, mcnemar, wilson_interval
from knn_digits.features.blocks import Blocks
from knn_digits.features.pixels import PixelValues


@pytest.fixture(scope="module")
def memory(sample: Dataset) -> DigitKNN:
    """A model that knows the first 600 digits by heart: k = 1."""
    digits, labels = sample.digits[:600], sample.labels[:600]
    return DigitKNN.fit(digits, labels, feature=PixelValues(), options=KnnOptions(k=1))


# counts


def test_digits_known_by_heart_are_read_without_an_error(memory: DigitKNN, sample: Dataset) -> None:
    found = evaluate(memory, sample.digits[:600], sample.labels[:600])
    assert (found.n, found.errors, found.error_rate) == (600, 0, 0.0)
    assert found.confusion == (60 * np.eye(10, dtype=int)).tolist()
    assert found.recall == [1.0] * 10
    assert found.interval == wilson_interval(0, 600)
    assert found.seconds > 0
    assert found.queries_per_second == pytest.approx(600 / found.seconds)


def test_rows_of_the_confusion_are_true_labels_and_columns_answers(memory: DigitKNN, sample: Dataset) -> None:
    labels = sample.labels[:100].copy()
    assert labels[3] == 3
    labels[[3, 13]] = 8  # two 3s that are said to be 8s
    found = evaluate(memory, sample.digits[:100], labels)
    assert found.errors == 2
    assert found.error_rate == 0.02
    assert found.confusion[8][3] == 2
    assert found.confusion[3][3] == 8
    assert found.recall[8] == 10 / 12
    assert found.recall[3] == 1.0
    assert sum(map(sum, found.confusion)) == 100


def test_a_label_that_is_not_there_has_no_recall(memory: DigitKNN, sample: Dataset) -> None:
    some = sample.labels[:100] < 4
    found = evaluate(memory, sample.digits[:100][some], sample.labels[:100][some])
    assert found.recall == [1.0] * 4 + [None] * 6
    assert found.n == 40


def test_the_counts_are_those_of_classifying_in_one_go(sample: Dataset) -> None:
    model = DigitKNN.fit(sample.digits[:600], sample.labels[:600], feature=Blocks())
    digits, labels = sample.digits[600:1850], sample.labels[600:1850]  # several batches, the last not full
    found = evaluate(model, digits, labels)
    answers = model.classify(digits).labels
    assert found.errors == int((answers != labels).sum()) > 0
    for label in range(10):
        assert found.confusion[label] == np.bincount(answers[labels == label], minlength=10).tolist()
        assert found.recall[label] == (answers[labels == label] == label).mean()


def test_progress_is_told_batch_by_batch(memory: DigitKNN, sample: Dataset) -> None:
    seen: list[int] = []

    def progress(batches: Iterable[int]) -> list[int]:
        seen.extend(batches)
        return seen

    evaluate(memory, sample.digits[:1001], sample.labels[:1001], progress=progress)
    assert seen == [0, 500, 1000]


def test_one_digit_is_enough(memory: DigitKNN, sample: Dataset) -> None:
    found = evaluate(memory, sample.digits[7:8], sample.labels[7:8])
    assert (found.n, found.errors) == (1, 0)
    assert found.recall == [None] * 7 + [1.0] + [None] * 2


def test_the_numbers_go_into_json(memory: DigitKNN, sample: Dataset) -> None:
    found = asdict(evaluate(memory, sample.digits[:30], sample.labels[:30]))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == {**found, "interval": list(found["interval"])}


def test_no_digits_and_digits_of_another_shape_are_told(memory: DigitKNN, sample: Dataset) -> None:
    with pytest.raises(DataError, match="no digits to evaluate"):
        evaluate(memory, sample.digits[:0], sample.labels[:0])
    with pytest.raises(DataError, match="digits must be uint8 of shape"):
        evaluate(memory, sample.digits[:5].reshape(5, -1), sample.labels[:5])


@pytest.mark.parametrize("n", [1, 4, 6])
def test_as_many_labels_as_digits_are_needed(memory: DigitKNN, sample: Dataset, n: int) -> None:
    with pytest.raises(DataError, match=f"there are 5 digits but {n} labels"):
        evaluate(memory, sample.digits[:5], sample.labels[:n])


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_outside_0_to_9_is_told(memory: DigitKNN, sample: Dataset, label: int) -> None:
    with pytest.raises(DataError, match=r"labels must be 0\.\.9"):
        evaluate(memory, sample.digits[:2], np.array([3, label]))


# Wilson's interval


@pytest.mark.parametrize(
    ("errors", "n", "interval"),
    [  # R: binom::binom.wilson, and the example of Newcombe (1998), table I
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (5, 10, (0.2366, 0.7634)),
        (20, 20, (0.8389, 1.0000)),
    ],
)
def test_wilsons_interval_has_the_published_values(
    errors: int, n: int, interval: tuple[float, float]
) -> None:
    assert wilson_interval(errors, n) == pytest.approx(interval, abs=5e-5)


@hypothesis.given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_rate_and_its_bounds_solve_the_score_equation(
    counts: tuple[int, int],
) -> None:
    errors, n = counts
    low, high = wilson_interval(errors, n)
    rate = errors / n
    assert 0 <= low <= rate + 1e-12
    assert rate - 1e-12 <= high <= 1
    for bound in (low, high):
        if 1e-9 < bound < 1 - 1e-9:
            score = abs(rate - bound) / math.sqrt(bound * (1 - bound) / n)
            assert score == pytest.approx(norm.ppf(0.975), rel=1e-4)


@hypothesis.given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_the_right_is_that_of_the_errors_turned_around(counts: tuple[int, int]) -> None:
    errors, n = counts
    low, high = wilson_interval(n - errors, n)
    assert (1 - high, 1 - low) == pytest.approx(wilson_interval(errors, n), abs=1e-12)


# digits seen before


def test_digits_are_seen_only_if_every_pixel_is_the_same(sample: Dataset) -> None:
    training, digits = sample.digits[:300], sample.digits[290:310].copy()
    assert count_seen(digits, training) == 10
    digits[0, 14, 14] ^= 1
    assert count_seen(digits, training) == 9
    assert count_seen(np.repeat(digits[1:2], 3, axis=0), training) == 3


def test_of_nothing_nothing_is_seen(sample: Dataset) -> None:
    nothing: Digits = sample.digits[:0]
    assert count_seen(nothing, sample.digits[:9]) == count_seen(sample.digits[:9], nothing) == 0


# comparison


@hypothesis.given(st.integers(0, 900), st.integers(0, 900))
def test_two_classifiers_that_swap_places_differ_as_much(first: int, second: int) -> None:
    assert mcnemar(first, second) == mcnemar(second, first)
    assert 0 < mcnemar(first, second) <= 1


def test_mcnemar_is_the_two_sided_binomial_test() -> None:
    # scipy.stats.binomtest(12, 49, 0.5).pvalue
    assert mcnemar(12, 37) == pytest.approx(0.00046976, rel=1e-4)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(0, 6) == pytest.approx(2 / 2**6)
