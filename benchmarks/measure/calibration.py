"""Training digits -> which way makes the best probabilities of votes, compared tenfold.

Digits that validation holds out are classified by the rest; each way learns from nine tenths of these
answers and is measured on the tenth that is left, in turn.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.settings import SETTINGS, find_setting, fit_setting
from benchmarks.models.study import hold_out
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.arrays import CLASSES, Labels, Probabilities
from knn_digits.classifiers.calibrate import learn_calibration
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.reliability import calibration_error, log_loss
from knn_digits.vote import Votes

NAMES = ("blocks, k 11", "pixels, k 11", "default")
FOLDS = 10
SEED = 1
Rows = NDArray[np.int64]
Way = Callable[[Votes, Labels, Rows, Rows], Probabilities]  # learns from the first rows, answers the others


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="`sample`, `mnist`, or a folder with its IDX files")
    add("--only", action="append", metavar="NAME", choices=[setting.name for setting in SETTINGS])
    add_output_option(parser)
    options = parser.parse_args(arguments)
    training = load_dataset(options.data, split="train")
    result = {
        "training_sha256": training.sha256,
        "folds": FOLDS,
        "seed": SEED,
        "measured": [compare(name, training) for name in progress(options.only or NAMES, "settings")],
    }
    print(write_record(options.output, record("calibration", result, options="--data FOLDER")))


def compare(name: str, training: Dataset) -> dict[str, Any]:
    """Return the log loss and the calibration error of each way with one setting."""
    rest, held = hold_out(training)
    votes = fit_setting(find_setting(name), rest).classify(held.digits)
    folds = np.random.default_rng(SEED).permutation(len(held.labels)) % FOLDS
    ways = {way: _measure(learn, votes, held.labels, folds) for way, learn in WAYS.items()}
    return {"setting": name, "digits": len(held.labels), "ways": ways}


def _measure(learn: Way, votes: Votes, truth: Labels, folds: Rows) -> dict[str, float]:
    probabilities = np.empty((len(truth), CLASSES))
    for fold in range(FOLDS):
        known, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        probabilities[asked] = learn(votes, truth, known, asked)
    right = probabilities.argmax(axis=1) == truth
    return {
        "log_loss": log_loss(probabilities[np.arange(len(truth)), truth]),
        "calibration_error": calibration_error(probabilities.max(axis=1), right),
    }


def _shares(votes: Votes, _: Labels, __: Rows, asked: Rows) -> Probabilities:
    return votes.shares[asked]


def _isotonic(votes: Votes, truth: Labels, known: Rows, asked: Rows) -> Probabilities:
    """B. Zadrozny, C. Elkan (2002): one step function for all labels, then scaled to sum to 1."""
    from sklearn.isotonic import IsotonicRegression

    hits = (truth[known][:, None] == np.arange(CLASSES)).ravel()
    steps = IsotonicRegression(out_of_bounds="clip").fit(votes.shares[known].ravel(), hits)
    raw = steps.predict(votes.shares[asked].ravel()).reshape(-1, CLASSES).clip(1e-6)
    return np.asarray(raw / raw.sum(axis=1, keepdims=True), np.float32)


def _one_map(votes: Votes, truth: Labels, known: Rows, asked: Rows) -> Probabilities:
    return learn_calibration(votes.shares[known], truth[known])(votes.shares[asked])


def _two_maps(votes: Votes, truth: Labels, known: Rows, asked: Rows) -> Probabilities:
    """One for digits whose neighbors agree, one for those that are refined."""
    probabilities = np.empty((len(asked), CLASSES), np.float32)
    for kind in np.unique(votes.refined[asked]):
        own, there = known[votes.refined[known] == kind], votes.refined[asked] == kind
        probabilities[there] = _one_map(votes, truth, own, asked[there])
    return probabilities


WAYS: Mapping[str, Way] = {
    "shares": _shares,
    "isotonic": _isotonic,
    "one map": _one_map,
    "two maps": _two_maps,
}


if __name__ == "__main__":
    run(main)
