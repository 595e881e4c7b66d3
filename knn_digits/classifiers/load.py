"""A name -> the classifier that it means: a k-nearest-neighbor model or a network."""

import functools
import os
import pathlib
from typing import TypeAlias

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.model_file import StoredModel, read_model
from knn_digits.classifiers.network import NETWORKS, NetworkClassifier
from knn_digits.errors import ModelError, UsageError
from knn_digits.storage import as_path, data_folder

BUNDLED = pathlib.Path(__file__).with_name("bundled.npz")
ABILITIES = ("classify", "header", "knn", "quick")  # what a `Classifier` has
Model: TypeAlias = (
    "Classifier | str | os.PathLike[str] | None"  # or what `load_classifier` loads by this name
)


def current_model() -> pathlib.Path:
    """Return where `fit` puts the user's current model."""
    return data_folder() / "model.npz"


def find_model(name: str | pathlib.Path | None) -> pathlib.Path:
    """Return the file of the named model: a path, "bundled", or None for the user's current model.

    Without a current model, None is the bundled one.
    """
    if name not in (None, "bundled"):
        return as_path(str(name), what="a model", error=UsageError)
    try:
        return current_model() if name is None and current_model().exists() else BUNDLED
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"cannot look for the current model: {reason}; name one with --model") from error


def is_network(name: str | pathlib.Path | None) -> bool:
    """Tell whether the name is that of a bundled network or of an ONNX file."""
    return name is not None and (name in NETWORKS or pathlib.Path(name).suffix == ".onnx")


def load_classifier(
    name: str | os.PathLike[str] | None = None, *, backend: str | None = None, device: str | None = None
) -> DigitKNN | NetworkClassifier:
    """Read a classifier.

    Parameters
    ----------
    name : str or path, optional
        The path of a model file or of an ONNX file, "bundled", or the name of a bundled network. By default
        the user's current model, else the bundled one.
    backend, device : str, optional
        For a k-nearest-neighbor model, in place of those that it was fitted with.

    Raises
    ------
    ModelError
        If a file is missing or damaged.
    MissingPartError
        If backend or device is not there.
    UsageError
        If the name is no name, or a network is asked for a backend or for CUDA.
    """
    if name is not None:
        path = as_path(name, what="a model", error=UsageError)
        name = name if isinstance(name, str) else path
    if name is None or not is_network(name):
        return DigitKNN.of(read_named(name), backend=backend, device=device)
    if backend is not None or device == "cuda":
        raise UsageError(f"--backend and --device cuda belong to k-NN: OpenCV runs {name} on the CPU")
    return NetworkClassifier.load(name)


def read_named(name: str | pathlib.Path | None) -> StoredModel:
    """Return what the file of the named model holds, see `find_model`; ModelError if it cannot be read."""
    path = find_model(name)
    if path == BUNDLED:
        return _read_bundled()
    try:
        return read_model(path)
    except ModelError as error:
        if name is not None:
            raise
        remedy = "remove it first, or name another, as by `--model bundled`"
        raise ModelError(f"{error}; it is the current model: {remedy}") from error


@functools.cache
def load_bundled() -> DigitKNN:
    """Return the bundled model, read once: it judges what is a digit for every other model."""
    return DigitKNN.of(_read_bundled())


@functools.cache
def _read_bundled() -> StoredModel:
    """Return the file of the bundled model, read and checked once: nobody changes that one."""
    return read_model(BUNDLED, pictures_later=True)


def open_classifier(model: Model = None) -> Classifier:
    """Return a classifier as it is, or the one that `load_classifier` loads by this name or path.

    Raises
    ------
    UsageError
        If it is neither.
    ModelError
        If it cannot be loaded.
    """
    if model is None or isinstance(model, str | os.PathLike):
        return load_classifier(model)
    if isinstance(model, type) or not all(hasattr(model, name) for name in ABILITIES):
        raise UsageError(f"a model must be a classifier, a name or a path, got {_kind(model)}")
    return model


def _kind(thing: object) -> str:
    return f"the class {thing.__name__}" if isinstance(thing, type) else type(thing).__name__
