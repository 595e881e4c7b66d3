"""Stage 4: vector -> k nearest of vectors that lie in several shards, each searched where it is held.

A shard is a file, or some rows of a model file. Whatever has the interface of `concurrent.futures.Executor`
searches: processes of this machine, or a Dask cluster, whose `client.get_executor(workers=[address])` holds a
shard to one worker. Each shard gives its k nearest, which are merged by (squared distance in float64, row
among all).
"""

import functools
import multiprocessing
import os
import pathlib
import re
import signal
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from knn_digits.archive import MODEL, open_arrays
from knn_digits.arrays import Distances, Indices, Vectors, check_vectors
from knn_digits.errors import DataError, MissingPartError, UsageError
from knn_digits.neighbors import NeighborIndex, make_index
from knn_digits.neighbors.exact import check_training, measure
from knn_digits.neighbors.parts import Part
from knn_digits.storage import as_path, write_then_rename
from knn_digits.threads import limit_threads, usable_threads

_NAME = re.compile(r"shard-(\d+)-of-(\d+)\.npy")


Shard: TypeAlias = pathlib.Path | Part


def hold_shards(shards: Sequence[Shard], *, backend: str) -> "ShardedIndex":
    """Return an index whose shards are each held by a process of this machine, from the first search on."""
    threads = max(1, usable_threads() // len(shards))
    context = multiprocessing.get_context("spawn")
    holders = [
        ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(threads,)) for _ in shards
    ]
    return ShardedIndex(shards, holders, backend=backend)


def _begin(threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: who started this process ends it
    limit_threads(threads)


def write_shards(folder: str | os.PathLike[str], vectors: Vectors, n: int) -> list[pathlib.Path]:
    """Write vectors (m, d) float32 into n files of about equal length, m at least n, and return them."""
    vectors = check_training(vectors).vectors
    if not 1 <= n <= len(vectors):
        raise UsageError(f"shards must be 1 to {len(vectors)}, the number of vectors, got {n}")
    where = as_path(folder, what="the folder of shards", error=UsageError)
    paths = [where / f"shard-{number}-of-{n}.npy" for number in range(1, n + 1)]
    for path, part in zip(paths, np.array_split(vectors, n), strict=True):
        with write_then_rename(path) as file:
            np.save(file, part)
    return paths


def find_shards(folder: str | os.PathLike[str]) -> list[pathlib.Path]:
    """Return the files that `write_shards` wrote, in order; DataError if one of them is missing."""
    where = as_path(folder, what="the folder of shards", error=UsageError)
    found = {path: match for path in where.glob("shard-*.npy") if (match := _NAME.fullmatch(path.name))}
    counts = {int(match[2]) for match in found.values()}
    if len(counts) != 1:
        raise DataError(f"{where} holds shards of {len(counts)} sets, not of one: name another folder")
    paths = [where / f"shard-{number}-of-{max(counts)}.npy" for number in range(1, max(counts) + 1)]
    if missing := [path.name for path in paths if path not in found]:
        raise DataError(f"{where} lacks {', '.join(missing)}: without all shards no answer is right")
    return paths


class ShardedIndex:
    """The vectors of several shards, searched as one.

    Parameters
    ----------
    shards : sequence of path or Part
        Files of (n, d) float32, as `find_shards` returns them, or parts of a model; workers see them, too.
    executors : sequence of Executor
        The i-th holds the i-th shard; where there are fewer, they take turns.
    backend : str
        See `make_index`.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """

    def __init__(
        self, shards: Sequence[Shard], executors: Sequence[Executor], *, backend: str = "faiss"
    ) -> None:
        self._shards, self._executors, self._backend = [one.absolute() for one in shards], executors, backend
        shapes = [one.shape if isinstance(one, Part) else _open(one).shape for one in self._shards]
        if len({shape[1:] for shape in shapes}) != 1:
            raise DataError("shards must hold vectors of one width: write them again")
        self._width: int = shapes[0][1]
        self._starts = np.cumsum([0, *(shape[0] for shape in shapes)]).tolist()

    def kneighbors(self, queries: Vectors, k: int) -> tuple[Distances, Indices]:
        """Return distances and indices of the k nearest, see `NeighborIndex`.

        Raises
        ------
        MissingPartError
            If the process that holds a shard is gone: never is a part of the answer returned.
        """
        if k < 1:
            raise UsageError(f"k must be at least 1, got {k}")
        queries = check_vectors(queries, width=self._width)
        try:
            asked = [
                self._executors[number % len(self._executors)].submit(
                    search_shard, shard, self._backend, queries, k
                )
                for number, shard in enumerate(self._shards)
            ]
            found = [future.result() for future in asked]
        except (BrokenExecutor, CancelledError, OSError) as error:
            raise MissingPartError("a process that holds a shard is gone: start it again") from error
        squared = np.concatenate([squares for squares, _ in found], axis=1)
        rows = [indices + start for start, (_, indices) in zip(self._starts, found, strict=False)]
        indices = np.concatenate(rows, axis=1)
        order = np.lexsort((indices, squared), axis=1)[:, :k]
        nearest = np.sqrt(np.take_along_axis(squared, order, axis=1)).astype(np.float32)
        return nearest, np.take_along_axis(indices, order, axis=1)

    def shortlist(self, queries: Vectors, size: int) -> tuple[NDArray[np.float32], Indices]:
        """Return the squares of distances and the indices, see `NeighborIndex`."""
        distances, indices = self.kneighbors(queries, size)
        return distances**2, indices


def search_shard(shard: Shard, backend: str, queries: Vectors, k: int) -> tuple[NDArray[np.float64], Indices]:
    """Return the squared distances and rows of the k nearest in a shard: the work of who holds it."""
    vectors, index = _hold(shard, backend)
    _, rows = index.kneighbors(queries, k)
    return measure(queries, vectors, rows, rows.shape[1])


@functools.lru_cache
def _hold(shard: Shard, backend: str) -> tuple[Vectors, NeighborIndex]:
    vectors = _read_part(shard) if isinstance(shard, Part) else _open(shard)
    return vectors, make_index(backend, vectors, device="cpu")


def _read_part(part: Part) -> Vectors:
    with open_arrays(part.path, MODEL) as opened:
        if opened.header["sha256"].get("vectors") != part.sha256:
            raise DataError("it is not the model that was opened: open it again")
        return check_vectors(opened.read("vectors")[part.start : part.stop].copy())


def _open(path: pathlib.Path) -> Vectors:
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"cannot read the shard {path}: {error}; write all of them again") from error
    if vectors.ndim != 2 or vectors.dtype != np.float32 or not vectors.size:
        raise DataError(f"the shard {path} must hold float32 of shape (n, d), n at least 1")
    return np.asarray(vectors)
