"""A model file -> the parts of its vectors that are searched apart."""

import pathlib
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of the vectors in a model file."""

    path: pathlib.Path
    sha256: str  # of all its vectors
    start: int
    stop: int
    width: int  # numbers in a vector

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of its vectors."""
        return self.stop - self.start, self.width

    def absolute(self) -> "Part":
        """Return the same, wherever a process looks from."""
        return replace(self, path=self.path.absolute())


def split_model(path: pathlib.Path, sha256: str, shape: tuple[int, ...], n: int) -> tuple[Part, ...]:
    """Return n parts, of about equal length, of the vectors in a model file, (m, d), m at least n."""
    ends = np.linspace(0, shape[0], n + 1).round().astype(int).tolist()
    return tuple(
        Part(path=path, sha256=sha256, start=start, stop=stop, width=shape[1])
        for start, stop in pairwise(ends)
    )
