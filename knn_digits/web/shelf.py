"""What a request asks for -> the model that answers it; models are made when they are first asked for."""

import functools
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from knn_digits.arrays import Digits
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import learned_folder, with_learned
from knn_digits.classifiers.load import Model
from knn_digits.classifiers.network import NETWORKS, NetworkClassifier, Scores
from knn_digits.classifiers.recipe import recipe_for
from knn_digits.datasets import load_dataset
from knn_digits.errors import UsageError, shown
from knn_digits.explanation import model_to_explain
from knn_digits.features import FEATURES
from knn_digits.vote import WEIGHTS
from knn_digits.web.forms import Upload
from knn_digits.web.space import Map

DEFAULT = "default"  # the model that the server was started with
MOST_K = 100  # neighbors of which an answer holds the pictures
KEPT = 8  # models that were fitted, with their grids, and as many of each with other votes


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a digit is to be read."""

    features: str = DEFAULT  # or one of `FEATURES`
    grid: str = ""  # of blocks, as "7x7"; "": the textbook's
    k: int | None = None  # None: as the model has it
    weights: str | None = None
    network: str | None = None  # that answers beside the neighbors

    @classmethod
    def of(cls, fields: Mapping[str, Upload]) -> "Asked":
        """Return what the fields of a form ask for; UsageError for what is not allowed."""
        told = {
            name: fields[name].text
            for name in ("features", "grid", "k", "weights", "network")
            if name in fields
        }
        told = {name: value for name, value in told.items() if value}
        k = _read_k(told.pop("k")) if "k" in told else None
        _check("features", told.get("features"), (DEFAULT, *FEATURES))
        _check("weights", told.get("weights"), WEIGHTS)
        _check("network", told.get("network"), tuple(NETWORKS))
        if "grid" in told and told.get("features") != "blocks":
            raise UsageError("grid belongs to features=blocks")
        return cls(k=k, **told)


def _read_k(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_K):
        raise UsageError(f"k must be a whole number from 1 to {MOST_K}, got {shown(text)}")
    return int(text)


def _check(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"{name} must be one of {', '.join(allowed)}, got {shown(value)}")


class Shelf:
    """The models of a server.

    Parameters
    ----------
    model : DigitKNN, name or path, optional
        That answers where no feature is named; by default the user's current model, else the bundled one.

    Raises
    ------
    UsageError, ModelError
        If it is a network, or cannot be loaded.
    """

    def __init__(self, model: Model = None) -> None:
        self._own = model_to_explain(model)
        self._lock = threading.Lock()
        self._fitted = functools.lru_cache(maxsize=KEPT)(_fit)
        self._taught = functools.lru_cache(maxsize=KEPT * KEPT)(self._teach)
        self._maps = functools.lru_cache(maxsize=KEPT)(self._make_map)
        self._network = functools.cache(NetworkClassifier.load)
        self._network_lock = threading.Lock()

    def plain(self, asked: Asked) -> DigitKNN:
        """Return the model of the features that are asked for, whose votes are its own."""
        if asked.features == DEFAULT:
            return self._own
        with self._lock:  # one that is being fitted is not fitted twice
            return self._fitted(asked.features, asked.grid)

    def map(self, asked: Asked) -> Map:
        """Return the map of the digits of the model that is asked for."""
        return self._maps(asked.features, asked.grid)

    def _make_map(self, features: str, grid: str) -> Map:
        model = self.plain(Asked(features=features, grid=grid))
        return Map.of(model.known.own_vectors, model.feature)

    def scores(self, name: str, digits: Digits) -> Scores:
        """Return what a network says of digits (n, 28, 28)."""
        with self._network_lock:  # OpenCV runs a network in one thread
            return self._network(name).classify(digits)

    def model(self, asked: Asked) -> DigitKNN:
        """Return the model that votes as it is asked to, with what is learned by now beside it."""
        return self._taught(asked.features, asked.grid, asked.k, asked.weights, _learned_names())

    def _teach(
        self, features: str, grid: str, k: int | None, weights: str | None, learned: tuple[str, ...]
    ) -> DigitKNN:
        """Return a model; what is learned is told by the names of its files, which never change."""
        model = self.plain(Asked(features=features, grid=grid))
        return with_learned(model.with_votes(k=k, weights=weights))


def _learned_names() -> tuple[str, ...]:
    try:
        return tuple(sorted(path.name for path in learned_folder().iterdir()))
    except OSError:  # there is none, or what it holds cannot be told
        return ()


def _fit(features: str, grid: str) -> DigitKNN:
    """Return a textbook's model of the digits that come with the package."""
    sample = load_dataset("sample")
    feature, options = recipe_for(features).make(_read_grid(grid), refine=False)
    model = DigitKNN.fit(
        sample.digits, sample.labels, feature=feature, options=options, data_name=sample.name
    )
    model.validate()
    return model


def _read_grid(grid: str) -> dict[str, int]:
    if not grid:
        return {}
    found = re.fullmatch(r"([0-9]{1,2})x([0-9]{1,2})", grid)
    if found is None:
        raise UsageError(f"grid must be ROWSxCOLUMNS, such as 5x4, got {shown(grid)}")
    return {"rows": int(found[1]), "columns": int(found[2])}
