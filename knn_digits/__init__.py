"""A k-nearest-neighbor reader of handwritten digits that shows its evidence.

::

    photo ──▶ candidates ──▶ 28×28 digits ──▶ vectors ──▶ k nearest ──▶ votes ──▶ judge ──▶ reading
              photo/         digit.py         features/   neighbors/    vote.py   reading/

Each stage knows arrays only (`arrays.py`); `classifiers/` joins the last ones to a model, `reading/` walks
the whole road.
"""

import importlib
import warnings
from typing import TYPE_CHECKING, Any

import knn_digits.threads  # noqa: F401 (from here on a forked child knows that it is one)

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.learned import with_learned
    from knn_digits.classifiers.load import load_classifier
    from knn_digits.classifiers.network import NetworkClassifier, Scores
    from knn_digits.classifiers.options import KnnOptions
    from knn_digits.datasets import Dataset, load_dataset
    from knn_digits.digit import normalize
    from knn_digits.errors import KnnDigitsError
    from knn_digits.evaluation import Evaluation, evaluate
    from knn_digits.explanation import Evidence, Explanation, Tally, explain
    from knn_digits.features import make_feature, register_feature
    from knn_digits.inspection import Doubt, find_doubts
    from knn_digits.learning import Lesson, Suggestion, learn, suggest
    from knn_digits.parallel import read_photos
    from knn_digits.photo.boxes import Box
    from knn_digits.reading import (
        Cell,
        DigitReading,
        Line,
        Mark,
        Neighbor,
        Reader,
        Reading,
        Table,
        Word,
        read_photo,
    )
    from knn_digits.threads import limit_threads
    from knn_digits.vote import Votes

__version__ = "0.1.0"

__all__ = [
    "Box",
    "Cell",
    "Dataset",
    "DigitKNN",
    "DigitReading",
    "Doubt",
    "Evaluation",
    "Evidence",
    "Explanation",
    "KnnDigitsError",
    "KnnOptions",
    "Lesson",
    "Line",
    "Mark",
    "Neighbor",
    "NetworkClassifier",
    "Reader",
    "Reading",
    "Scores",
    "Suggestion",
    "Table",
    "Tally",
    "Votes",
    "Word",
    "evaluate",
    "explain",
    "find_doubts",
    "learn",
    "limit_threads",
    "load_classifier",
    "load_dataset",
    "make_feature",
    "normalize",
    "read_photo",
    "read_photos",
    "register_feature",
    "suggest",
    "with_learned",
]

_ROOMS = {
    "classifiers.knn": ("DigitKNN",),
    "classifiers.learned": ("with_learned",),
    "classifiers.load": ("load_classifier",),
    "classifiers.network": ("NetworkClassifier", "Scores"),
    "classifiers.options": ("KnnOptions",),
    "datasets": ("Dataset", "load_dataset"),
    "digit": ("normalize",),
    "errors": ("KnnDigitsError",),
    "evaluation": ("Evaluation", "evaluate"),
    "explanation": ("Evidence", "Explanation", "Tally", "explain"),
    "features": ("make_feature", "register_feature"),
    "inspection": ("Doubt", "find_doubts"),
    "learning": ("Lesson", "Suggestion", "learn", "suggest"),
    "parallel": ("read_photos",),
    "photo.boxes": ("Box",),
    "reading": (
        "Cell",
        "DigitReading",
        "Line",
        "Mark",
        "Neighbor",
        "Reader",
        "Reading",
        "Table",
        "Word",
        "read_photo",
    ),
    "threads": ("limit_threads",),
    "vote": ("Votes",),
}
_OPEN_ROOMS = ("estimators", "forms", "stages", "tables")  # modules that are for users as they are
_RENAMED = {"KnnClassifier": "DigitKNN"}  # until the next release: the old name -> the new one


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `--help` loads nothing that it does not need."""
    if name in _RENAMED:
        new = _RENAMED[name]
        warnings.warn(
            f"knn_digits.{name} is called {new} now: use that name", DeprecationWarning, stacklevel=2
        )
        name = new
    if name in _OPEN_ROOMS:
        return importlib.import_module(f"knn_digits.{name}")
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(importlib.import_module(f"knn_digits.{room}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what is for users, loaded or not."""
    return sorted({*(name for name in globals() if name.startswith("__")), *__all__, *_OPEN_ROOMS})
