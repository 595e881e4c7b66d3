"""A k-NN model <-> its file: the header as one checked record, and the arrays.

Whoever opens a model opens it here, so what one command takes no other refuses. Every field is checked for
its type and for what `fit` can write; one that does not fit is named. Other fields are passed over, save
among options, which change answers.
"""

import datetime
import functools
import pathlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits import __version__
from knn_digits.archive import FORMAT, KIND, MODEL, ArrayFile, open_arrays, save_arrays
from knn_digits.arrays import CLASSES, SIDE, Digits, Labels, Pictures, Vectors, check_labels, check_vectors
from knn_digits.classifiers.calibrate import Calibration, read_calibration
from knn_digits.classifiers.fields import DATE, LARGEST, SHA256, TINY, Fields
from knn_digits.classifiers.hands import HandsNote, read_hands_note
from knn_digits.classifiers.layer import Layer
from knn_digits.classifiers.options import KnnOptions, read_options
from knn_digits.classifiers.signs import Signs
from knn_digits.errors import DataError, UsageError
from knn_digits.features import Feature, describe_feature, make_feature
from knn_digits.storage import sha256
from knn_digits.vote import UNKNOWN_REACH

SMALLEST_LIMIT = 1e-6  # of refusal, which copies would make 0
LONGEST = 3e18  # of vectors: their squared distances are still numbers in float32
STEEPEST = 1e13  # norm of directions: no feature's vector is longer than 3e5
_Reader = Callable[[str, int], Pictures]  # a member and its number of pictures -> these
_PACKED = ("uint8", "uint16", "int16", "float32")  # dtypes of vectors in a file, smallest first


@dataclass(frozen=True, kw_only=True)
class DataNote:
    """What a model was fitted on."""

    name: str
    sha256: str  # of digits and labels
    digits: int
    per_label: tuple[int, ...]  # ten


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """When a digit is refused."""

    rate: float  # share of held-out digits, 0 to below 1
    limit: float  # of what may speak against a digit
    signs: float = 1.0  # share of the votes that may speak for marks that are no digits, above 0 to 1


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What digits that were held out taught; what older models lack is None."""

    digits: int
    errors: int
    reach: tuple[float, ...] | None  # ten: how far digits of each label usually are; infinite where unknown
    plain: Calibration | None  # of digits whose neighbors agree
    refined: Calibration | None  # of others; None where the model does not refine
    refusal: Refusal | None

    @property
    def error_rate(self) -> float:
        """Share of errors, 0 to 1."""
        return self.errors / self.digits

    @property
    def reaches(self) -> NDArray[np.float64]:
        """How far digits of each label usually are from their neighbors, (10,)."""
        return UNKNOWN_REACH if self.reach is None else np.array(self.reach)

    def as_dict(self) -> dict[str, Any]:
        """Return the note as a header has it."""
        note: dict[str, Any] = {"digits": self.digits, "errors": self.errors, "error_rate": self.error_rate}
        if self.reach is not None:
            note["reach"] = [reach if np.isfinite(reach) else None for reach in self.reach]
        if self.plain is not None:
            note["calibration"] = {
                "plain": asdict(self.plain),
                "refined": self.refined and asdict(self.refined),
            }
        return note if self.refusal is None else note | {"refusal": asdict(self.refusal)}


@dataclass(frozen=True, kw_only=True)
class TuningNote:
    """How settings were chosen."""

    digits: int  # held out
    trials: int
    errors: int  # of the best
    few: int  # trials that made as few errors
    feature: Feature
    options: KnnOptions

    @property
    def error_rate(self) -> float:
        """Share of errors of the best, 0 to 1."""
        return self.errors / self.digits

    def as_dict(self) -> dict[str, Any]:
        """Return the note as a header has it."""
        chosen = asdict(self.options)
        del chosen["backend"], chosen["device"]
        return {
            "digits": self.digits,
            "trials": self.trials,
            "errors": self.errors,
            "error_rate": self.error_rate,
            "few": self.few,
            "chosen": {"feature": describe_feature(self.feature), **chosen},
        }


@dataclass(frozen=True, kw_only=True)
class ModelHeader:
    """What a model file says about its model."""

    feature: Feature  # before projection
    options: KnnOptions
    data: DataNote
    versions: Mapping[str, str]  # of what made it
    date: str  # ISO 8601
    validation: Validation | None = None
    tuning: TuningNote | None = None
    hands: HandsNote | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the header as it stands in the file, without what every file of arrays has."""
        header = {
            "feature": describe_feature(self.feature),
            "options": asdict(replace(self.options, device="auto")),
            "data": asdict(self.data) | {"per_label": list(self.data.per_label)},
            "versions": dict(self.versions),
            "date": self.date,
        }
        notes = {"tuning": self.tuning, "hands": self.hands, "validation": self.validation}
        return header | {name: note.as_dict() for name, note in notes.items() if note is not None}


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

    def header_as_dict(self) -> dict[str, Any]:
        """Return the whole header as it stands in the file."""
        hashes = {name: sha256(array) for name, array in _arrays(self).items()}
        return {"kind": KIND, "format": FORMAT, **self.header.as_dict(), "sha256": hashes}


def describe_model(
    digits: Digits, labels: Labels, *, feature: Feature, options: KnnOptions, data_name: str
) -> ModelHeader:
    """Return the header of a model that is fitted now on these digits.

    Raises
    ------
    DataError
        If there are none.
    UsageError
        If k is larger than their number.
    """
    if not len(digits):
        raise DataError("no training digits: at least one is needed")
    if options.k > len(digits):
        raise UsageError(
            f"k is {options.k}, but there are only {len(digits)} training digits: choose a smaller k"
        )
    return ModelHeader(
        feature=feature,
        options=options,
        data=DataNote(
            name=data_name,
            sha256=sha256(digits, labels),
            digits=len(digits),
            per_label=tuple(np.bincount(labels, minlength=CLASSES).tolist()),
        ),
        versions={
            "knn-digits": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    )


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
        Whether those of its own digits and of signs are read, and checked, when they are first asked for.

    Raises
    ------
    ModelError
        If the file is missing, damaged, changed, of another kind or too new.
    """
    with open_arrays(path, MODEL) as opened:
        header = _read_header(Fields(opened.header))
        if pictures_later:
            return _read_arrays(opened, header, lambda name, n: functools.partial(_read_later, path, name, n))
        return _read_arrays(opened, header, functools.partial(_read_pictures, opened))


def _read_header(fields: Fields) -> ModelHeader:
    return ModelHeader(
        feature=_read_feature(fields.inner("feature")),
        options=read_options(fields.inner("options")),
        data=_read_data(fields.inner("data")),
        versions=fields.texts("versions"),
        date=fields.text("date", pattern=DATE),
        validation=fields.optional("validation", _read_validation),
        tuning=fields.optional("tuning", _read_tuning),
        hands=fields.optional("hands", read_hands_note),
    )


def _read_feature(fields: Fields) -> Feature:
    fields.only("name", "options")
    options = fields.take("options", "an object with names", lambda value: isinstance(value, dict))
    return make_feature(fields.text("name"), options)


def _read_data(fields: Fields) -> DataNote:
    counts = fields.take(
        "per_label",
        "ten whole numbers",
        lambda value: (
            isinstance(value, list) and len(value) == CLASSES and all(type(n) is int for n in value)
        ),
    )
    return DataNote(
        name=fields.text("name"),
        sha256=fields.text("sha256", pattern=SHA256),
        digits=fields.whole("digits", low=1),
        per_label=tuple(counts),
    )


def _read_validation(fields: Fields) -> Validation:
    digits = fields.whole("digits", low=1)
    errors = fields.whole("errors", high=digits)
    _check_rate(fields, errors / digits)
    plain, refined = fields.optional("calibration", _read_calibrations) or (None, None)
    return Validation(
        digits=digits,
        errors=errors,
        reach=fields.numbers("reach", low=TINY) if "reach" in fields else None,
        plain=plain,
        refined=refined,
        refusal=fields.optional("refusal", _read_refusal),
    )


def _read_calibrations(fields: Fields) -> tuple[Calibration | None, Calibration | None]:
    return fields.optional("plain", read_calibration), fields.optional("refined", read_calibration)


def _read_refusal(fields: Fields) -> Refusal:
    return Refusal(
        rate=fields.number("rate", low=0, high=1),
        limit=fields.number("limit", low=SMALLEST_LIMIT, high=LARGEST),
        signs=fields.number("signs", low=SMALLEST_LIMIT, high=1) if "signs" in fields else 1.0,
    )


def _read_tuning(fields: Fields) -> TuningNote:
    digits, trials = fields.whole("digits", low=1), fields.whole("trials", low=1)
    errors = fields.whole("errors", high=digits)
    _check_rate(fields, errors / digits)
    chosen = fields.inner("chosen")
    return TuningNote(
        digits=digits,
        trials=trials,
        errors=errors,
        few=fields.whole("few", high=trials),
        feature=_read_feature(chosen.inner("feature")),
        options=read_options(chosen.without("feature")),
    )


def _check_rate(fields: Fields, rate: float) -> None:
    if abs(fields.number("error_rate", low=0, high=1) - rate) > np.finfo(np.float32).eps:
        fields.take("error_rate", "errors / digits", lambda _: False)


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
        "vectors": _pack(model.vectors),
    }
    if model.layers:
        arrays |= {
            "hands": np.concatenate([layer.digits for layer in model.layers]),
            "hands_labels": np.concatenate([layer.labels for layer in model.layers]).astype(np.uint8),
            "hands_vectors": _pack(np.concatenate([layer.vectors for layer in model.layers])),
        }
    if model.signs is not None:
        arrays |= {"signs": model.signs.digits, "signs_vectors": _pack(model.signs.vectors)}
    return arrays if model.directions is None else arrays | {"directions": model.directions}


def _pack(vectors: Vectors) -> NDArray[Any]:
    """Return the vectors in the smallest dtype that holds them exactly."""
    for dtype in (np.uint8, np.uint16, np.int16):
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        if lowest <= vectors.min() and vectors.max() <= highest and not (vectors % 1).any():
            return vectors.astype(dtype)
    return vectors
