"""What every feature promises; a new one is under this contract by its line in FEATURES."""

import json
import pathlib

import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest

from knn_digits.arrays import Digits
from knn_digits.datasets import Dataset
from knn_digits.errors import DataError, UsageError
from knn_digits.features import FEATURES, Feature, describe_feature, make_feature
from tests.arrangements import arrangements

any_digits = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=1, max_dims=1, max_side=3).map(lambda n: (*n, 28, 28))
)


@pytest.fixture(params=FEATURES)
def feature(request: pytest.FixtureRequest) -> Feature:
    """Each feature in turn, with its default options."""
    return make_feature(request.param, {})


def test_vectors_are_finite_float32_one_row_a_digit_in_c_order(feature: Feature, sample: Dataset) -> None:
    vectors = feature(sample.digits[:50])
    assert vectors.dtype == np.float32
    assert vectors.ndim == 2
    assert len(vectors) == 50
    assert vectors.flags.c_contiguous
    assert np.isfinite(vectors).all()


def test_the_same_digits_give_the_same_vectors_and_are_left_as_they_were(
    feature: Feature, sample: Dataset
) -> None:
    digits = sample.digits[:50].copy()
    first, second = feature(digits), feature(digits)
    assert (first == second).all()
    assert (digits == sample.digits[:50]).all()
    first[:] = 0
    assert (digits == sample.digits[:50]).all()


def test_a_batch_is_its_digits_one_by_one_bit_for_bit(feature: Feature, sample: Dataset) -> None:
    digits = sample.digits[:50]
    one_by_one = np.concatenate([feature(digits[i : i + 1]) for i in range(50)])
    assert feature(digits).tobytes() == one_by_one.tobytes()


@pytest.mark.parametrize("name", [*FEATURES, "hog+deskewed+blocks"])
def test_the_vectors_do_not_depend_on_how_digits_lie_in_memory(
    name: str, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    feature, digits = make_feature(name), sample.digits[:20].copy()
    want = feature(digits)
    for how, same in arrangements(digits, tmp_path):
        found = feature(same)
        assert found.flags.c_contiguous, how
        assert type(found) is np.ndarray, how
        assert found.tobytes() == want.tobytes(), how


@pytest.mark.parametrize("name", [*FEATURES, "hog+blocks"])
def test_what_is_no_digits_is_refused(name: str) -> None:
    for wrong in (np.zeros((2, 784), np.uint8), np.zeros((2, 28, 28)), [[0]], None):
        with pytest.raises(DataError, match="digits must be uint8"):
            make_feature(name)(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [None, 5, ["hog"], np.ones((2, 2))])
def test_a_name_of_another_type_is_refused_in_one_line(name: object) -> None:
    with pytest.raises(UsageError, match="a feature has a name") as caught:
        make_feature(name)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    for options in (None, [1], {"rows": np.ones((3, 3))}, {"ink": np.ones(2)}):
        with pytest.raises(UsageError) as caught:
            make_feature("blocks", options)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FEATURES)
@hypothesis.settings(max_examples=25)
@hypothesis.given(digits=any_digits)
def test_any_digits_at_all_have_finite_vectors(name: str, digits: Digits) -> None:
    feature = make_feature(name, {})
    vectors = feature(digits)
    assert np.isfinite(vectors).all()
    assert vectors.tobytes() == np.concatenate([feature(digit[None]) for digit in digits]).tobytes()


def test_a_view_of_digits_gives_the_vectors_of_what_it_shows(feature: Feature, sample: Dataset) -> None:
    view = sample.digits[40:0:-3]
    assert (feature(view) == feature(np.ascontiguousarray(view))).all()


def test_no_digits_give_no_vectors_of_the_same_width(feature: Feature, sample: Dataset) -> None:
    width = feature(sample.digits[:1]).shape[1]
    assert feature(sample.digits[:0]).shape == (0, width)


def test_a_blank_digit_has_a_vector(feature: Feature) -> None:
    assert np.isfinite(feature(np.zeros((1, 28, 28), np.uint8))).all()


def test_a_feature_comes_back_from_its_description_in_json(feature: Feature, sample: Dataset) -> None:
    described = json.loads(json.dumps(describe_feature(feature)))
    again = make_feature(described["name"], described["options"])
    assert again == feature
    assert describe_feature(again) == described
    assert (again(sample.digits[:9]) == feature(sample.digits[:9])).all()


def test_a_feature_cannot_be_changed(feature: Feature) -> None:
    with pytest.raises((AttributeError, TypeError)):
        feature.rows = 3  # type: ignore[attr-defined]
    assert hash(feature) == hash(make_feature(describe_feature(feature)["name"], {}))


@pytest.mark.parametrize("name", FEATURES)
def test_an_option_that_a_feature_does_not_have_is_told(name: str) -> None:
    with pytest.raises(UsageError, match=rf"feature {name} does not take these options: {{'colour': 3}}"):
        make_feature(name, {"colour": 3})


@pytest.mark.parametrize("name", ["", "Blocks", "block", "__class__"])
def test_an_unknown_feature_is_told_with_those_allowed(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_feature(name, {})
    said = f"unknown feature {name!r}: allowed are {', '.join(FEATURES)}, or several with +; your own by"
    assert str(caught.value).startswith(said)
