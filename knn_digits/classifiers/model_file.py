"""A k-NN model <-> its file: the header, and the arrays as it promises them.

Whoever opens a model opens it here, so what one command takes no other refuses.
"""

import functools
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.archive import MODEL, ArrayFile, open_arrays, save_arrays
from knn_digits.arrays import CLASSES, SIDE, Digits, Labels, Pictures, Vectors, check_labels, check_vectors
from knn_digits.classifiers.fields import Fields
from knn_digits.classifiers.header import ModelHeader, read_header
from knn_digits.classifiers.layer import Known, Layer
from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.rows import pack
from knn_digits.classifiers.signs import Signs
from knn_digits.errors import DataError
from knn_digits.features import Feature
from knn_digits.features.discriminant import Projected
from knn_digits.neighbors.parts import Part, split_model
from knn_digits.storage import sha256

LONGEST = 3e18  # of vectors: their squared distances are still numbers in float32
STEEPEST = 1e13  # norm of directions: no feature's vector is longer than 3e5
_Reader = Callable[[str, int], Pictures]  # a member and its number of pictures -> these
_PACKED = ("uint8", "uint16", "int16", "float32")  # dtypes of vectors in a file, smallest first


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model as its file has it."""

    header: ModelHeader
    digits: Pictures
    labels: Labels
    vectors: Vectors
    directions: Vectors | None  # (d, p) of a feature that is projected
    layers: tuple[Layer, ...] = ()  # of other hands
    signs: Signs | None = None
    shards: tuple[Part, ...] = ()  # of its vectors, where processes are to share them

    @classmethod
    def of(cls, header: ModelHeader, known: Known, feature: Feature) -> "StoredModel":
        """Return what is saved of a model."""
        directions = feature.directions if isinstance(feature, Projected) else None
        kept = tuple(layer for layer in known.layers if layer.kept)
        own = known.own_digits, known.own_labels, known.own_vectors
        return cls(header, *own, directions, kept, known.signs)

    @property
    def feature(self) -> Feature:
        """What is searched."""
        feature, directions = self.header.feature, self.directions
        return feature if directions is None else Projected(feature, directions)

    def known(self, options: KnnOptions) -> Known:
        """Return what the model knows, searched as the options say."""
        own = Known.of(self.digits, self.labels, self.vectors, options, shards=self.shards)
        signs = self.signs and replace(self.signs, backend=options.backend)
        return replace(own, layers=self.layers, signs=signs)

    def header_as_dict(self) -> dict[str, Any]:
        """Return the whole header as it stands in the file."""
        hashes = {name: sha256(array) for name, array in _arrays(self).items()}
        return {"kind": MODEL.name, "format": MODEL.form, **self.header.as_dict(), "sha256": hashes}


def write_model(path: pathlib.Path, model: StoredModel) -> None:
    """Write a model file, by write-then-rename, if it can be opened again.

    Raises
    ------
    DataError
        If it cannot; the old file is kept.
    StorageError
        If it cannot be written.
    """
    save_arrays(path, MODEL, header=model.header.as_dict(), arrays=_arrays(model), check=read_model)


def read_model(path: pathlib.Path, *, pictures_later: bool = False) -> StoredModel:
    """Read a model file, all of it checked; no feature of a digit is computed again.

    Parameters
    ----------
    path : path
    pictures_later : bool
        Whether those of its own digits and of signs are read, and checked, when they are first asked for. A
        file that nobody changes opens faster so: they are what is long in it, and clear digits need none.

    Raises
    ------
    ModelError
        If the file is missing, damaged, changed, of another kind or too new.
    """
    with open_arrays(path, MODEL) as opened:
        header = read_header(Fields(opened.header))
        pictures: _Reader = functools.partial(_read_pictures, opened)
        if pictures_later:
            pictures = functools.partial(functools.partial, _read_later, path)
        stored = _read_arrays(opened, header, pictures)
        if header.options.shards == 1:
            return stored
        hashed, n = opened.header["sha256"]["vectors"], header.options.shards
        return replace(stored, shards=split_model(path, hashed, stored.vectors.shape, n))


def _read_later(path: pathlib.Path, name: str, n: int) -> Digits:
    with open_arrays(path, MODEL) as opened:
        return _read_pictures(opened, name, n)


def _read_pictures(opened: ArrayFile, name: str, n: int) -> Digits:
    return opened.read(name, shape=(n, SIDE, SIDE), dtypes=("uint8",))


def _read_arrays(opened: ArrayFile, header: ModelHeader, pictures: _Reader) -> StoredModel:
    options, n = header.options, header.data.digits
    raw = _width(header.feature)
    width = min(options.dimensions, raw) or raw
    if options.k > n:
        raise DataError(f"options.k must be at most {n}, the number of its digits")
    labels = check_labels(opened.read("labels", shape=(n,), dtypes=("uint8",)), n=n)
    if np.bincount(labels, minlength=CLASSES).tolist() != list(header.data.per_label):
        raise DataError("data.per_label must be the numbers of its labels")
    directions = None
    if options.dimensions:
        found = opened.read("directions", shape=(raw, width), dtypes=("float32",))
        directions = _check_size("directions", found.reshape(1, -1), STEEPEST).reshape(found.shape)
    return StoredModel(
        header=header,
        digits=pictures("digits", n),
        labels=labels,
        vectors=_read_vectors(opened, "vectors", n, width),
        directions=directions,
        layers=_read_layers(opened, header.hands.digits, width) if header.hands else (),
        signs=_read_signs(opened, header, width, pictures),
    )


def _read_layers(opened: ArrayFile, counts: Mapping[str, int], width: int) -> tuple[Layer, ...]:
    if not counts:
        return ()
    n = sum(counts.values())
    digits, vectors = _read_pictures(opened, "hands", n), _read_vectors(opened, "hands_vectors", n, width)
    labels = check_labels(opened.read("hands_labels", shape=(n,), dtypes=("uint8",)), n=n)
    ends = np.cumsum(list(counts.values())).tolist()
    return tuple(
        Layer(
            name=name,
            digits=digits[end - size : end],
            labels=labels[end - size : end],
            vectors=vectors[end - size : end],
            copies=1,
            kept=True,
        )
        for (name, size), end in zip(counts.items(), ends, strict=True)
    )


def _read_signs(opened: ArrayFile, header: ModelHeader, width: int, pictures: _Reader) -> Signs | None:
    counts = header.hands.signs if header.hands else {}
    if not counts:
        return None
    n = sum(counts.values())
    vectors = _read_vectors(opened, "signs_vectors", n, width)
    names = np.repeat(np.array(list(counts)), list(counts.values()))
    read, backend = pictures("signs", n), header.options.backend
    return Signs(pictures=read, names=names, vectors=vectors, backend=backend)


def _read_vectors(opened: ArrayFile, name: str, n: int, width: int) -> Vectors:
    return _check_size(name, opened.read(name, shape=(n, width), dtypes=_PACKED), LONGEST)


def _width(feature: Feature) -> int:
    """Return how many numbers the feature's vectors have."""
    return int(feature(np.zeros((1, SIDE, SIDE), np.uint8)).shape[1])


def _check_size(name: str, array: NDArray[Any], most: float) -> Vectors:
    """Return an array of float32 numbers, none of which, nor all of a row, come near their largest."""
    checked = check_vectors(array)
    if max(-float(checked.min()), float(checked.max())) * np.sqrt(checked.shape[1]) > most:
        raise DataError(f"{name} must be shorter than {most:g}")
    return checked


def _arrays(model: StoredModel) -> dict[str, NDArray[Any]]:
    """Return the arrays as they are written."""
    arrays = {
        "digits": model.digits() if callable(model.digits) else model.digits,
        "labels": model.labels.astype(np.uint8),
        "vectors": pack(model.vectors),
    }
    if model.layers:
        arrays |= {
            "hands": np.concatenate([layer.digits for layer in model.layers]),
            "hands_labels": np.concatenate([layer.labels for layer in model.layers]).astype(np.uint8),
            "hands_vectors": pack(np.concatenate([layer.vectors for layer in model.layers])),
        }
    if model.signs is not None:
        arrays |= {"signs": model.signs.digits, "signs_vectors": pack(model.signs.vectors)}
    return arrays if model.directions is None else arrays | {"directions": model.directions}
