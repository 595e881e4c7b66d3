import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.arrays import Indices, Vectors
from knn_digits.datasets import Dataset
from knn_digits.features import Feature
from knn_digits.features.deskew import Deskewed
from knn_digits.features.pixels import PixelValues
from knn_digits.neighbors import make_index
from knn_digits.neighbors.pca import (
    BLOCK,
    COMPONENTS,
    FIRST,
    MAX_WHOLE,
    SHORTLIST,
    PcaIndex,
    _fit_projection,
)

from .test_contract import integers, same

WIDTH = 2 * COMPONENTS + 1  # the fewest columns that are projected


def search_in_integers(queries: Vectors, training: Vectors, k: int) -> tuple[NDArray[np.int64], Indices]:
    """Return squared distances and indices, (m, k); products of whole numbers are exact in float64."""
    wide = training.astype(np.float64)
    norms = np.einsum("nd,nd->n", wide, wide).astype(np.int64)
    squared, indices = [], []
    for start in range(0, len(queries), 200):
        block = queries[start : start + 200].astype(np.float64)
        products = (block @ wide.T).astype(np.int64)
        all_squared = np.einsum("md,md->m", block, block).astype(np.int64)[:, None] + norms - 2 * products
        kth = np.partition(all_squared, k - 1, axis=1)[:, k - 1]
        for row, reach in zip(all_squared, kth, strict=True):
            near = np.flatnonzero(row <= reach)
            order = near[np.argsort(row[near], kind="stable")][:k]
            squared.append(row[order])
            indices.append(order)
    return np.array(squared), np.array(indices)


def check(training: Vectors, queries: Vectors, k: int) -> None:
    """Hold the answer against the integers, and against FAISS bit for bit."""
    found = PcaIndex(training).kneighbors(queries, k)
    squared, indices = search_in_integers(queries, training, k)
    assert (found[1] == indices).all()
    assert (found[0] == np.sqrt(squared.astype(np.float64)).astype(np.float32)).all()
    assert same(found, make_index("faiss", training, device="cpu").kneighbors(queries, k))


def strokes(n: int, *, top: int = 255, seed: int = 0) -> Vectors:
    """Whole numbers with a few strong directions, as digits have."""
    generator = np.random.default_rng(seed)
    mixed = generator.standard_normal((n, 12)) @ np.random.default_rng(99).standard_normal((12, WIDTH))
    whole: Vectors = np.rint((mixed / 8 + 0.5).clip(0, 1) * top).astype(np.float32)
    return whole


@pytest.mark.parametrize("k", [1, 2, 11, FIRST, FIRST + 1, SHORTLIST, SHORTLIST + 40])
def test_the_neighbors_are_those_of_the_integers(k: int) -> None:
    check(strokes(3000), strokes(2 * BLOCK + 7, seed=1), k)


@pytest.mark.parametrize("top", [1, 2, 3])
def test_ties_go_to_the_lower_index(top: int) -> None:
    check(strokes(2000, top=top), strokes(100, top=top, seed=1), 11)


@pytest.mark.parametrize("copies", [2, 11, 12, FIRST, SHORTLIST, SHORTLIST + 1])
def test_copies_are_found_in_the_order_of_their_indices(copies: int) -> None:
    order = np.random.default_rng(0).permutation(20 * copies)
    training = np.tile(strokes(20), (copies, 1))[order]
    check(np.concatenate([training, strokes(200, seed=2)]), training[:30], 11)


@pytest.mark.parametrize("n", [SHORTLIST, SHORTLIST + 1, 500])
def test_where_all_vectors_are_equal_the_first_are_found(n: int) -> None:
    check(np.full((n, WIDTH), 7, np.float32), integers(5, WIDTH), 11)


def test_noise_in_which_nothing_is_principal_is_searched_right() -> None:
    check(integers(1500, WIDTH), integers(50, WIDTH, seed=1), 11)


def test_constant_columns_and_a_lone_far_vector_hide_no_neighbor() -> None:
    training = strokes(1000)
    training[:, :100] = 200
    training[17] = MAX_WHOLE
    check(training, np.concatenate([strokes(40, seed=1), training[15:20]]), 11)


@pytest.mark.parametrize("top", [MAX_WHOLE - 1, MAX_WHOLE + 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_that_float32_rounds_are_measured_in_full(top: int, sign: int) -> None:
    """Two vectors 1 apart in the square of their distances, where float32 tells no such numbers apart."""
    training = sign * strokes(400, top=top)
    queries = sign * strokes(20, top=top, seed=1)
    training[300:] = training[200:300]
    training[300:, 0] += sign
    check(training, queries, 11)


def test_neighbors_beyond_the_shortlist_are_found() -> None:
    """Four hundred vectors are near by the bound, and differ in noise of which it knows only the norm."""
    training = strokes(600)
    training[100:500] = training[100]
    generator = np.random.default_rng(0)
    training[100:500, 200:] = generator.integers(0, 256, (400, WIDTH - 200))
    check(training, training[100:140] + (training[100:140] == 0), 11)


def test_floats_are_searched_by_faiss() -> None:
    training, queries = strokes(400), strokes(20, seed=1)
    third, huge = np.float32(1 / 3), np.float32(1e10)
    for x, q in (
        (training * third, queries * third),
        (training, queries * third),
        (training * huge, queries * huge),
    ):
        want = make_index("faiss", x, device="cpu").kneighbors(q, 5)
        assert same(PcaIndex(x).kneighbors(q, 5), want)


@pytest.mark.parametrize("scale", [1, 16])
def test_no_bound_exceeds_a_distance(scale: int) -> None:
    training, queries = scale * strokes(1000), scale * strokes(50, seed=1)
    queries[:10] = training[:10]
    projection = _fit_projection(training)
    points, lengths = projection(training)
    asked, reached = projection(queries)
    q, x = asked[:, None], points[None]
    proposed = ((q * q).sum(-1) + (x * x).sum(-1) - 2 * (q * x).sum(-1)).astype(np.float32)
    bounds = projection.true_squared(proposed, reached[:, None] + lengths)
    squared = ((queries[:, None].astype(np.float64) - training) ** 2).sum(axis=-1)
    assert (bounds <= squared).all()
    assert (bounds >= 0.8 * squared).mean() > 0.9


@pytest.mark.shared
@pytest.mark.parametrize("feature", [PixelValues(), Deskewed()], ids=["pixels", "deskewed"])
def test_all_10_000_by_11_neighbors_of_mnist_are_those_of_the_integers(
    feature: Feature, mnist_train: Dataset, mnist_test: Dataset
) -> None:
    check(feature(mnist_train.digits), feature(mnist_test.digits), 11)


@pytest.mark.shared
def test_few_digits_of_mnist_need_a_search_in_full(mnist_train: Dataset, mnist_test: Dataset) -> None:
    """What the speed rests on; which queries these are, the answer does not tell."""
    training, queries = (PixelValues()(data.digits) for data in (mnist_train, mnist_test))
    index = PcaIndex(training)
    assert index._search is not None
    _, _, proven = index._search(queries[:1000], 11)
    assert (~proven).mean() < 0.03
