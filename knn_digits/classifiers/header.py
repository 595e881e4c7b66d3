"""What a model file says about its model <-> one checked record.

Every field is checked for its type and for what `fit` can write; one that does not fit is named. Other fields
are passed over, save among options, which change answers.
"""

import datetime
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits import __version__
from knn_digits.arrays import CLASSES, Digits, Labels
from knn_digits.classifiers.calibrate import Calibration, read_calibration
from knn_digits.classifiers.fields import DATE, LARGEST, SHA256, TINY, Fields
from knn_digits.classifiers.hands import HandsNote, read_hands_note
from knn_digits.classifiers.hearing import Hearing, read_hearing
from knn_digits.classifiers.options import MOST_NEIGHBORS, KnnOptions, read_options
from knn_digits.errors import DataError, MissingPartError, UsageError, shown
from knn_digits.features import Feature, describe_feature, make_feature, unknown_features
from knn_digits.plain import counted
from knn_digits.storage import sha256
from knn_digits.vote import UNKNOWN_REACH

SMALLEST_LIMIT = 1e-6  # of refusal, which copies would make 0


@dataclass(frozen=True, kw_only=True)
class DataNote:
    """What a model was fitted on."""

    name: str
    sha256: str  # of digits and labels
    digits: int
    per_label: tuple[int, ...]  # ten

    @property
    def text(self) -> str:
        """How many digits of what; some models of chosen digits have the number in the name, too."""
        return f"{self.digits} digits of {self.name.removeprefix(f'{self.digits} of ')}"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """When a digit is refused."""

    rate: float  # share of held-out digits, 0 to below 1
    limit: float  # of what may speak against a digit
    signs: float = 1.0  # in models of before: share of the votes that may be for signs, above 0 to 1
    heard: Hearing | None = None  # in models of before: of doubt and the share of votes for signs
    nearer: Hearing | None = None  # of doubt and the nearness of signs; None where no sign has a say


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What digits that were held out taught; what older models lack is None."""

    digits: int
    errors: int
    reach: tuple[float, ...] | None  # ten: how far digits of each label usually are; infinite where unknown
    plain: Calibration | None  # of digits whose neighbors agree
    refined: Calibration | None  # of others; None where the model does not refine
    refusal: Refusal | None
    neighbors: int | None = None  # by whose mean distance reach was measured; None: as many as vote

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
        if self.neighbors is not None:
            note["neighbors"] = self.neighbors
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
        del chosen["backend"], chosen["device"], chosen["shards"]
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
            "options": self.options.as_dict(),
            "data": asdict(self.data) | {"per_label": list(self.data.per_label)},
            "versions": dict(self.versions),
            "date": self.date,
        }
        notes = {"tuning": self.tuning, "hands": self.hands, "validation": self.validation}
        return header | {name: note.as_dict() for name, note in notes.items() if note is not None}


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
    check_k(options.k, len(digits))
    if options.shards > len(digits):
        raise UsageError(f"shards must be at most {len(digits)}, the number of digits, got {options.shards}")
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


def check_k(k: int, n: int) -> None:
    """Raise UsageError if fewer than k training digits are there."""
    if k > n:
        verb = "is" if n == 1 else "are"
        raise UsageError(
            f"k is {k}, but there {verb} only {counted(n, 'training digit')}: choose a smaller k"
        )


def read_header(fields: Fields) -> ModelHeader:
    """Return the header of a model file; DataError if it is none."""
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
    name = fields.text("name")
    if unknown := unknown_features(name):
        raise MissingPartError(
            f"needs the feature {shown(unknown[0])}, which is not known here: name it by `register_feature`, "
            "or install the package that brings it"
        )
    return make_feature(name, options)


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
        neighbors=fields.whole("neighbors", low=1, high=MOST_NEIGHBORS) if "neighbors" in fields else None,
    )


def _read_calibrations(fields: Fields) -> tuple[Calibration | None, Calibration | None]:
    return fields.optional("plain", read_calibration), fields.optional("refined", read_calibration)


def _read_refusal(fields: Fields) -> Refusal:
    return Refusal(
        rate=fields.number("rate", low=0, high=1),
        limit=fields.number("limit", low=SMALLEST_LIMIT, high=LARGEST),
        signs=fields.number("signs", low=SMALLEST_LIMIT, high=1) if "signs" in fields else 1.0,
        heard=fields.optional("heard", read_hearing),
        nearer=fields.optional("nearer", read_hearing),
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
