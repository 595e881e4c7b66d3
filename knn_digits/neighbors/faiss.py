"""Stage 4: vector -> k nearest, by FAISS `IndexFlatL2`, on CUDA where faiss-gpu and a GPU are there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.errors import MissingPartError
from knn_digits.neighbors.exact import check_training, exact_neighbors

BLAS_QUERIES = 2
GPU_MAX_K = 2048  # FAISS's own limit on a GPU


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
        self._gpu = None
        if gpus and device != "cpu":
            self._resources = faiss.StandardGpuResources()
            self._gpu = faiss.index_cpu_to_gpu(self._resources, 0, self._cpu)

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`."""
        return exact_neighbors(queries, k, training=self._training, shortlist=self._shortlist)

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

    def _shortlist(self, queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
        index = self._gpu if self._gpu is not None and size <= GPU_MAX_K else self._cpu
        squared, indices = index.search(queries, size)
        return squared, indices


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
            "`pip install faiss-gpu-cu12`; or use --device cpu"
        )
    return "FAISS finds no CUDA GPU on this machine: check `nvidia-smi`, or use --device cpu"
