"""Collections of handwriting -> the pool that pages are written from, apart from what models refer to.

No picture of a pool is a reference of the bundled model, so that a judge which learns from drawn pages meets
digits as strange to the model as a reader's are.
"""

import hashlib
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from knn_digits.arrays import CLASSES, Digits, Labels, Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import BUNDLED
from knn_digits.datasets import load_dataset
from knn_digits.datasets.hands import load_hands
from knn_digits.digit import match_stroke, normalize

SEED = 31
MOST_MNIST = 12_000  # digits of MNIST in a pool
MOST_OF_A_NAME = 300  # pictures of a name that are taken from another collection
SIGNS = {"dot": ".", "minus": "-", "plus": "+", "slash": "/"}  # of bhmsds -> as they are printed
LETTERS = ("w", "x", "y", "z")  # of bhmsds
NEIGHBORS, AGREED = 7, 3  # of a picture, and how many of them bear its name if it is right
FOREIGN = 2000  # characters of omniglot that are taken


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """Pictures to write with, ink bright on 0."""

    hands: Mapping[str, tuple[Digits, Labels]]  # name of a source: its digits, in the order of its writers
    signs: Mapping[str, Sequence[Pixels]]  # as printed: pictures
    foreign: Sequence[Pixels]  # characters of other scripts


def training_pool(*, mnist: str | None = None, hands: pathlib.Path | None = None) -> Pool:
    """Return what pages for training are written from.

    Parameters
    ----------
    mnist : str, optional
        MNIST as `load_dataset` takes it; its training digits are used. Without it, the package's sample.
    hands : Path, optional
        A folder with bhmsds.npz, hwd1000.npz and omniglot.npz. Without it, there are no other hands.
    """
    seen = reference_hashes()
    training = load_dataset(mnist, split="train") if mnist else load_dataset("sample")
    order = np.random.default_rng(SEED).permutation(len(training.labels))
    rows = [row for row in order[: 2 * MOST_MNIST] if digest(training.digits[row]) not in seen]
    rows = sorted(rows[:MOST_MNIST])
    written = {"mnist": (training.digits[rows], training.labels[rows].astype(np.int64))}
    signs: dict[str, Sequence[Pixels]] = {}
    foreign: Sequence[Pixels] = ()
    if hands:
        others = _unknown(hands / "bhmsds.npz", seen)
        written["bhmsds"] = _digits(others)
        written["hwd1000"] = _digits(_unknown(hands / "hwd1000.npz", seen))
        names = SIGNS | {letter: letter for letter in LETTERS}
        signs = {printed: others[name] for name, printed in names.items()}
        foreign = _foreign(hands / "omniglot.npz", seen)
    return Pool(hands=written, signs=signs, foreign=foreign)


def reference_hashes() -> set[bytes]:
    """Return the digests of all digits and signs that the bundled model refers to."""
    own, hands = DigitKNN.load(BUNDLED).own[0], load_hands()
    return {digest(digit) for digits in (own, hands.digits, hands.signs) for digit in digits}


def digest(digit: Pixels) -> bytes:
    """Return what tells a picture from all others."""
    return hashlib.sha256(np.ascontiguousarray(digit).tobytes()).digest()


def _unknown(path: pathlib.Path, seen: set[bytes]) -> dict[str, list[Pixels]]:
    """Return pictures of each name, evenly from all writers, that are no references and rightly named."""
    with np.load(path) as file:
        pictures, names = file["pictures"], file["marks"]
    rows = np.concatenate([_spread(np.flatnonzero(names == name)) for name in np.unique(names)])
    rows = rows[_agreed(pictures[rows], names[rows])]
    rows = rows[[not _is_seen(pictures[row], seen) for row in rows]]
    return {str(name): list(pictures[rows[names[rows] == name]]) for name in np.unique(names)}


def _foreign(path: pathlib.Path, seen: set[bytes]) -> list[Pixels]:
    with np.load(path) as file:
        pictures = file["pictures"]
    rows = np.random.default_rng(SEED).permutation(len(pictures))[:FOREIGN]
    return [pictures[row] for row in rows if not _is_seen(pictures[row], seen)]


def _is_seen(picture: Pixels, seen: set[bytes]) -> bool:
    return digest(normalize([match_stroke(picture)])[0]) in seen


def _spread(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[:: max(1, len(rows) // MOST_OF_A_NAME)]


def _agreed(pictures: Digits, names: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return which pictures bear the name of enough others that look like them."""
    blurred = np.stack([cv2.GaussianBlur(one, (0, 0), 1.5) for one in pictures]).reshape(len(pictures), -1)
    near = NearestNeighbors(n_neighbors=NEIGHBORS + 1).fit(blurred).kneighbors(blurred)[1]
    # A picture is its own nearest neighbor.
    return np.asarray((names[near] == names[:, None]).sum(axis=1) > AGREED)


def _digits(pictures: Mapping[str, Sequence[Pixels]]) -> tuple[Digits, Labels]:
    labels = [label for label in range(CLASSES) for _ in pictures[str(label)]]
    digits = [picture for label in range(CLASSES) for picture in pictures[str(label)]]
    return np.stack(digits), np.array(labels, np.int64)
