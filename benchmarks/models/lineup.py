"""What the report compares: names -> the models that they mean, ours, the networks and peers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.indices import FLAT, OURS
from benchmarks.models.settings import MORE, PLAIN_NAME, SETTINGS, Setting, fit_setting
from knn_digits.arrays import CLASSES, Digits, Distances, Indices, Labels, Probabilities
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.network import NETWORKS
from knn_digits.classifiers.validation import held_out
from knn_digits.datasets import Dataset
from knn_digits.features.pixels import PixelValues

KNN, NETWORK, PEER = "k-NN", "network", "peer"
BEST_KNN, BEST_NETWORK = "default", "cnn"
BUNDLED_REFERENCE = "10,000 digits of MNIST"
PEER_K = 3
SVC_NAME = "scikit-learn SVC"
SVC_COSTS = (1.0, 10.0, 100.0)
SVC_TRIED_ON = 6000  # training digits

Make: TypeAlias = Callable[[Dataset], Classifier]
REJECTED = (0, 0.01, 0.02, 0.05)  # shares of the least sure answers, which the page puts into words
SCALED = (
    FLAT,
    OURS,
)  # searches whose time is measured by reference digits and threads, and models beside them
SCALED_MODELS = ("pixels, k 3", PLAIN_NAME, BEST_KNN)
BASE = "knn-digits"  # the package that is weighed, and what reading can do without
OFFERED = ("torch", "matplotlib", "hnswlib", "usearch")


@dataclass(frozen=True, kw_only=True)
class Entrant:
    """One model of the comparison."""

    name: str
    kind: str
    make: Make  # of training digits, which networks do not look at
    command: str  # that makes it, or what it is
    reference: str | None = None  # the data it was fitted on, if that is other than the training digits
    knows: str | None = None  # data whose digits cannot be asked then


@dataclass(frozen=True, kw_only=True)
class PeerAnswers:
    """What a peer says of n digits: its answers alone, as if it were sure of each."""

    labels: Labels
    probabilities: Probabilities
    strangeness: NDArray[np.float32]
    doubt: NDArray[np.float32]

    def evidence(self, row: int) -> tuple[Indices, Labels, Distances]:
        """Return no neighbors, each (0,)."""
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)

    def sign(self, row: int) -> tuple[str, float]:
        """Return "" and 0: it knows digits alone."""
        return "", 0.0


class PixelPeer:
    """A scikit-learn classifier of the 784 pixels, scaled to 0..1."""

    knn = None  # its training digits explain and teach nothing here

    def __init__(self, model: Any, training: Dataset) -> None:
        self.header: dict[str, Any] = {}
        self.model = model.fit(_pixels(training.digits), training.labels)

    def classify(self, digits: Digits) -> PeerAnswers:
        """Return the answers on (n, 28, 28) uint8 digits."""
        labels = np.asarray(self.model.predict(_pixels(digits)), np.int64)
        certain, none = np.eye(CLASSES, dtype=np.float32)[labels], np.zeros(len(labels), np.float32)
        return PeerAnswers(labels=labels, probabilities=certain, strangeness=none, doubt=none)

    def quick(self) -> "PixelPeer":
        """Return itself: it has no quicker way."""
        return self


def fit_neighbors(training: Dataset) -> PixelPeer:
    """Return scikit-learn's k-NN."""
    from sklearn.neighbors import KNeighborsClassifier

    return PixelPeer(KNeighborsClassifier(n_neighbors=PEER_K, algorithm="brute"), training)


def fit_svc(training: Dataset, cost: float) -> PixelPeer:
    """Return scikit-learn's support vector machine with radial basis functions."""
    from sklearn.svm import SVC

    return PixelPeer(SVC(C=cost, gamma="scale", cache_size=2000), training)


def choose_cost(training: Dataset) -> dict[str, int]:
    """Return the errors of each cost C on held-out digits of some training digits."""
    rows = np.linspace(0, len(training.labels) - 1, min(len(training.labels), SVC_TRIED_ON)).astype(np.int64)
    digits, labels = training.digits[rows], training.labels[rows]
    held = held_out(labels)
    known = Dataset(digits[~held], labels[~held], training.name, training.split)
    errors = {}
    for cost in SVC_COSTS:
        answers = fit_svc(known, cost).classify(digits[held]).labels
        errors[str(cost)] = int((answers != labels[held]).sum())
    return errors


def _pixels(digits: Digits) -> NDArray[np.float32]:
    return PixelValues()(digits) / np.float32(255)


def _fitted(setting: Setting) -> Entrant:
    def make(training: Dataset) -> Classifier:
        return fit_setting(setting, training)

    command = f"knn-digits fit --data mnist {setting.command}".strip()
    return Entrant(name=setting.name, kind=KNN, make=make, command=command)


def _loaded(name: str, kind: str, *, reference: str | None = None, knows: str | None = None) -> Entrant:
    def make(training: Dataset) -> Classifier:
        return load_classifier(name)

    command = f"knn-digits evaluate --model {name} --data mnist"
    return Entrant(name=name, kind=kind, make=make, command=command, reference=reference, knows=knows)


_KNN = {setting.name: _fitted(setting) for setting in (*SETTINGS, *MORE)}
ENTRANTS = (
    *(
        _KNN[name]
        for name in (
            "blocks, k 11",
            "blocks 7x7, k 11",
            "blocks 14x14 grey, k 3",
            "pixels, k 11",
            "pixels, k 3",
            "deskewed, k 3",
            "hog, k 11",
            "hog, k 3",
            "hog, 64 directions",
            "default",
        )
    ),
    _loaded("bundled", KNN, reference=BUNDLED_REFERENCE, knows="sample"),
    *(_loaded(name, NETWORK) for name in NETWORKS),
    Entrant(
        name="scikit-learn k-NN",
        kind=PEER,
        make=fit_neighbors,
        command=f"KNeighborsClassifier(n_neighbors={PEER_K}, algorithm='brute') on pixels",
    ),
)
