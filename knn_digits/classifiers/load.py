"""A name -> the classifier that it means: a k-nearest-neighbor model or a network."""

import pathlib

from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.network import NETWORKS, NetworkClassifier
from knn_digits.errors import ModelError, UsageError
from knn_digits.storage import data_folder

BUNDLED = pathlib.Path(__file__).with_name("bundled.npz")


def current_model() -> pathlib.Path:
    """Return where `fit` puts the user's current model."""
    return data_folder() / "model.npz"


def find_model(name: str | None) -> pathlib.Path:
    """Return the file of the named model: a path, "bundled", or None for the user's current model.

    Without a current model, None is the bundled one.
    """
    if name not in (None, "bundled"):
        return pathlib.Path(str(name))
    try:
        return current_model() if name is None and current_model().exists() else BUNDLED
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"cannot look for the current model: {reason}; name one with --model") from error


def is_network(name: str | None) -> bool:
    """Tell whether the name is that of a bundled network or of an ONNX file."""
    return name is not None and (name in NETWORKS or pathlib.Path(name).suffix == ".onnx")


def load_classifier(
    name: str | None = None, *, backend: str | None = None, device: str | None = None
) -> KnnClassifier | NetworkClassifier:
    """Read a classifier.

    Parameters
    ----------
    name : str, optional
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
        If a network is asked for a backend or for CUDA.
    """
    if name is None or not is_network(name):
        return KnnClassifier.load(find_model(name), backend=backend, device=device)
    if backend is not None or device == "cuda":
        raise UsageError(f"--backend and --device cuda belong to k-NN: OpenCV runs {name} on the CPU")
    return NetworkClassifier.load(name)
