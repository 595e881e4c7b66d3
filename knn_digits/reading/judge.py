"""Features of marks -> the probability that each is a digit of the text, with its label right.

Boosted trees, small and open: `judge.json` holds them as lists of numbers, with the names of what they ask,
what they were learned from and how they fared on sources left out.
"""

import functools
import hashlib
import itertools
import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.errors import ModelError
from knn_digits.reading.choice import Evidence, choose, choose_more, choose_parts
from knn_digits.reading.context import log_odds, measure_context, sigmoid
from knn_digits.reading.evidence import Features, chunks, tabulate
from knn_digits.reading.marks import Marks
from knn_digits.reading.whole import Whole, measure_whole

FILE = pathlib.Path(__file__).with_name("judge.json")  # made by `python -m benchmarks.learn_judge`
_JUDGE = ',"judge":'  # what stands before its text in a file


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Trees:
    """Boosted trees: the log-odds are the sum of what the leaves say, which a mark reaches.

    names : tuple of str
        Of the features that the trees ask.
    start : float
        The log-odds before any tree.
    roots : (trees,) int64
        The first node of each tree.
    asked : (nodes,) int64
        The feature that a node asks, -1 for a leaf.
    limits : (nodes,) float64
        Up to this value of it a mark goes to the next node, above it to `right`.
    right : (nodes,) int64
    values : (nodes,) float64
        What a leaf adds; of another node the mean of what its leaves add.
    """

    names: tuple[str, ...]
    start: float
    roots: NDArray[np.int64]
    asked: NDArray[np.int64]
    limits: NDArray[np.float64]
    right: NDArray[np.int64]
    values: NDArray[np.float64]

    def log_odds(self, table: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the log-odds of marks with these features (n, names), (n,) float64."""
        odds = np.empty(len(table))
        for rows in chunks(len(table)):
            *_, leaves = self._walk(table[rows])
            odds[rows] = self.start + self.values[leaves].sum(axis=1)
        return odds

    def contributions(self, table: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what each feature adds to the log-odds, (n, names): the change of value at each node asked.

        References
        ----------
        A. Saabas (2014), Interpreting random forests.
        """
        added = np.zeros((len(table), len(self.names)))
        for before, after in itertools.pairwise(self._walk(table)):
            moved = before != after
            rows = np.nonzero(moved)[0]
            change = self.values[after[moved]] - self.values[before[moved]]
            np.add.at(added, (rows, self.asked[before[moved]]), change)
        return added

    def _walk(self, table: NDArray[np.float32]) -> Iterator[NDArray[np.int64]]:
        """Yield the nodes at which marks are, step by step, each (n, trees)."""
        nodes = np.broadcast_to(self.roots, (len(table), len(self.roots)))
        starts = len(self.names) * np.arange(len(table))[:, None]
        yield nodes
        while not ((asked := self.asked.take(nodes)) < 0).all():
            low = table.take(starts + asked) <= self.limits.take(nodes)
            nodes = self._next.take(2 * nodes + low)
            yield nodes

    @functools.cached_property
    def _next(self) -> NDArray[np.int64]:
        """The nodes that follow on each, above its limit and up to it, (nodes, 2); on a leaf itself."""
        own = np.arange(len(self.asked))
        return np.where(self.asked[:, None] < 0, own[:, None], np.stack([self.right, own + 1], axis=1))

    def as_dict(self) -> dict[str, Any]:
        """Return the trees as `judge.json` has them: node by node, each before its left and its right part.

        Only nodes that ask have a limit.
        """
        limits = [float(f"{value:.6g}") for value in self.limits[self.asked >= 0]]
        values = [float(f"{value:.4g}") for value in self.values]
        named: dict[str, Any] = {"names": list(self.names), "start": self.start}
        return named | {"asked": self.asked.tolist(), "limits": limits, "values": values}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Trees":
        """Return what `as_dict` gave."""
        asked = np.array(stored["asked"], np.int64)
        limits = np.zeros(len(asked))
        limits[asked >= 0] = stored["limits"]
        roots, right = _branch(asked)
        learned: dict[str, Any] = {"names": tuple(stored["names"]), "start": float(stored["start"])}
        learned |= {"limits": limits, "values": np.array(stored["values"], np.float64)}
        return cls(roots=roots, asked=asked, right=right, **learned)


def _branch(asked: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the roots of trees, and what stands on the right of each node, 0 of a leaf.

    Of the parts that are begun, a node that asks opens one more and a leaf ends one: where for the first time
    one less is open than at a node, its left part has ended.
    """
    n, leaf = len(asked), asked < 0
    begun = np.cumsum(np.where(leaf, -1, 1))
    order = np.argsort(begun, kind="stable")
    keys = begun[order] * n + order
    right = np.zeros(n, np.int64)
    asking = np.flatnonzero(~leaf)
    right[asking] = order[np.searchsorted(keys, (begun[asking] - 1) * n + asking)] + 1
    ends = np.flatnonzero(begun < np.minimum.accumulate(np.concatenate([[0], begun[:-1]])))
    return np.concatenate([[0], ends[:-1] + 1]), right


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What speaks for marks.

    evidence : (n,) float64
        The probability that each is a digit of the text with its label right.
    digits : (n,) float64
        The probability that it is a digit of the text, whatever its label.
    features : dict
        In context, by name.
    whole : float
        The probability that there are digits on the page at all.
    """

    evidence: Evidence
    digits: Evidence
    features: Features
    whole: float = 0.0


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """What tells digits of the text from all else.

    alone : Trees
        By the features of a mark.
    among : Trees
        By some of these, and by what stands beside it with which evidence.
    beside : Trees
        By the same, with the evidence that `among` gave.
    there : Trees
        By the same as `beside`, whether it is a digit of the text, whatever its label.
    calibration : (m, 2) float64
        Log-odds and the calibrated probability of it, ascending.
    alike : float
        What the logarithms of the votes of digits of a page that look like one count, its own as 1.
    settled : (4,) float64
        A constant, and what is added by log-odds of the evidence, by those of another model, and where it
        gives another label by itself: evidence tells nothing of that.
    whole : Whole
        Whether there are digits on a page at all.
    least : float
        The probability from which a mark is read.
    least_part : float
        The same of a part of what is cut, where another part is read.
    """

    alone: Trees
    among: Trees
    beside: Trees
    there: Trees
    calibration: NDArray[np.float64]
    alike: float
    settled: NDArray[np.float64]
    whole: Whole
    least: float
    least_part: float

    def judge(self, marks: Marks) -> Judged:
        """Return what speaks for each mark."""
        if not len(marks):
            return Judged(evidence=np.zeros(0), digits=np.zeros(0), features={})
        first = sigmoid(self.alone.log_odds(marks.table(self.alone.names)))
        among = tabulate(in_context(marks, first), self.among.names)
        features = in_context(marks, sigmoid(self.among.log_odds(among)))
        table = tabulate(features, self.beside.names)
        evidence = self.calibrate(self.beside.log_odds(table))
        digits = np.maximum(evidence, sigmoid(self.there.log_odds(table)))
        whole = self.whole.tell(measure_whole(marks.boxes, evidence, marks.features))
        return Judged(evidence=evidence, digits=digits, features=features, whole=float(whole))

    def choose(self, marks: Marks, judged: Judged) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows of the marks that are read, and of more that are digits, but which is not known.

        Each with the best first; none of a page without digits.
        """
        if not len(marks) or judged.whole < self.whole.least:
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        chosen = choose(marks.boxes, judged.evidence, least=self.least)
        parts = choose_parts(marks.boxes, judged.evidence, marks.wholes, chosen, least=self.least_part)
        chosen = np.concatenate([chosen, parts])
        return chosen, choose_more(marks.boxes, judged.digits, chosen, least=0.5)

    def calibrate(self, log_odds: NDArray[np.float64]) -> Evidence:
        """Return the probabilities of log-odds (n,)."""
        known, probabilities = self.calibration.T
        return np.asarray(np.interp(log_odds, known, probabilities), np.float64)

    def settle(
        self, evidence: Evidence, sure: NDArray[np.float64], same: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the probability that another model's labels are right.

        Parameters
        ----------
        evidence : (n,) float64
            That these are digits, with the label that this judge's model gives.
        sure : (n,) float64
            The probability that the other model gives its own label.
        same : (n,) bool
            Whether the two labels are one, or digits of the page changed that of the other model.
        """
        return sigmoid(self.settled[0] + said_of_labels(evidence, sure, same) @ self.settled[1:])

    def as_dict(self) -> dict[str, Any]:
        """Return the judge as `judge.json` has it."""
        return {
            "alone": self.alone.as_dict(),
            "among": self.among.as_dict(),
            "beside": self.beside.as_dict(),
            "there": self.there.as_dict(),
            "calibration": [[round(float(value), 5) for value in pair] for pair in self.calibration],
            "alike": round(self.alike, 4),
            "settled": [round(float(value), 4) for value in self.settled],
            "whole": self.whole.as_dict(),
            "least": self.least,
            "least_part": self.least_part,
        }


def said_of_labels(
    evidence: Evidence, sure: NDArray[np.float64], same: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return what `Judge.settle` adds up, (n, 3), of the same."""
    return np.stack([log_odds(evidence) * same, log_odds(sure), ~same], axis=1)


def in_context(marks: Marks, evidence: Evidence) -> Features:
    """Return the features of marks, and those of what stands beside each with this evidence."""
    context = measure_context(marks.boxes, evidence, marks.features)
    return marks.features | {name: np.asarray(f, np.float32) for name, f in context.items()}


def learned_text(about: Mapping[str, Any], judge: Mapping[str, Any]) -> str:
    """Return what the file of a judge holds: what is told of it, the SHA-256 of its text, and the text."""
    text = json.dumps(judge, separators=(",", ":"))
    told = json.dumps(about, separators=(",", ":"))
    return f'{{"about":{told},{_signed(text)}{text}}}\n'


def read_learned(path: pathlib.Path) -> dict[str, Any]:
    """Return a judge as a dict, from the file that `learned_text` made; ModelError if it was changed."""
    head, mark, text = path.read_text(encoding="utf-8").rstrip().removesuffix("}").partition(_JUDGE)
    if not (head + mark).endswith(_signed(text)):
        raise ModelError(f"{path} was changed: install the package again")
    return dict(json.loads(text))


def _signed(text: str) -> str:
    return f'"sha256":"{hashlib.sha256(text.encode()).hexdigest()}"{_JUDGE}'


@functools.cache
def load_judge() -> Judge:
    """Return the judge that comes with the package; ModelError if its file was changed."""
    judge = read_learned(FILE)
    trees: dict[str, Any] = {
        name: Trees.from_dict(judge[name]) for name in ("alone", "among", "beside", "there")
    }
    learned: dict[str, Any] = {
        name: np.array(judge[name], np.float64) for name in ("calibration", "alike", "settled")
    }
    limits: dict[str, Any] = {name: float(judge[name]) for name in ("least", "least_part")}
    return Judge(**trees, **learned, whole=Whole.from_dict(judge["whole"]), **limits)
