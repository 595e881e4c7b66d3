"""Stage 4, beside a model: digits searched with its own, and how often each of them counts.

A model's own training digits count once each. A layer says for its digits as how many neighbors each of
them counts where it is nearer than all that count once: one that counts as k decides there alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import (
    Digits,
    Distances,
    Indices,
    Labels,
    Pictures,
    Pixels,
    Vectors,
    compared_by_content,
)
from knn_digits.classifiers.options import KnnOptions, whole_number
from knn_digits.classifiers.rows import Picked, Rows, Stacked
from knn_digits.classifiers.signs import Signs
from knn_digits.neighbors import NeighborIndex, make_index
from knn_digits.neighbors.layered import LayeredIndex
from knn_digits.neighbors.parts import Part

ORIGINS = {
    "model": "training digit",
    "bhmsds": "digit of a Polish hand",
    "hwd1000": "digit of another hand",
    "drawn": "drawn European digit",
    "print": "printed digit",
}  # layer -> what its digits are

_Real = TypeVar("_Real", np.float32, np.float64)
_Any = TypeVar("_Any", np.uint8, np.int64)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Digits beside a model's own."""

    name: str  # where they come from
    digits: Digits
    labels: Labels
    vectors: Vectors  # the model's, of these digits
    copies: int  # as how many neighbors each counts where it is nearer than the model's own
    kept: bool = False  # whether it is saved with the model


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """All that a model knows: its own digits and those of layers behind them, row by row, and signs."""

    own_pictures: Pictures | Picked
    own_labels: Labels
    own_vectors: Vectors
    index: NeighborIndex  # of them
    backend: str  # that searches the layers
    shards: tuple[Part, ...] = ()  # of own vectors, each searched by a process of its own
    layers: tuple[Layer, ...] = ()
    signs: Signs | None = None

    @classmethod
    def of(
        cls,
        digits: Pictures | Picked,
        labels: Labels,
        vectors: Vectors,
        options: KnnOptions,
        *,
        shards: tuple[Part, ...] = (),
    ) -> "Known":
        """Return a model's own digits, searched as the options say, or shard by shard."""
        index = _index(options.backend, vectors, shards, device=options.device)
        return cls(
            own_pictures=digits, own_labels=labels, own_vectors=vectors, index=index, backend=options.backend,
            shards=shards,
        )  # fmt: skip

    @cached_property
    def own_digits(self) -> Digits:
        """The model's own digits, (n, 28, 28)."""
        return self.own_pictures() if callable(self.own_pictures) else self.own_pictures[:]

    @cached_property
    def digits(self) -> Digits:
        """All digits, (n, 28, 28)."""
        return _join(self.own_digits, *(layer.digits for layer in self.layers))

    @cached_property
    def pictures(self) -> Rows:
        """All digits, (n, 28, 28), of which rows are taken: those of layers are not copied."""
        own = self.own_digits if callable(self.own_pictures) else self.own_pictures
        return Stacked((own, *(layer.digits for layer in self.layers))) if self.layers else own

    @cached_property
    def labels(self) -> Labels:
        """All labels, (n,)."""
        return _join(self.own_labels, *(layer.labels for layer in self.layers))

    @cached_property
    def copies(self) -> Indices | None:
        """As how many neighbors each digit counts, (n,); None: each as one."""
        if all(layer.copies == 1 for layer in self.layers):
            return None
        counts = [np.full(len(layer.labels), layer.copies) for layer in self.layers]
        return np.concatenate([np.ones(len(self.own_labels), np.int64), *counts])

    @cached_property
    def search(self) -> Callable[[Vectors, int], tuple[Distances, Indices]]:
        """What finds the nearest of all, see `NeighborIndex.kneighbors`."""
        if not self.layers:
            return self.index.kneighbors
        vectors = np.concatenate([layer.vectors for layer in self.layers])
        beside = make_index(self.backend, vectors, device="cpu")
        return LayeredIndex(self.index, len(self.own_vectors), beside).kneighbors

    def deciding(self, k: int, new: int) -> "Known":
        """Return the same, where what counts as k neighbors, and so decides alone, counts as another k."""
        layers = [replace(one, copies=new) if one.copies == k > 1 else one for one in self.layers]
        return replace(self, layers=tuple(layers))

    def without_kept(self) -> "Known":
        """Return the same without what is saved with a model: digits of other hands, and signs."""
        return replace(self, layers=tuple(one for one in self.layers if not one.kept), signs=None)

    def __getstate__(self) -> dict[str, Any]:
        """Take along what it was made of: libraries' indexes stay where they are."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "index"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the index again."""
        index = _index(state["backend"], state["own_vectors"], state["shards"])
        vars(self).update(state, index=index)

    def voters(self, distances: Distances, indices: Indices, k: int) -> tuple[Distances, Indices]:
        """Return the k nearest of these neighbors, one that counts as several as often."""
        if self.copies is None:
            return distances[:, :k], indices[:, :k]
        return repeat_neighbors(distances, indices, copies=self.copies[indices], k=k)

    def others(self, rows: Indices, k: int) -> tuple[Distances, Indices]:
        """Return the k nearest of own digits without themselves."""
        return drop_own(*self.search(self.own_vectors[rows], k + 1), rows)

    def origin(self, index: int) -> tuple[str, int]:
        """Return whose the digit in this row is, "model" or the name of a layer, and its row there."""
        index, start = whole_number("the row of a digit", index, 0), len(self.own_labels)
        if index < start:
            return "model", index
        for layer in self.layers:
            if index < start + len(layer.labels):
                return layer.name, index - start
            start += len(layer.labels)
        raise IndexError(f"there are {start} digits, so no row {index}")

    def tell_origin(self, index: int) -> tuple[str, int]:
        """Return what the digit in this row is, in words, and its row among those of its origin."""
        layer, row = self.origin(index)
        return ORIGINS.get(layer, f"{layer} digit"), row

    def picture(self, index: int) -> Pixels:
        """Return the digit in this row, (28, 28)."""
        return np.asarray(self.pictures[np.array([index])][0])


def _index(
    backend: str, vectors: Vectors, shards: tuple[Part, ...], *, device: str = "auto"
) -> NeighborIndex:
    if not shards:
        return make_index(backend, vectors, device=device)
    from knn_digits.neighbors.sharded import hold_shards

    return hold_shards(shards, backend=backend)


def _join(own: NDArray[_Any], *others: NDArray[_Any]) -> NDArray[_Any]:
    return np.concatenate([own, *others]) if others else own


def repeat_neighbors(
    distances: Distances, indices: Indices, *, copies: Indices, k: int
) -> tuple[Distances, Indices]:
    """Return the k nearest where some count several times, and so stand there as often.

    They do so only where they are nearer than all that count once; behind the first of these they count once,
    too. That was chosen on held-out training digits: misread digits that are learned with their truth then
    mend more of the others than they break, counting several times everywhere they break more.

    Parameters
    ----------
    distances, indices : (n, m)
        Nearest first.
    copies : (n, m) int64
        As how many neighbors each counts, at least 1.
    k : int

    Returns
    -------
    distances, indices : (n, min(k, all copies))

    Examples
    --------
    >>> d, i = np.array([[1, 2, 4]], np.float32), np.array([[8, 0, 3]])
    >>> repeat_neighbors(d, i, copies=np.array([[1, 3, 1]]), k=3)[1]
    array([[8, 0, 3]])
    >>> repeat_neighbors(d, i, copies=np.array([[2, 1, 1]]), k=3)[1]
    array([[8, 8, 0]])
    """
    once = np.where(copies == 1, distances, np.inf).min(axis=1, keepdims=True)
    ends = np.cumsum(np.where(distances <= once, copies, 1), axis=1)
    places = np.arange(min(k, int(ends[:, -1].min(initial=k))))
    chosen = (ends[:, :, None] <= places).sum(axis=1)
    return np.take_along_axis(distances, chosen, axis=1), np.take_along_axis(indices, chosen, axis=1)


def drop_own(distances: NDArray[_Real], indices: Indices, rows: Indices) -> tuple[NDArray[_Real], Indices]:
    """Return the neighbors of training digits without those digits themselves.

    Parameters
    ----------
    distances, indices : (n, m), m at least 1
        Nearest first.
    rows : (n,) int64
        The digit of each row; where it is not among its own neighbors, the last of them is dropped.

    Returns
    -------
    distances, indices : (n, m - 1)
    """
    others = indices != rows[:, None]
    others[others.all(axis=1), -1] = False
    shape = (len(rows), indices.shape[1] - 1)
    return distances[others].reshape(shape), indices[others].reshape(shape)
