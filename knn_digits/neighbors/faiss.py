"""Stage 4: vector -> k nearest, by FAISS `IndexFlatL2`, on CUDA where faiss-gpu and a GPU are there."""

import functools
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.errors import MissingPartError
from knn_digits.neighbors.exact import check_training, exact_neighbors

BLAS_QUERIES = 2
GPU_MAX_K = 2048  # FAISS's own limit on a GPU
_OUT_OF_MEMORY = ("out of memory", "alloc fail", "alloc_failed")  # in what FAISS and CUDA say
_TOO_SMALL = "the GPU's memory does not suffice for this search: free some of it, or use --device cpu"

Search = Callable[[Vectors, int], tuple[NDArray[np.float32], Indices]]


class FaissIndex:
    """Brute-force search by FAISS.

    Parameters
    ----------
    vectors : (n, d) float32
        Training vectors.
    device : {"auto", "cpu", "cuda"}
        "auto" uses a GPU where it can.

    Raises
    ------
    MissingPartError
        If FAISS is not installed, or "cuda" is asked for and cannot be used.

    References
    ----------
    M. Douze et al. (2024), The Faiss library. Ours measures its shortlist again in exact order.
    """

    def __init__(self, vectors: Vectors, *, device: str = "auto") -> None:
        self._training = check_training(vectors)
        faiss = import_faiss()
        gpus = int(faiss.get_num_gpus()) if hasattr(faiss, "StandardGpuResources") else 0
        if device == "cuda" and not gpus:
            raise MissingPartError(_why_no_gpu(faiss))
        self._cpu = faiss.IndexFlatL2(self._training.vectors.shape[1])
        self._cpu.add(self._training.vectors)
        self._device, self._gpu = device, None
        self._owner = os.getpid()  # CUDA serves no forked child, which searches on the CPU
        if gpus and device != "cpu":
            self._turn = threading.Lock()  # a GPU's resources serve one search at a time
            self._gpu = self._copy_to_gpu(faiss)

    @property
    def vectors(self) -> Vectors:
        """The training vectors, (n, d)."""
        return self._training.vectors

    def _copy_to_gpu(self, faiss: Any) -> Any:
        """Return the index on the first GPU; None where "auto" finds too little memory there."""
        try:
            self._resources = faiss.StandardGpuResources()
            return faiss.index_cpu_to_gpu(self._resources, 0, self._cpu)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            if self._device == "cuda":
                raise MissingPartError(_TOO_SMALL) from error
            return None

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`."""
        return exact_neighbors(queries, k, training=self._training, shortlist=self.shortlist)

    def measure(self, queries: Vectors, indices: Indices) -> NDArray[np.float32]:
        """Return squared distances (m, c) of (m, d) queries to training vectors by index (m, c), in float32.

        An index of -1 is infinitely far.
        """
        faiss = import_faiss()
        queries, indices = np.ascontiguousarray(queries), np.ascontiguousarray(indices)
        squared = np.empty(indices.shape, np.float32)
        x, into, rows = (faiss.swig_ptr(array) for array in (queries, squared, indices))
        self._cpu.compute_distance_subset(len(queries), x, indices.shape[1], into, rows)
        return squared

    def shortlist(self, queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
        """Return squared distances and indices as the library finds them, see `NeighborIndex`."""
        if self._gpu is None or size > GPU_MAX_K or os.getpid() != self._owner:
            squared, indices = self._cpu.search(queries, size)
            return squared, indices
        with self._turn:
            return search_in_blocks(self._gpu.search, queries, size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the vectors: the index is made again of them."""
        return functools.partial(type(self), device=self._device), (self._training.vectors,)


def search_in_blocks(search: Search, queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
    """Search, in smaller and smaller blocks of queries where memory does not suffice.

    Parameters
    ----------
    search : callable
        (queries, size) -> squared distances and indices, as FAISS's own.
    queries : (m, d) float32
    size : int

    Raises
    ------
    MissingPartError
        If memory does not suffice for one query.
    """
    squared, indices = np.empty((len(queries), size), np.float32), np.empty((len(queries), size), np.int64)
    start, rows = 0, max(1, len(queries))
    while start < len(queries):
        block = slice(start, start + rows)
        try:
            squared[block], indices[block] = search(queries[block], size)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            if rows == 1:
                raise MissingPartError(_TOO_SMALL) from error
            rows = -(-min(rows, len(queries) - start) // 2)
        else:
            start += rows
    return squared, indices


def _is_out_of_memory(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in _OUT_OF_MEMORY)


def import_faiss() -> Any:
    """Return the module; MissingPartError with the remedy if it is not installed."""
    try:
        import faiss
    except ImportError as error:
        raise MissingPartError(
            "FAISS is not installed: `pip install faiss-cpu`, or use --backend opencv or sklearn"
        ) from error
    # FAISS multiplies matrices from this many queries on; its own bound makes 100 queries 11 times slower.
    faiss.cvar.distance_compute_blas_threshold = BLAS_QUERIES
    return faiss


def _why_no_gpu(faiss: Any) -> str:
    if not hasattr(faiss, "StandardGpuResources"):
        return (
            "the installed FAISS is the CPU build: for --device cuda, `pip uninstall faiss-cpu` and then "
            "`pip install faiss-gpu`; or use --device cpu"
        )
    return "FAISS finds no CUDA GPU on this machine: check `nvidia-smi`, or use --device cpu"
