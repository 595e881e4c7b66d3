"""A model -> the same with digits of other hands beside its own, as photos are read by it; its name."""

import hashlib
import os
import pathlib
from collections.abc import Hashable
from typing import overload

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import learned_folder, with_learned
from knn_digits.classifiers.load import BUNDLED, Model, find_model, open_classifier
from knn_digits.classifiers.network import NETWORKS
from knn_digits.classifiers.variants import without_hands
from knn_digits.errors import UsageError
from knn_digits.storage import as_path


@overload
def model_for_photos(model: DigitKNN, *, hands: bool = True) -> DigitKNN: ...
@overload
def model_for_photos(model: Model = None, *, hands: bool = True) -> Classifier: ...
def model_for_photos(model: Model = None, *, hands: bool = True) -> Classifier:
    """Return the model with digits of other hands beside its own; do this once before reading many photos.

    One that is named is loaded, and has what the user's corrections taught, too. A network has no digits, and
    stays as it is. Without `hands` none stand beside it, also where it was saved with some.

    Raises
    ------
    UsageError, ModelError
        If it is no model, or cannot be loaded.
    """
    named = model is None or isinstance(model, str | os.PathLike)
    classifier = open_classifier(model)
    known = classifier.knn
    if known is None:
        return classifier
    if named:
        known = with_learned(known)
    if not hands:
        return known if known.about.hands is None else without_hands(known)
    if known.about.hands is not None:
        return known
    from knn_digits.datasets.hands import load_hands

    return known.with_hands(load_hands().without_signs())


def name_model(model: Model) -> Model:
    """Return what means this model from any folder: a bundled one's name, an absolute path, or the object."""
    if model is None:
        path = find_model(None)
        return "bundled" if path == BUNDLED else path
    if not isinstance(model, str | os.PathLike) or model in ("bundled", *NETWORKS):
        return model
    path = as_path(model, what="a model", error=UsageError)
    return pathlib.Path(os.path.abspath(path))  # noqa: PTH100 (pathlib's follows links, which may change)


def hash_file(model: Model) -> str | None:
    """Return the SHA-256 of a model's file, of one that is named by its path."""
    return hashlib.sha256(model.read_bytes()).hexdigest() if isinstance(model, pathlib.Path) else None


def state_of_files(model: Model) -> Hashable:
    """Return what changes where the file of a named model does, or what the user's corrections taught."""
    folder = learned_folder()
    try:
        learned = sorted(folder.iterdir())
    except OSError:  # there is none, or it is told where it is read
        learned = []
    return tuple(map(_state, [model, *learned] if isinstance(model, pathlib.Path) else learned))


def _state(path: pathlib.Path) -> Hashable:
    try:
        found = path.stat()
    except OSError:  # it is told where the file is opened
        return path, None
    return path, found.st_mtime_ns, found.st_size
