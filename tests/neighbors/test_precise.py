import numpy as np
import pytest

from knn_digits.arrays import Indices
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.neighbors.exact import MARGIN
from knn_digits.neighbors.precise import CHOICES, PreciseIndex
from knn_digits.neighbors.proposals import Doubles


def slow(queries: Doubles, vectors: Doubles, k: int) -> Indices:
    squared = ((queries[:, None] - vectors) ** 2).sum(axis=2)
    return np.argsort(squared, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("backend", CHOICES)
@pytest.mark.parametrize(("n", "d", "k"), [(3000, 2, 40), (3000, 30, 11), (400, 300, 3), (12, 5, 12)])
def test_the_neighbors_are_those_of_a_slow_search(backend: str, n: int, d: int, k: int) -> None:
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(n, d)), rng.normal(size=(30, d))
    distances, indices = PreciseIndex(vectors, backend=backend).kneighbors(queries, k)
    assert indices.tolist() == slow(queries, vectors, k).tolist()
    want = np.linalg.norm(vectors[indices] - queries[:, None], axis=2)
    np.testing.assert_allclose(distances, want, rtol=1e-13)


@pytest.mark.parametrize("backend", CHOICES)
def test_more_ties_than_are_proposed_at_first_are_still_ordered(backend: str) -> None:
    vectors = np.zeros((5000, 3))
    vectors[::7] = 1
    _, indices = PreciseIndex(vectors, backend=backend).kneighbors(np.ones((2, 3)), 30)
    assert indices.tolist() == [list(range(0, 210, 7))] * 2


@pytest.mark.parametrize("backend", [name for name in CHOICES if name != "tree"])
def test_differences_that_float32_cannot_hold_are_found_by_measuring_all(backend: str) -> None:
    vectors = np.vstack([np.linspace(0, 1e-12, 200)[:, None].repeat(40, axis=1), np.full((1, 40), 1e6)])
    _, indices = PreciseIndex(vectors, backend=backend).kneighbors(vectors[150:151], 2 * MARGIN)
    assert indices.tolist() == slow(vectors[150:151], vectors, 2 * MARGIN).tolist()


@pytest.mark.parametrize("backend", [name for name in CHOICES if name != "tree"])
def test_a_query_too_far_for_float32_has_the_neighbors_of_a_slow_search(backend: str) -> None:
    vectors = np.random.default_rng(0).integers(-(10**7), 10**7, (300, 30)).astype(np.float64)
    queries = np.full((2, 30), 1e13)
    queries[1] = 5e18
    _, indices = PreciseIndex(vectors, backend=backend).kneighbors(queries, 3)
    assert indices.tolist() == slow(queries, vectors, 3).tolist()


def test_no_queries_have_no_neighbors() -> None:
    distances, indices = PreciseIndex(np.eye(4)).kneighbors(np.empty((0, 4)), 2)
    assert distances.shape == indices.shape == (0, 2)


def test_a_tree_is_not_searched_on_a_gpu() -> None:
    with pytest.raises(MissingPartError, match="tree has no GPU search"):
        PreciseIndex(np.eye(2), backend="tree", device="cuda").prepare()


def test_wrong_words_and_numbers_too_large_are_told() -> None:
    with pytest.raises(UsageError, match="allowed are auto, faiss, opencv, pca, sklearn, tree"):
        PreciseIndex(np.eye(2), backend="hnsw")
    with pytest.raises(UsageError, match="allowed are auto, cpu, cuda"):
        PreciseIndex(np.eye(2), device="tpu")
    with pytest.raises(DataError, match=r"within 1e\+150"):
        PreciseIndex(np.eye(2) * 1e151)
    with pytest.raises(DataError, match=r"within 1e\+150"):
        PreciseIndex(np.eye(2)).kneighbors(np.eye(2) * 1e151, 1)
