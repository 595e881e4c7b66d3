"""The other road: digits -> scores, by a trained network that OpenCV runs; no other framework is needed.

A network is an ONNX file; the file `weights.json` beside it holds a card for each: its SHA-256, how its
input is made, how it was trained, and what it makes of digits that it has not learned from.
"""

import hashlib
import json
import math
import pathlib
import threading
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.archive import MAX_HEADER
from knn_digits.arrays import (
    CLASSES,
    SIDE,
    Digits,
    Distances,
    Indices,
    Labels,
    Probabilities,
    check_digits,
)
from knn_digits.classifiers.fields import DATE, SHA256, Fields
from knn_digits.digit import find_blank
from knn_digits.errors import DataError, ModelError
from knn_digits.plain import plain
from knn_digits.record import Drawn, Record
from knn_digits.storage import DAMAGE, open_file, read_bounded, refuse_constant

WEIGHTS = pathlib.Path(__file__).with_name("weights")
NETWORKS = ("ann", "cnn", "lenet5", "mlp")  # bundled
CARDS = "weights.json"
BATCH = 500  # digits at once: more are no faster and need more memory
USUAL = 0.5  # strangeness of the digit in the middle, as with neighbors
REFUSED_SHARE = 0.005  # of the digits held out have a strangeness above 1
MAX_BYTES = 64 << 20  # of an ONNX file; ours have half a million
MAX_CARDS = MAX_HEADER  # bytes: of some hundred networks
LARGE = 1e6  # what no number of a card comes near
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Scores(Record):
    """What a network says of each of n digits.

    labels : (n,) int64
        The labels of the highest logits; of equal ones the smallest.
    probabilities : (n, 10) float32
        Softmax of the logits over the card's temperature; rows sum to 1.
    strangeness : (n,) float32
        A novelty score, how weak the highest logit is, see `measure_reach`: above 1 it is weaker than for
        nearly all digits of its label that were held out. The largest number where there is no ink.
    doubt : (n,) float32
        A rejection score, how much speaks against its being a digit: a network knows its strangeness alone.
    logits : (n, 10) float32
        As the network gives them.
    """

    labels: Labels
    probabilities: Probabilities
    strangeness: NDArray[np.float32]
    doubt: NDArray[np.float32]
    logits: NDArray[np.float32]

    def evidence(self, row: int) -> tuple[Indices, Labels, Distances]:
        """Return no neighbors, each (0,): a network has none."""
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)

    def sign(self, row: int) -> tuple[str, float]:
        """Return "" and 0: a network knows digits alone."""
        return "", 0.0


class NetworkClassifier(Drawn):
    """A network that classifies digits; get one with `load`.

    Parameters
    ----------
    content : bytes
        Of the ONNX file.
    card : dict
        What `weights.json` says about the network.
    """

    def __init__(self, content: bytes, card: dict[str, Any]) -> None:
        self.card, self._content = card, content
        self._lock = threading.Lock()  # a network of OpenCV runs in one thread at a time
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        self._network.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the file's content: OpenCV's own network cannot be."""
        return type(self), (self._content, self.card)

    @property
    def header(self) -> dict[str, Any]:
        """What its card says of it."""
        return self.card

    @property
    def knn(self) -> None:
        """None: it has no training digits."""
        return None

    def quick(self) -> "NetworkClassifier":
        """Return itself: it has no quicker way."""
        return self

    @classmethod
    def load(cls, source: str | pathlib.Path) -> "NetworkClassifier":
        """Read a bundled network by its name, or the ONNX file of one that was trained.

        OpenCV parses the file: open none from a stranger. That it is the one of its card is checked.

        Raises
        ------
        ModelError
            If the file or its card is missing, or one of them is damaged or changed.
        """
        path = find_network(source)
        name, card = plain(str(path)), load_card(path)
        try:
            with open_file(path) as file:
                content = read_bounded(file, most=MAX_BYTES)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ModelError(f"cannot open the network {name}: {reason}") from error
        if hashlib.sha256(content).hexdigest() != card["sha256"]:
            raise ModelError(
                f"the network {name} is damaged: its SHA-256 is not its card's; install or train it again"
            )
        try:
            classifier = cls(content, card)
            classifier.logits(np.zeros((2, SIDE, SIDE), np.uint8))
        except cv2.error as error:
            raise ModelError(f"OpenCV {cv2.__version__} cannot run the network {name}") from error
        return classifier

    def classify(self, digits: Digits) -> Scores:
        """Return the scores of each of (n, 28, 28) uint8 digits.

        Raises
        ------
        DataError
            If the digits have another shape or dtype.
        ModelError
            If OpenCV cannot run the network on them, or it gives no numbers.
        """
        logits = self.logits(digits)
        labels = logits.argmax(axis=1).astype(np.int64)
        usual, reach = np.array(self.card["usual"]), np.array(self.card["reach"])
        strangeness = _strangeness(logits.max(axis=1), labels, usual, reach)
        strangeness[find_blank(digits)] = _LARGEST
        return Scores(
            labels=labels,
            probabilities=soften(logits, self.card["temperature"]),
            strangeness=strangeness,
            doubt=strangeness,
            logits=logits,
        )

    def logits(self, digits: Digits) -> NDArray[np.float32]:
        """Return the network's (n, 10) float32 outputs; errors as `classify`."""
        digits = check_digits(digits)
        parts = [self._forward(digits[start : start + BATCH]) for start in range(0, len(digits), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, CLASSES), np.float32)

    def _forward(self, digits: Digits) -> NDArray[np.float32]:
        pixels = digits[:, None].astype(np.float32) / np.float32(255)
        mean, deviation = (np.float32(self.card["input"][name]) for name in ("mean", "deviation"))
        try:
            with self._lock:
                self._network.setInput((pixels - mean) / deviation)
                logits = np.array(self._network.forward(), np.float32)  # a copy: OpenCV writes there again
        except cv2.error as error:
            raise ModelError(f"OpenCV {cv2.__version__} cannot run the network; train it again") from error
        if logits.shape != (len(digits), CLASSES) or not np.isfinite(logits).all():
            raise ModelError("the network gives no ten numbers a digit; train it again")
        return logits


def find_network(source: str | pathlib.Path) -> pathlib.Path:
    """Return the ONNX file of a bundled network's name, or the path as it is."""
    return WEIGHTS / f"{source}.onnx" if source in NETWORKS else pathlib.Path(source)


def load_card(path: pathlib.Path) -> dict[str, Any]:
    """Return the card of an ONNX file from the `weights.json` beside it.

    Raises
    ------
    ModelError
        If there is none, or it is damaged.
    """
    cards = path.with_name(CARDS)
    the_cards, network = plain(str(cards)), plain(path.stem)
    try:
        with open_file(cards) as file:
            content = read_bounded(file, most=MAX_CARDS)
        card = json.loads(content.decode(), parse_constant=refuse_constant)[path.stem]
        _check_card(Fields(card, "it"))
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(
            f"cannot open {the_cards}, the card of the network {plain(str(path))}: {reason}"
        ) from error
    except DAMAGE as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ModelError(
            f"{the_cards} is no whole card of the network {network}: {plain(reason)[:200]}"
        ) from error
    return dict(card)


def _check_card(card: Fields) -> None:
    """Raise DataError if a field that anything here reads is not as `train` writes it."""
    for name in ("network", "command", "device"):
        card.text(name)
    for name in ("seed", "threads", "bytes", "parameters"):
        card.whole(name)
    card.text("date", pattern=DATE)
    card.text("sha256", pattern=SHA256)
    card.texts("versions")
    card.inner("data").text("name")
    card.inner("data").text("sha256", pattern=SHA256)
    epochs, taken, scores = (card.inner(name) for name in ("epochs", "input", "scores"))
    epochs.whole("best", high=epochs.whole("done"))
    taken.text("scale")
    taken.number("mean", low=-LARGE, high=LARGE)
    taken.number("deviation", low=1 / LARGE, high=LARGE)
    card.number("temperature", low=1 / LARGE, high=LARGE)
    for name in ("train", *scores.names()):
        score = scores.inner(name)
        score.whole("errors", high=score.whole("digits", low=1))
        score.number("accuracy", low=0, high=1)
    usual, reach = (card.numbers(name, low=-LARGE, high=LARGE) for name in ("usual", "reach"))
    if not all(math.isfinite(u) and r < u for u, r in zip(usual, reach, strict=True)):
        raise DataError("its reach must be below what is usual")


def soften(logits: NDArray[np.float32], temperature: float) -> Probabilities:
    """Return the softmax of logits over a temperature, (n, 10) float32.

    Examples
    --------
    >>> soften(np.array([[2, 2, *[-1e9] * 8]], np.float32), 0.1)[0, :2].tolist()
    [0.5, 0.5]
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def measure_reach(
    logits: NDArray[np.float32], labels: Labels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how high the highest logit usually is for digits of each label.

    Parameters
    ----------
    logits : (n, 10) float32
        Of digits that were held out.
    labels : (n,) int64
        The true labels of those digits; a label that is not among them is taken for the mean of all.

    Returns
    -------
    usual : (10,) float64
        The median of the highest logit: a strangeness of `USUAL`.
    reach : (10,) float64
        What all but `REFUSED_SHARE` of the digits come up to: a strangeness of 1. In between and beyond it
        goes in proportion, but never below 0.

    References
    ----------
    D. Hendrycks et al. (2022), Scaling out-of-distribution detection for real-world settings, which takes
    the highest logit itself. Ours is set to scale for each label.
    """
    highest = logits.max(axis=1).astype(np.float64)
    usual, reach = np.empty(CLASSES), np.empty(CLASSES)
    for label in range(CLASSES):
        own = highest[labels == label] if (labels == label).any() else highest
        usual[label] = np.median(own)
        reach[label] = min(np.quantile(own, REFUSED_SHARE), usual[label] - np.finfo(np.float32).eps)
    return usual, reach


def _strangeness(
    highest: NDArray[np.float32], labels: Labels, usual: NDArray[np.float64], reach: NDArray[np.float64]
) -> NDArray[np.float32]:
    lack = (usual[labels] - highest) / (usual[labels] - reach[labels])
    return np.asarray((USUAL + (1 - USUAL) * lack).clip(0, _LARGEST), np.float32)
