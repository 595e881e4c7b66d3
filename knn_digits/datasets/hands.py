"""Stage 2′: `hands.npz` -> digits as the rest of the world writes them, and marks that are no digits.

MNIST was written in the United States, where a 1 is a bar; and it holds digits alone, so that a + is most
like a 4. A model that knows these few beside its own digits reads the one right and refuses the other.
"""

import functools
import pathlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Labels

OTHER = "other"  # the name of marks of foreign alphabets, of halves of digits, of scribbles
PAIR = "pair"  # of two digits that touch
HANDS = pathlib.Path(__file__).with_name("hands.npz")  # see HANDS.md


@dataclass(frozen=True, eq=False, kw_only=True)
class Hands:
    """Digits of other hands, and marks that are no digits.

    Parameters
    ----------
    digits : (n, 28, 28) uint8
    labels : (n,) int64
        0..9.
    sources : (n,) str
        Whose they are: "bhmsds" (Polish), "hwd1000" or "drawn"; in this order.
    signs : (m, 28, 28) uint8
        Marks that are no digits, brought to the size and stroke of digits.
    names : (m,) str
        What they are: "+", "w" and others, `PAIR`, or `OTHER` where it has no name of its own.
    """

    digits: Digits
    labels: Labels
    sources: NDArray[np.str_]
    signs: Digits
    names: NDArray[np.str_]

    def without_signs(self) -> "Hands":
        """Return the digits alone."""
        return replace(self, signs=self.signs[:0], names=self.names[:0])


@functools.cache
def load_hands() -> Hands:
    """Return the hands that come with the package.

    Examples
    --------
    >>> hands = load_hands()
    >>> hands.digits.shape[1:], sorted(set(hands.labels.tolist())) == list(range(10))
    ((28, 28), True)
    >>> "+" in hands.names
    True
    """
    with np.load(HANDS, allow_pickle=False) as file:
        return Hands(
            digits=file["digits"],
            labels=file["labels"].astype(np.int64),
            sources=file["sources"],
            signs=file["signs"],
            names=file["names"],
        )


def call_sign(name: str) -> str:
    """Return what a mark that is no digit is called in a sentence.

    Examples
    --------
    >>> call_sign("+"), call_sign(PAIR)
    ('a +', 'two digits in one')
    """
    return {OTHER: "a mark that is no digit", PAIR: "two digits in one"}.get(name, f"a {name}")
