"""Stage 4: vector -> k nearest. Four backends, one answer.

Three only propose a shortlist; `exact.py` measures it exactly. `pca.py` proves its own, faster. So all of
them give the same neighbors, the same distances and the same order of ties.
"""

from typing import Protocol

from numpy import float32
from numpy.typing import NDArray

from knn_digits.arrays import Distances, Indices, Vectors
from knn_digits.errors import MissingPartError, UsageError, shown
from knn_digits.neighbors.faiss import FaissIndex
from knn_digits.neighbors.opencv import OpenCVIndex
from knn_digits.neighbors.pca import PcaIndex
from knn_digits.neighbors.scikit import ScikitIndex

DEVICES = ("auto", "cpu", "cuda")


class NeighborIndex(Protocol):
    """Training vectors, ready to be searched."""

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return the k nearest training vectors of each query.

        Parameters
        ----------
        queries : (m, d) float32, C order
        k : int
            If there are fewer training vectors, all of them are returned.

        Returns
        -------
        distances : (m, min(k, n)) float32
            Euclidean, ascending.
        indices : (m, min(k, n)) int64
            Equal distances are ordered by the lower index.

        Raises
        ------
        DataError
            If the queries are of the wrong shape or not finite.
        """
        ...

    def shortlist(self, queries: Vectors, size: int) -> tuple[NDArray[float32], Indices]:
        """Return so many neighbors of each query as the library finds them: rounded, ties in any order.

        Parameters
        ----------
        queries : (m, d) float32, C order
        size : int
            At most n.

        Returns
        -------
        squared : (m, size) float32
            Squared distances, ascending.
        indices : (m, size) int64
        """
        ...


BACKENDS: dict[str, type[FaissIndex] | type[OpenCVIndex] | type[PcaIndex] | type[ScikitIndex]] = {
    "faiss": FaissIndex,
    "opencv": OpenCVIndex,
    "pca": PcaIndex,
    "sklearn": ScikitIndex,
}


def check_engine(backend: str, device: str, *, backends: tuple[str, ...]) -> None:
    """Raise UsageError if the backend is none of these, or there is no such device."""
    for name, word, allowed in (("backend", backend, backends), ("device", device, DEVICES)):
        if not isinstance(word, str) or word not in allowed:
            raise UsageError(f"unknown {name} {shown(word)}: allowed are {', '.join(allowed)}")


def make_index(backend: str, vectors: Vectors, *, device: str = "auto") -> NeighborIndex:
    """Return an index over (n, d) float32 training vectors.

    Parameters
    ----------
    backend : {"faiss", "opencv", "pca", "sklearn"}
    vectors : (n, d) float32, C order, n at least 1
    device : {"auto", "cpu", "cuda"}
        Only FAISS knows a GPU; "auto" uses one where it can.

    Raises
    ------
    UsageError
        If backend or device is another word.
    MissingPartError
        If CUDA is asked for and cannot be used, or the backend's package is not installed.
    DataError
        If the vectors are of the wrong shape, empty or not finite.
    """
    check_engine(backend, device, backends=tuple(BACKENDS))
    if backend == "faiss":
        return FaissIndex(vectors, device=device)
    if device == "cuda":
        raise MissingPartError(f"{backend} has no GPU search: use --backend faiss, or --device cpu")
    return BACKENDS[backend](vectors)
