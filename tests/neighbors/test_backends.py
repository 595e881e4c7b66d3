import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Indices, Vectors
from knn_digits.classifiers.load import load_bundled
from knn_digits.errors import DataError, MissingPartError
from knn_digits.neighbors import BACKENDS, make_index
from knn_digits.neighbors.exact import bound_rounding, check_training, exact_neighbors
from knn_digits.neighbors.faiss import GPU_MAX_K, Search, search_in_blocks
from knn_digits.neighbors.precise import PreciseIndex

from .test_contract import gpus, integers, same


@pytest.mark.parametrize(
    ("backend", "module", "remedy"),
    [
        ("faiss", "faiss", "pip install faiss-cpu"),
        ("sklearn", "sklearn.neighbors", "pip install scikit-learn"),
    ],
)
def test_a_backend_that_is_not_installed_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, backend: str, module: str, remedy: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # what Python takes for "not there"
    with pytest.raises(MissingPartError, match=remedy):
        make_index(backend, integers(3, 4))


def test_an_opencv_without_ml_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "ml")
    with pytest.raises(MissingPartError, match=r"pip install 'opencv-python-headless>=4\.10,<5'"):
        make_index("opencv", integers(3, 4))


def test_opencv_refuses_more_vectors_than_float32_can_number() -> None:
    with pytest.raises(DataError, match="holds at most 16777216 digits: use --backend faiss"):
        make_index("opencv", np.zeros((2**24 + 1, 1), np.float32))


def test_the_cpu_build_of_faiss_says_how_to_get_the_other() -> None:
    import faiss

    if hasattr(faiss, "StandardGpuResources"):
        pytest.skip("faiss-gpu is installed")
    with pytest.raises(MissingPartError, match=r"CPU build.*pip install faiss-gpu"):
        make_index("faiss", integers(3, 4), device="cuda")


@pytest.mark.parametrize(("k", "proposed"), [(1, 9), (11, 19), (100, 125), (190, 200)])
def test_more_neighbors_are_proposed_the_more_are_asked_so_that_few_queries_are_searched_in_full(
    k: int, proposed: int
) -> None:
    asked, vectors = [], integers(200, 20)
    index = make_index("faiss", vectors, device="cpu")

    def shortlist(queries: Vectors, size: int) -> tuple[Vectors, Indices]:
        asked.append(size)
        return index.shortlist(queries, size)

    exact_neighbors(vectors[:3], k, training=check_training(vectors), shortlist=shortlist)
    assert asked == [proposed]


def to_tf32(numbers: Vectors) -> Vectors:
    """Return numbers as tensor cores take them: 11 significant bits, ties to even."""
    bits = numbers.view(np.uint32)
    return ((bits + 0xFFF + (bits >> 13 & 1)) & 0xFFFFE000).astype(np.uint32).view(np.float32)


def far_off(queries: Vectors, vectors: Vectors) -> float:
    """Return by how many times the bound squared distances are off whose products are of TF32's numbers."""
    lengths = [np.square(each).sum(axis=1) for each in (queries, vectors)]
    found = lengths[0][:, None] + lengths[1] - 2 * (to_tf32(queries) @ to_tf32(vectors).T)
    exact = np.square(queries[:, None].astype(np.float64) - vectors).sum(axis=2)
    longest = [float(np.sqrt(each.max())) for each in lengths]
    return float(np.abs(found - exact).max()) / bound_rounding(queries.shape[1], *longest)


def test_the_bound_on_rounding_holds_for_tf32_where_vectors_are_whole_numbers_up_to_2048() -> None:
    rng = np.random.default_rng(0)
    whole = rng.integers(-2048, 2049, (400, 512)).astype(np.float32)
    assert far_off(whole[:100], whole[100:]) < 1
    cut = np.full((2, 512), 1.0004, np.float32)  # to 1 by TF32
    assert far_off(cut, cut) > 1


def test_the_bundled_model_searches_whole_numbers_up_to_2048() -> None:
    known = load_bundled().known
    for vectors in (known.own_vectors, *(layer.vectors for layer in known.layers)):
        assert (vectors == np.rint(vectors)).all()
        assert np.abs(vectors).max() <= 2048


@pytest.mark.gpu
@pytest.mark.parametrize("k", [1, 11, GPU_MAX_K - 8, GPU_MAX_K, GPU_MAX_K + 1])
def test_the_gpu_gives_the_answer_of_the_cpu_bit_for_bit(k: int) -> None:
    if not gpus():
        pytest.skip("needs faiss-gpu and a CUDA GPU")
    training, queries = integers(5000, 20, top=9), integers(100, 20, top=9, seed=1)
    cpu, cuda, auto = (
        make_index("faiss", training, device=device).kneighbors(queries, k)
        for device in ("cpu", "cuda", "auto")
    )
    assert same(cpu, cuda)
    assert same(cpu, auto)


# a GPU whose memory does not suffice, in the words of FAISS


def small_memory(rows: int, text: str) -> Search:
    """Return a search of FAISS that has room for so many queries at a time."""
    import faiss

    index = faiss.IndexFlatL2(20)
    index.add(integers(500, 20, top=9))

    def search(queries: Vectors, size: int) -> tuple[Vectors, Indices]:
        if len(queries) > rows:
            raise RuntimeError(text)
        found: tuple[Vectors, Indices] = index.search(queries, size)
        return found

    return search


@pytest.mark.parametrize("rows", [1, 3, 40, 100, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "Error: 'err == cudaSuccess' failed: Failed to cudaMalloc 4096 bytes (error 2 out of memory)",
        "StandardGpuResources: alloc fail type TemporaryMemoryOverflow",
    ],
)
def test_where_memory_does_not_suffice_fewer_queries_are_searched_at_a_time(rows: int, text: str) -> None:
    queries = integers(100, 20, top=9, seed=1)
    squared, indices = search_in_blocks(small_memory(rows, text), queries, 7)
    want_squared, want = small_memory(100, text)(queries, 7)
    assert (squared.tobytes(), indices.tolist()) == (want_squared.tobytes(), want.tolist())


def test_memory_that_does_not_suffice_for_one_query_is_told() -> None:
    with pytest.raises(MissingPartError, match=r"memory does not suffice.*--device cpu"):
        search_in_blocks(small_memory(0, "out of memory"), integers(5, 20), 7)


def test_another_failure_of_a_gpu_is_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="illegal address"):
        search_in_blocks(small_memory(0, "an illegal address was met"), integers(5, 20), 7)


def test_no_queries_need_no_memory() -> None:
    squared, indices = search_in_blocks(small_memory(0, "out of memory"), np.empty((0, 20), np.float32), 7)
    assert squared.shape == indices.shape == (0, 7)


# pickling and threads


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_index_is_pickled_as_its_vectors(backend: str) -> None:
    index = make_index(backend, integers(300, 300))
    again = pickle.loads(pickle.dumps(index))
    queries = integers(20, 300, seed=1)
    assert same(index.kneighbors(queries, 5), again.kneighbors(queries, 5))


@pytest.mark.parametrize("backend", BACKENDS)
def test_several_threads_search_one_index_at_once(backend: str) -> None:
    index, queries = make_index(backend, integers(2000, 300)), integers(160, 300, seed=1)
    want = index.kneighbors(queries, 5)
    with ThreadPoolExecutor(8) as pool:
        parts = list(
            pool.map(lambda start: index.kneighbors(queries[start : start + 20], 5), range(0, 160, 20))
        )
    found = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    assert same((found[0], found[1]), want)


@pytest.mark.gpu
def test_several_threads_search_on_one_gpu() -> None:
    if not gpus():
        pytest.skip("needs faiss-gpu and a CUDA GPU")
    index, queries = make_index("faiss", integers(5000, 20), device="cuda"), integers(800, 20, seed=1)
    want = index.kneighbors(queries, 5)
    with ThreadPoolExecutor(8) as pool:
        parts = list(
            pool.map(lambda start: index.kneighbors(queries[start : start + 100], 5), range(0, 800, 100))
        )
    found = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    assert same((found[0], found[1]), want)


@pytest.mark.gpu
def test_vectors_are_searched_on_the_gpu_as_on_the_cpu_to_float64() -> None:
    if not gpus():
        pytest.skip("needs faiss-gpu and a CUDA GPU")
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(20_000, 64)), rng.normal(size=(500, 64))
    cpu, cuda = (
        PreciseIndex(vectors, backend="faiss", device=device).kneighbors(queries, 11)
        for device in ("cpu", "cuda")
    )
    assert (cpu[1] == cuda[1]).all()
    assert (cpu[0] == cuda[0]).all()
