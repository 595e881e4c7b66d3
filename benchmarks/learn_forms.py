"""Drawn forms -> knn_digits/forms/trust.json: how likely marks and fields of forms are read right.

Run as `python -m benchmarks.learn_forms --data MNIST --hands DIR [--pages N]`. Digits are training digits of
MNIST that the bundled model does not refer to, and the first half of each collection of other hands.
"""

import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from benchmarks.data.forms.fill import Filled, fill_form
from benchmarks.data.forms.form import LAYOUTS, print_form
from benchmarks.data.forms.page import show
from benchmarks.data.forms.pools import half_pool
from benchmarks.data.forms.readers import reader_of
from benchmarks.data.pages.pool import Pool, training_pool
from benchmarks.records import write_json
from benchmarks.script import Parser, describe_run, progress, run
from knn_digits.forms.reader import FormReader, Seen
from knn_digits.forms.trust import NAMES, TRUST, Trust

SEED = 5000  # forms and pages from here on
FORMS = 12
STRENGTH = 1.0  # of the regression's penalty, inverse
POINTS = 200  # of a curve


@dataclass(frozen=True)
class Notes:
    """What is read on pages, and whether it is what stands there.

    rows : list of (n, 14) float64
        By page: the features of its marks.
    right, there : list of bool
        By mark: whether it is read right, and whether it is a digit at all.
    fields : list of (int, int, bool, int)
        By field: its first mark and the one after its last, whether what seems blank in it is, and how much.
    """

    rows: list[NDArray[np.float64]] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    there: list[bool] = field(default_factory=list)
    fields: list[tuple[int, int, bool, int]] = field(default_factory=list)

    def add(self, reader: FormReader, seen: Sequence[Seen], filled: Filled) -> None:
        """Note what a reader says of a page."""
        labels: Iterator[int] = iter(())
        if (answered := reader.classify(seen)) is not None:
            labels = iter(answered.votes.labels[list(answered.rows)].tolist())
            self.rows.append(reader.describe(seen, answered))
        for one in seen:
            read = [next(labels) if mark else None for mark in one.marks]
            truth = filled.cells[one.field.name]
            self._add_field(truth if one.field.cells else _fitting(truth, len(read)), read)

    def _add_field(self, truth: Sequence[str], read: Sequence[int | None]) -> None:
        begun = len(self.right)
        for what, label in zip(truth, read, strict=True):
            if label is not None:
                self.right.append(what == str(label))
                self.there.append(what != "")
        blank = [what for what, label in zip(truth, read, strict=True) if label is None]
        self.fields.append((begun, len(self.right), not any(blank), len(blank) or not read))


def _fitting(truth: tuple[str, ...], n: int) -> tuple[str, ...]:
    """Return what stands on a line, mark by mark: "!", as no mark is read, where they are not as many."""
    if n == len(truth):
        return truth
    return ("!" if truth else "",) * n


def main(arguments: Sequence[str]) -> None:
    """Learn and write."""
    parser = Parser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hands", type=pathlib.Path, required=True)
    parser.add_argument("--pages", type=int, default=300)
    options = parser.parse_args(arguments)
    pool = half_pool(training_pool(mnist=options.data, hands=options.hands), 0)
    trust, notes = learn(pool, options.pages)
    command = f"python -m benchmarks.learn_forms --data FOLDER --hands DIR --pages {options.pages}"
    held = {name: np.round(value, 6).tolist() for name, value in vars(trust).items()}
    write_json(TRUST, {"run": describe_run(command), "features": list(NAMES), "notes": notes, "trust": held})
    print(TRUST)


def learn(pool: Pool, pages: int) -> tuple[Trust, dict[str, Any]]:
    """Return what so many drawn pages teach."""
    forms = [print_form(SEED + i, LAYOUTS[i % len(LAYOUTS)]) for i in range(FORMS)]
    readers = [reader_of(form, trust=untaught()) for form in forms]
    notes = Notes()
    fits: tuple[list[float], list[float]] = [], []
    for i in progress(range(pages), "pages"):
        random = np.random.default_rng(SEED + i)
        filled = fill_form(forms[i % FORMS], pool, random)
        picture = show(filled, random).pixels
        _, placed = readers[i % FORMS].place(picture)
        other = readers[(i + 1 + i // FORMS % (FORMS - 1)) % FORMS].place(picture)[1] if i % 4 == 0 else None
        fits[1].extend([other.fit] if other else [])
        fits[0].append(placed.fit if placed else -1.0)
        if placed is None or placed.fit < 0.55:
            continue
        seen = readers[i % FORMS].look(picture, 1, placed)
        notes.add(readers[i % FORMS], seen, filled)
    return _fit(np.concatenate(notes.rows), np.array(notes.right), np.array(notes.there), notes.fields, fits)


def untaught() -> Trust:
    """Return trust in everything, to begin with."""
    none, n = np.zeros(1), len(NAMES)
    return Trust(
        right=np.zeros(n + 1), there=np.zeros(n + 1), mean=np.zeros(n), spread=np.ones(n), blank=0.99,
        places=none, calibrated=none, limits=none, errors=none, flagged=none, least_fit=0.55,
    )  # fmt: skip


def _fit(
    rows: NDArray[np.float64], right: NDArray[np.bool_], there: NDArray[np.bool_],
    fields: Sequence[tuple[int, int, bool, int]], fits: tuple[list[float], list[float]],
) -> tuple[Trust, dict[str, Any]]:  # fmt: skip
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    normal = (rows - mean) / spread
    models = []
    for target, use in ((right, there), (there, np.ones(len(there), bool))):
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(normal[use], target[use])
        models.append(np.append(model.coef_[0], model.intercept_[0]))
    empty = [ok for _, _, ok, blanks in fields if blanks]
    blank = (sum(empty) + 1) / (len(empty) + 2)
    own, other = np.sort(fits[0]), np.sort(fits[1])
    least = float((np.quantile(own, 0.01) + other[-1]) / 2)
    half = Trust(
        right=models[0], there=models[1], mean=mean, spread=spread, blank=blank, places=np.zeros(1),
        calibrated=np.zeros(1), limits=np.zeros(1), errors=np.zeros(1), flagged=np.zeros(1), least_fit=least,
    )  # fmt: skip
    p, q = half.judge(rows)
    together, good = [], []
    for begun, end, empty_right, blanks in fields:
        part = slice(begun, end)
        is_there = q[part] >= 0.5
        logs = np.where(
            is_there, np.log(np.maximum(p[part] * q[part], 1e-6)), np.log(1 - q[part].clip(0, 0.999))
        )
        together.append(float(logs.sum()) + int(blanks) * float(np.log(blank)))
        good.append(bool(empty_right and (np.where(is_there, right[part] & there[part], ~there[part])).all()))
    return _calibrated(half, np.array(together), np.array(good), own, other)


def _calibrated(
    half: Trust, together: NDArray[np.float64], good: NDArray[np.bool_], own: Any, other: Any
) -> tuple[Trust, dict[str, Any]]:
    smooth = IsotonicRegression(y_min=0.01, y_max=0.9995, out_of_bounds="clip").fit(together, good)
    places = np.unique(np.quantile(together, np.linspace(0, 1, POINTS)))
    # A slope, however slight, keeps fields apart that are right as often.
    calibrated = smooth.predict(places) + 1e-4 * np.linspace(-1, 0, len(places))
    probability = np.interp(together, places, calibrated)
    limits = np.unique(np.quantile(probability, np.linspace(0, 0.5, POINTS)))
    errors = [float(((probability >= limit) & ~good).mean()) for limit in limits]
    flagged = [float((probability < limit).mean()) for limit in limits]
    trust = Trust(
        **{**vars(half), "places": places, "calibrated": calibrated, "limits": limits,
           "errors": np.array(errors), "flagged": np.array(flagged)}
    )  # fmt: skip
    notes = {
        "fields": len(good), "right": float(good.mean()),
        "lowest fits of own pages": own[:8].round(3).tolist(),
        "highest fits of other pages": other[-8:].round(3).tolist(),
    }  # fmt: skip
    return trust, notes


if __name__ == "__main__":
    run(main)
