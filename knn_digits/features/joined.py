"""Stage 3: digit -> the vectors of several features, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from knn_digits.arrays import Digits, Vectors

if TYPE_CHECKING:
    from knn_digits.features import Feature


@dataclass(frozen=True)
class Joined:
    """Several features as one: (n, 28, 28) uint8 -> (n, d1 + d2 + ...) float32.

    Nothing is scaled: where their ranges differ, learn directions from them, which weigh each number.

    Parameters
    ----------
    parts : tuple of Feature

    Examples
    --------
    >>> from knn_digits.features import make_feature
    >>> make_feature("blocks+pixels")(np.zeros((3, 28, 28), np.uint8)).shape
    (3, 804)
    """

    parts: tuple[Feature, ...]

    def __call__(self, digits: Digits) -> Vectors:
        """Return one float32 vector for each digit."""
        return np.concatenate([part(digits) for part in self.parts], axis=1)
