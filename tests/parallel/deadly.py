"""A classifier that kills the process which asks it about certain digits."""

import os
import pathlib
import signal
from dataclasses import dataclass
from typing import Any, ClassVar

from knn_digits.arrays import Digits
from knn_digits.classifiers.load import load_classifier
from knn_digits.classifiers.network import Scores


@dataclass(frozen=True)
class Deadly:
    """Answers as `cnn` does, but for digits of one label, of which a process dies as long as it may."""

    label: int
    folder: pathlib.Path  # a file there for each death
    deaths: int
    header: ClassVar[dict[str, Any]] = {"name": "deadly"}
    knn = None

    def quick(self) -> "Deadly":
        return self

    def classify(self, digits: Digits) -> Scores:
        scores: Any = load_classifier("cnn").classify(digits)
        died = len(list(self.folder.iterdir()))
        if self.label in scores.labels and died < self.deaths:
            (self.folder / str(died)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return scores  # type: ignore[no-any-return]
