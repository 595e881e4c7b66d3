from typing import Any

import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from knn_digits.arrays import check_digits, check_labels, check_vectors, connected
from knn_digits.errors import DataError


def test_digits_pass_as_they_are() -> None:
    digits = np.zeros((3, 28, 28), np.uint8)
    assert check_digits(digits) is digits
    assert check_digits(digits[:0]).shape == (0, 28, 28)


def test_a_view_of_digits_becomes_c_ordered_with_the_same_values() -> None:
    digits = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)
    checked = check_digits(digits[::-2].transpose(0, 2, 1))
    assert checked.flags.c_contiguous
    assert (checked == digits[::-2].transpose(0, 2, 1)).all()


@pytest.mark.parametrize(
    ("digits", "got"),
    [
        (np.zeros((3, 784)), "float64 of shape (3, 784)"),
        (np.zeros((3, 28, 28)), "float64 of shape (3, 28, 28)"),
        (np.zeros((3, 28, 28), bool), "bool of shape (3, 28, 28)"),
        (np.zeros((28, 28), np.uint8), "uint8 of shape (28, 28)"),
        (np.zeros((3, 28, 27), np.uint8), "uint8 of shape (3, 28, 27)"),
        (np.zeros((3, 28, 28, 1), np.uint8), "uint8 of shape (3, 28, 28, 1)"),
        (np.uint8(3), "uint8"),
        ([[1, 2]], "list"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_digits_is_told_with_what_it_is(digits: Any, got: str) -> None:
    with pytest.raises(DataError) as caught:
        check_digits(digits)
    assert str(caught.value) == f"digits must be uint8 of shape (n, 28, 28), got {got}"


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.uint64, np.int64, ">i4"])
def test_integers_of_any_kind_become_int64_labels(dtype: Any) -> None:
    labels = check_labels(np.arange(10).astype(dtype), n=10)
    assert labels.dtype == np.int64
    assert labels.tolist() == list(range(10))


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (np.zeros(2), "labels must be integers of shape (n,), got float64 of shape (2,)"),
        (np.zeros(2, bool), "labels must be integers of shape (n,), got bool of shape (2,)"),
        (np.zeros((2, 1), int), "labels must be integers of shape (n,), got int64 of shape (2, 1)"),
        (np.array(["1", "2"]), "labels must be integers of shape (n,), got <U1 of shape (2,)"),
        ([1, 2], "labels must be integers of shape (n,), got list"),
        (np.zeros(3, int), "there are 2 digits but 3 labels: each digit needs one label"),
        (np.array([1, 10]), "labels must be 0..9, got 10 (1 labels outside)"),
        (np.array([-1, -2]), "labels must be 0..9, got -1 (2 labels outside)"),
        (np.array([1, 2**64 - 1], np.uint64), "labels must be 0..9, got 18446744073709551615"),
    ],
)
def test_what_is_no_labels_is_told_with_what_it_is(labels: Any, text: str) -> None:
    with pytest.raises(DataError) as caught:
        check_labels(labels, n=2)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_any_kind_become_c_ordered_float32_vectors(dtype: Any, order: Any) -> None:
    vectors = np.arange(12).reshape(4, 3).astype(dtype, order=order)
    checked = check_vectors(vectors, width=3)
    assert checked.dtype == np.float32
    assert checked.flags.c_contiguous
    assert (checked == vectors).all()


def test_float32_vectors_are_not_copied() -> None:
    vectors = np.zeros((4, 3), np.float32)
    assert check_vectors(vectors) is vectors


@pytest.mark.parametrize(
    ("vectors", "text"),
    [
        (np.zeros(3, np.float32), "vectors must be numbers of shape (n, d), got float32 of shape (3,)"),
        (np.zeros((1, 3, 1)), "vectors must be numbers of shape (n, d), got float64 of shape (1, 3, 1)"),
        (np.zeros((1, 3), complex), "vectors must be numbers of shape (n, d), got complex128"),
        (np.zeros((1, 3), bool), "vectors must be numbers of shape (n, d), got bool"),
        (np.zeros((1, 3), object), "vectors must be numbers of shape (n, d), got object"),
        ([[1.0, 2.0, 3.0]], "vectors must be numbers of shape (n, d), got list"),
        (np.zeros((1, 4)), "vectors must have 3 columns as the training set has, got 4"),
        (np.array([[0, np.nan, 0]]), "vectors must be finite float32 numbers, got NaN or infinity"),
        (np.array([[0, -np.inf, 0]]), "vectors must be finite float32 numbers, got NaN or infinity"),
        (np.array([[0, 1e39, 0]]), "vectors must be finite float32 numbers, got NaN or infinity"),
    ],
)
def test_what_is_no_vectors_is_told_with_what_it_is(vectors: Any, text: str) -> None:
    with pytest.raises(DataError) as caught:
        check_vectors(vectors, width=3)
    assert str(caught.value).startswith(text)


@hypothesis.given(
    hnp.arrays(
        st.one_of(
            hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.boolean_dtypes(), hnp.unicode_string_dtypes()
        ),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_any_array_is_taken_or_refused_with_one_line(array: Any) -> None:
    for check in (check_digits, check_vectors, lambda labels: check_labels(labels, n=array.size)):
        text, shape = "", array.shape
        try:
            shape = check(array).shape
        except DataError as error:
            text = str(error)
        assert "\n" not in text
        assert shape == array.shape


@hypothesis.given(
    st.integers(1, 60).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_what_is_connected_is_what_scipy_finds_in_the_same_order(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = graph
    pairs = np.array(edges, np.int64).reshape(-1, 2)
    matrix = csr_matrix((np.ones(len(pairs)), pairs.T), shape=(count, count))
    expected = connected_components(matrix, directed=False)[1]
    np.testing.assert_array_equal(connected(pairs, count), expected)


def test_a_long_chain_is_one() -> None:
    chain = np.random.default_rng(0).permutation(5000)
    assert not connected(np.stack([chain[1:], chain[:-1]], axis=1), 5000).any()
