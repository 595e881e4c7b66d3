"""Items of lines -> what each is: a digit, a sign, or nothing that is read.

Boosted trees, some for each name, whose answers are brought to a sum of 1; `signs.json` holds them as
`judge.json` holds those of the judge. A digit that was chosen is one, a sign, or neither, if a letter or
nothing are likelier than a digit; all else is a sign or nothing.
"""

import functools
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, compared_by_content
from knn_digits.reading.context import sigmoid
from knn_digits.reading.evidence import tabulate
from knn_digits.reading.items import Items
from knn_digits.reading.judge import Trees, read_learned
from knn_digits.reading.records import SIGNS, UNKNOWN

FILE = pathlib.Path(__file__).with_name("signs.json")  # made by `python -m benchmarks.learn_signs`
DIGIT, NOTHING = "digit", "nothing"
NAMES = (DIGIT, NOTHING, *SIGNS)  # what an item may be


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Named:
    """What items are; (n,) each.

    rows : (n,) int64
        Of `NAMES`.
    probabilities : (n,) float64
        How probable that is.
    unread : (n,) bool
        What is called nothing, but is more likely a letter or a digit: it tells whose word it stands in.
    """

    rows: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    unread: Mask

    @property
    def names(self) -> list[str]:
        """The names."""
        return [NAMES[row] for row in self.rows]

    @property
    def is_nothing(self) -> Mask:
        """Which are nothing, (n,) bool."""
        return np.asarray(self.rows == NAMES.index(NOTHING))


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class SignJudge:
    """What tells signs from digits and from all else.

    trees : mapping of str to Trees
        Of each of `NAMES` that was learned.
    """

    trees: Mapping[str, Trees]

    def tell(self, items: Items) -> NDArray[np.float64]:
        """Return how probable each of `NAMES` is for each item, (n, names)."""
        shares = np.zeros((len(items), len(NAMES)))
        for name, trees in self.trees.items():
            shares[:, NAMES.index(name)] = sigmoid(trees.log_odds(tabulate(items.features, trees.names)))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def name(self, items: Items) -> Named:
        """Return what each item is."""
        return choose_names(items, self.tell(items))

    def as_dict(self) -> dict[str, Any]:
        """Return the judge as `signs.json` has it."""
        return {name: trees.as_dict() for name, trees in self.trees.items()}


def choose_names(items: Items, probabilities: NDArray[np.float64]) -> Named:
    """Return what each item is most likely, of what it may be.

    One that was not chosen is nothing where a digit or nothing are likelier together than all else, unless a
    sign is likelier than either. A digit that was chosen is a letter or nothing where these are likelier
    together than a digit, unless a sign is.
    """
    may_be = probabilities.copy()
    digits = items.is_digit
    other = [NAMES.index(name) for name in (NOTHING, UNKNOWN)]
    may_be[:, other] *= ~digits[:, None]
    nothing = [NAMES.index(DIGIT), NAMES.index(NOTHING)]
    signs = [NAMES.index(name) for name in SIGNS if name != UNKNOWN]
    is_sign = np.isin(probabilities.argmax(axis=1), signs)
    absent = ~digits & ~is_sign & (probabilities[:, nothing].sum(axis=1) > 0.5)
    may_be[:, nothing] *= digits[:, None]
    rows = np.where(absent, NAMES.index(NOTHING), may_be.argmax(axis=1))
    digit, others = probabilities[:, NAMES.index(DIGIT)], probabilities[:, other]
    left_out = digits & (rows == NAMES.index(DIGIT)) & (others.sum(axis=1) > digit)
    rows = np.where(left_out, np.take(other, others.argmax(axis=1)), rows)
    mark = probabilities[:, [NAMES.index(DIGIT), NAMES.index(UNKNOWN)]].sum(axis=1)
    unread = (rows == NAMES.index(NOTHING)) & (mark > probabilities[:, NAMES.index(NOTHING)])
    return Named(rows=rows, probabilities=probabilities[np.arange(len(rows)), rows], unread=unread)


@functools.cache
def load_sign_judge() -> SignJudge:
    """Return the judge of signs that comes with the package; ModelError if its file was changed."""
    return SignJudge(trees={name: Trees.from_dict(trees) for name, trees in read_learned(FILE).items()})
