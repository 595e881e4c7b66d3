"""What every index promises; a new backend is under this contract by its line in BACKENDS.

Integers are exact in every backend, so there the order must be that of a stable sort by (distance, index).
"""

import pathlib
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.neighbors import BACKENDS, DEVICES, NeighborIndex, make_index
from knn_digits.neighbors.sharded import ShardedIndex, write_shards
from tests.arrangements import arrangements

Make = Callable[[Vectors], NeighborIndex]


def gpus() -> int:
    import faiss

    return int(faiss.get_num_gpus()) if hasattr(faiss, "StandardGpuResources") else 0


ON_GPU = "faiss on a GPU"
SHARDS = "shards"
GPU = [pytest.param(ON_GPU, marks=pytest.mark.gpu)] if gpus() else []  # test_backends.py tells of the skip


def make_sharded(vectors: Vectors) -> NeighborIndex:
    """Return an index of up to three shards, held by a thread."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shards-"))
    try:
        n = max(1, min(3, len(vectors)))
        index = ShardedIndex(write_shards(folder, vectors, n), [ThreadPoolExecutor(1)])
        index.kneighbors(vectors[:1], 1)  # which opens all of them
        return index
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=[*BACKENDS, SHARDS, *GPU])
def make(request: pytest.FixtureRequest) -> Make:
    """Each backend in turn, on the CPU, several shards, and FAISS on a GPU where there is one."""
    if request.param == SHARDS:
        return make_sharded
    if request.param == ON_GPU:
        return lambda vectors: make_index("faiss", vectors, device="cuda")
    return lambda vectors: make_index(request.param, vectors, device="cpu")


def integers(n: int, d: int, *, top: int = 255, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).integers(0, top + 1, (n, d)).astype(np.float32)


def search_slowly(
    queries: Vectors, training: Vectors, k: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return distances in float64 and indices, one query after the other, in a stable order."""
    distances, indices = [], []
    for query in queries.astype(np.float64):
        exact = np.sqrt(((training.astype(np.float64) - query) ** 2).sum(axis=1))
        order = np.argsort(exact, kind="stable")[:k]
        distances.append(exact[order])
        indices.append(order)
    return np.array(distances), np.array(indices)


def same(one: tuple[Distances, Indices], other: tuple[Distances, Indices]) -> bool:
    pairs: list[tuple[NDArray[Any], NDArray[Any]]] = [(one[0], other[0]), (one[1], other[1])]
    return all(a.tobytes() == b.tobytes() and a.shape == b.shape for a, b in pairs)


def check_found(found: tuple[Distances, Indices], queries: Vectors, training: Vectors, k: int) -> None:
    """Hold an answer on integers against the slow search."""
    distances, indices = search_slowly(queries, training, k)
    assert found[0].dtype == np.float32
    assert found[1].dtype == np.int64
    assert found[1].tolist() == indices.tolist()
    np.testing.assert_allclose(found[0], distances, rtol=1e-6, atol=0)


# the right neighbors


@pytest.mark.parametrize(("n", "d", "k"), [(300, 20, 11), (300, 784, 5), (50, 3, 1), (2000, 1, 40)])
def test_the_neighbors_are_those_of_a_slow_search(make: Make, n: int, d: int, k: int) -> None:
    training, queries = integers(n, d), integers(40, d, seed=1)
    check_found(make(training).kneighbors(queries, k), queries, training, k)


@pytest.mark.parametrize("k", [1, 2, 11, 100])
@pytest.mark.parametrize("top", [1, 2, 9])
def test_ties_go_to_the_lower_index_also_at_the_last_place(make: Make, top: int, k: int) -> None:
    training, queries = integers(600, 3, top=top), integers(60, 3, top=top, seed=1)
    check_found(make(training).kneighbors(queries, k), queries, training, k)


def test_copies_are_found_in_the_order_of_their_indices(make: Make) -> None:
    training = np.tile(integers(30, 20), (10, 1))[np.random.default_rng(0).permutation(300)]
    queries = training[:50]
    check_found(make(training).kneighbors(queries, 15), queries, training, 15)


def test_a_training_vector_finds_itself_first_at_distance_0(make: Make) -> None:
    training = np.random.default_rng(0).random((200, 50), np.float32) * 1000
    distances, indices = make(training).kneighbors(training, 3)
    assert indices[:, 0].tolist() == list(range(200))
    assert not distances[:, 0].any()
    assert (distances[:, 1] > 0).all()


@pytest.mark.parametrize("n", [1, 2, 19, 20, 12_000])
def test_where_all_training_vectors_are_equal_the_first_k_are_found(make: Make, n: int) -> None:
    d = 784 if n > 10_000 else 5  # several blocks of memory
    training, queries = np.full((n, d), 7, np.float32), integers(2, d)
    distances, indices = make(training).kneighbors(queries, 11)
    k = min(n, 11)
    assert indices.tolist() == [list(range(k))] * 2
    assert (distances == distances[:, :1]).all()
    np.testing.assert_allclose(distances[:, 0], np.linalg.norm(queries - 7, axis=1), rtol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 5, 18, 19, 20])
@pytest.mark.parametrize("k", [1, 5, 18, 19, 20, 1000])
def test_more_neighbors_than_there_are_gives_all_of_them(make: Make, n: int, k: int) -> None:
    training, queries = integers(n, 4, top=3), integers(9, 4, top=3, seed=1)
    found = make(training).kneighbors(queries, k)
    assert found[0].shape == found[1].shape == (9, min(k, n))
    check_found(found, queries, training, min(k, n))


@pytest.mark.parametrize("top", [400, 700, 900, 30_000])
def test_whole_numbers_are_exact_where_float32_holds_their_squares_and_where_it_rounds_them(
    make: Make, top: int
) -> None:
    training, queries = integers(3000, 20, top=top), integers(60, 20, top=top, seed=1)
    queries[:30] += training[:30].max()  # far off, where all that is near is about as far
    check_found(make(training).kneighbors(queries, 50), queries, training, 50)


@pytest.mark.parametrize("scale", [2**-20, 1, 2**20])
@pytest.mark.parametrize("offset", [0, 2**22])
def test_a_far_origin_hides_no_neighbor(make: Make, scale: float, offset: int) -> None:
    """Where |q|² + |x|² - 2qx rounds all differences away, the answer is still exact."""
    training, queries = integers(400, 4, top=50), integers(30, 4, top=50, seed=1)
    shifted = [np.float32(scale) * (vectors + np.float32(offset)) for vectors in (training, queries)]
    found = make(shifted[0]).kneighbors(shifted[1], 7)
    distances, indices = search_slowly(queries, training, 7)
    assert found[1].tolist() == indices.tolist()
    np.testing.assert_allclose(found[0], distances * scale, rtol=1e-6)


@pytest.mark.parametrize("exponent", [-70, -100, -130, -149])
def test_the_smallest_numbers_are_told_apart(make: Make, exponent: int) -> None:
    training = np.ldexp(np.arange(30, dtype=np.float32)[:, None], exponent)
    distances, indices = make(training).kneighbors(training[:1], 5)
    assert indices.tolist() == [[0, 1, 2, 3, 4]]
    assert (distances[0] == training[:5, 0]).all()


@pytest.mark.parametrize("huge", [1e15, 1e18, 1e20, 1e30, 3e38])
@pytest.mark.parametrize("n", [6, 40])
def test_numbers_whose_squares_float32_cannot_hold_are_refused_or_searched_right(
    make: Make, n: int, huge: float
) -> None:
    training = np.full((n, 2), huge, np.float32)
    training[-2:] = [[0, 0], [1, 1]]
    queries = np.array([[0, 0], [huge, huge], [huge, -huge]], np.float32)
    try:
        found, indices = make(training).kneighbors(queries, 4)
    except DataError:
        return
    distances, _ = search_slowly(queries, training, 4)
    np.testing.assert_allclose(found, distances, rtol=1e-6)
    for row in indices.tolist():
        assert len(set(row)) == 4
        assert set(row) <= set(range(n))


# how it is asked


def test_a_batch_in_several_blocks_is_its_queries_one_by_one_bit_for_bit(make: Make) -> None:
    generator = np.random.default_rng(0)
    training = generator.random((300, 784), np.float32)
    queries = generator.random((1000, 784), np.float32)  # 28 × 784 × 8 bytes each: a block holds 382
    index = make(training)
    batch = index.kneighbors(queries, 20)
    for row in [*range(0, 1000, 97), 381, 382, 999]:
        alone = index.kneighbors(queries[row : row + 1], 20)
        assert same(alone, (batch[0][row : row + 1], batch[1][row : row + 1]))
    slow = search_slowly(queries[375:390], training, 20)
    np.testing.assert_allclose(batch[0][375:390], slow[0], rtol=1e-6)


@pytest.mark.parametrize("d", [1, 2, 3, 7, 20, 33, 128, 785])
def test_a_batch_of_floats_is_its_queries_one_by_one_bit_for_bit(make: Make, d: int) -> None:
    generator = np.random.default_rng(d)
    training = np.round(generator.standard_normal((200, d)), 1).astype(np.float32)
    training[100:] = training[:100]  # each has a copy: ties of sums of floats
    queries = np.round(generator.standard_normal((30, d)), 1).astype(np.float32)
    index = make(training)
    batch = index.kneighbors(queries, 9)
    alone = [index.kneighbors(query[None], 9) for query in queries]
    assert same(batch, tuple(np.concatenate(parts) for parts in zip(*alone, strict=True)))  # type: ignore[arg-type]
    for row in batch[1].tolist():
        assert all(twin - 100 in row[:place] for place, twin in enumerate(row) if twin >= 100)


def test_no_queries_give_no_neighbors(make: Make) -> None:
    distances, indices = make(integers(30, 4)).kneighbors(np.zeros((0, 4), np.float32), 3)
    assert distances.shape == indices.shape == (0, 3)
    assert distances.dtype == np.float32
    assert indices.dtype == np.int64


def test_the_neighbors_for_a_smaller_k_are_the_first_of_a_larger(make: Make) -> None:
    index, queries = make(integers(300, 3, top=4)), integers(20, 3, top=4, seed=1)
    many = index.kneighbors(queries, 40)
    for k in (1, 2, 7, 31):
        assert same(index.kneighbors(queries, k), (many[0][:, :k].copy(), many[1][:, :k].copy()))


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint8, np.float16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_other_numbers_in_other_orders_are_taken_as_float32(make: Make, dtype: Any, order: Any) -> None:
    training, queries = integers(100, 6), integers(20, 6, seed=1)
    expected = make(training).kneighbors(queries, 5)
    cast = make(training.astype(dtype, order=order)).kneighbors(queries.astype(dtype, order=order), 5)
    assert same(cast, expected)
    views = np.repeat(training, 2, axis=0)[::2], np.repeat(queries, 2, axis=1)[:, ::2]
    assert same(make(views[0]).kneighbors(views[1], 5), expected)


def test_queries_and_training_vectors_are_left_as_they_were(make: Make) -> None:
    training, queries = integers(100, 6), integers(20, 6, seed=1)
    training.flags.writeable = queries.flags.writeable = False
    make(training).kneighbors(queries, 5)
    assert (training == integers(100, 6)).all()


# what it refuses


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        (np.zeros((2, 3), np.float32), "vectors must have 4 columns as the training set has, got 3"),
        (np.zeros((2, 5), np.float32), "vectors must have 4 columns as the training set has, got 5"),
        (np.zeros(4, np.float32), "vectors must be numbers of shape (n, d)"),
        (np.full((2, 4), np.nan, np.float32), "vectors must be finite"),
        (np.full((2, 4), np.inf), "vectors must be finite"),
        ([[0.0, 0.0, 0.0, 0.0]], "vectors must be numbers of shape (n, d), got list"),
    ],
)
def test_queries_of_another_kind_are_told(make: Make, queries: Any, text: str) -> None:
    with pytest.raises(DataError) as caught:
        make(integers(30, 4)).kneighbors(queries, 3)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("training", "text"),
    [
        (np.zeros((0, 4), np.float32), "no training digits"),
        (np.zeros((4, 0), np.float32), "no training digits"),
        (np.zeros(4, np.float32), "vectors must be numbers of shape (n, d)"),
        (np.full((2, 4), np.nan, np.float32), "vectors must be finite"),
        (np.full((2, 4), "a"), "vectors must be numbers"),
    ],
)
def test_training_vectors_of_another_kind_are_told(make: Make, training: Any, text: str) -> None:
    with pytest.raises(DataError) as caught:
        make(training)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("k", [0, -1])
def test_no_neighbors_cannot_be_asked_for(make: Make, k: int) -> None:
    with pytest.raises(UsageError, match=f"k must be at least 1, got {k}"):
        make(integers(30, 4)).kneighbors(integers(3, 4), k)


@pytest.mark.parametrize("backend", ["", "FAISS", "kdtree", "__class__"])
def test_an_unknown_backend_is_told_with_those_allowed(backend: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_index(backend, integers(3, 4))
    assert str(caught.value) == f"unknown backend {backend!r}: allowed are faiss, opencv, pca, sklearn"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("device", ["", "gpu", "cuda:0"])
def test_an_unknown_device_is_told_with_those_allowed(backend: str, device: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_index(backend, integers(3, 4), device=device)
    assert str(caught.value) == f"unknown device {device!r}: allowed are {', '.join(DEVICES)}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_asking_for_a_gpu_that_is_not_there_is_told(backend: str) -> None:
    if backend == "faiss" and gpus():
        pytest.skip("there is a GPU")
    with pytest.raises(MissingPartError) as caught:
        make_index(backend, integers(3, 4), device="cuda")
    assert "--device cpu" in str(caught.value)
    assert "\n" not in str(caught.value)


# all give one answer


def all_agree(training: Vectors, queries: Vectors, k: int) -> tuple[Distances, Indices]:
    answers = [make_index(name, training).kneighbors(queries, k) for name in BACKENDS]
    assert all(same(answer, answers[0]) for answer in answers)
    return answers[0]


@st.composite
def problems(draw: st.DrawFn, elements: st.SearchStrategy[float]) -> tuple[Vectors, Vectors, int]:
    """Training vectors with copies among them, queries, and k."""
    n, m, d = draw(st.integers(1, 40)), draw(st.integers(1, 5)), draw(st.integers(1, 6))
    values = np.array(draw(st.lists(elements, min_size=1, max_size=12)), np.float32)
    pick = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    training, queries = pick.choice(values, (n, d)), pick.choice(values, (m, d))
    training[n // 2 :] = training[pick.integers(0, n, n - n // 2)]
    return training, queries, draw(st.integers(1, 45))


@hypothesis.given(problems(st.integers(-1000, 1000).map(float)))
def test_all_backends_agree_on_integers_and_are_right(problem: tuple[Vectors, Vectors, int]) -> None:
    training, queries, k = problem
    check_found(all_agree(training, queries, k), queries, training, min(k, len(training)))


@hypothesis.given(problems(st.floats(-1e6, 1e6, width=32, allow_subnormal=False)))
def test_all_backends_agree_on_floats_and_are_right(problem: tuple[Vectors, Vectors, int]) -> None:
    training, queries, k = problem
    distances, indices = all_agree(training, queries, k)
    expected, _ = search_slowly(queries, training, k)
    np.testing.assert_allclose(distances, expected, rtol=1e-6, atol=1e-37)
    for query, found, row in zip(queries, distances, indices, strict=True):
        assert len(set(row.tolist())) == len(row)
        again = np.linalg.norm(training[row].astype(np.float64) - query, axis=1)
        np.testing.assert_allclose(found, again, rtol=1e-6, atol=1e-37)


@pytest.mark.parametrize("base", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("spread", [1e-7, 1e-6, 1e-3])
def test_all_backends_agree_where_differences_drown_in_rounding(base: float, spread: float) -> None:
    generator = np.random.default_rng(0)
    for d in (1, 2, 20, 784):
        training, queries = (
            (base * (1 + spread * generator.standard_normal((n, d)))).astype(np.float32) for n in (300, 10)
        )
        all_agree(training, queries, 3)


@pytest.mark.parametrize("width", [20, 300])
def test_an_answer_does_not_depend_on_how_vectors_lie_in_memory(
    make: Make, width: int, tmp_path: pathlib.Path
) -> None:
    training, queries = integers(300, width), integers(30, width, seed=1)
    want, (squared, rows) = make(training).kneighbors(queries, 5), make(training).shortlist(queries, 9)
    for how, vectors in arrangements(training, tmp_path):
        assert same(make(vectors).kneighbors(queries, 5), want), how
    for how, vectors in arrangements(queries, tmp_path):
        index = make(training)
        assert same(index.kneighbors(vectors, 5), want), how
        if how in ("by columns", "with gaps", "backwards", "read-only"):
            assert same(index.shortlist(vectors, 9), (squared, rows)), how


@pytest.mark.parametrize("scale", [2.0**-80, 2.0**-66, 2.0**-60, 2.0**50])
def test_numbers_whose_squares_float32_can_hardly_hold_find_their_neighbors(make: Make, scale: float) -> None:
    training, queries = integers(500, 6, top=20), integers(40, 6, top=20, seed=1)
    distances, indices = make(training).kneighbors(queries, 7)
    found = make(training * np.float32(scale)).kneighbors(queries * np.float32(scale), 7)
    assert (found[1] == indices).all()
    np.testing.assert_allclose(found[0] / scale, distances, rtol=1e-6)
