"""Drawn forms -> knn_digits/forms/trust.json: how likely marks and fields of forms are read right.

Run as `python -m benchmarks.learn_forms --data MNIST --hands DIR [--pages N]`. The bundled model keeps the
digits of MNIST that are hard, so that the others are too easy to learn from: forms are filled with the sixth
that is held out, and read by a model made of the rest as the bundled one is of all. Other hands are the first
half of each collection. What is said of limits is of forms left out: five folds.
"""

import pathlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from benchmarks.data.forms.fill import fill_form
from benchmarks.data.forms.form import LAYOUTS, print_form
from benchmarks.data.forms.page import show
from benchmarks.data.forms.pools import half_pool
from benchmarks.data.forms.readers import reader_of
from benchmarks.data.pages.pool import Pool, training_pool
from benchmarks.judge.forms import Notes, judge_fields, targets
from benchmarks.models.bundled import held_out_model
from benchmarks.records import write_json
from benchmarks.script import Parser, describe_run, progress, run
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.forms.place import LEAST_FIT
from knn_digits.forms.reader import FormReader
from knn_digits.forms.trust import KINDS, TRUST, Chances, Trust

SEED = 30_000  # forms and pages from here on
FORMS = 30
FOLDS = 5
STRENGTH = 0.3  # of the regression's penalty, inverse
POINTS = 200  # of a curve
SLOPE = 1e-4  # of probability over the whole curve: fields that are right as often are kept apart
BOUNDS = 0.01, 0.9995  # of a field's probability
CURVE = 0.002, 0.005, 0.01, 0.02, 0.03  # of fields may be wrong unseen: what has to be looked at then is told


def main(arguments: Sequence[str]) -> None:
    """Learn and write."""
    parser = Parser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hands", type=pathlib.Path, required=True)
    parser.add_argument("--pages", type=int, default=600)
    options = parser.parse_args(arguments)
    model, digits, labels = held_out_model(options.data)
    pool = half_pool(training_pool(hands=options.hands), 0)
    pool = replace(pool, hands={**pool.hands, "mnist": (digits, labels)})
    write(*learn(pool, model, options.pages), options.pages)


def write(trust: Trust, notes: dict[str, Any], pages: int) -> None:
    """Write what was learned."""
    command = f"python -m benchmarks.learn_forms --data FOLDER --hands DIR --pages {pages}"
    write_json(TRUST, {"run": describe_run(command), "notes": notes, "trust": trust.as_dict()})
    print(TRUST, notes)


def learn(pool: Pool, model: DigitKNN, pages: int) -> tuple[Trust, dict[str, Any]]:
    """Return what so many drawn pages teach."""
    forms = [print_form(SEED + i, LAYOUTS[i % len(LAYOUTS)]) for i in range(FORMS)]
    readers = [reader_of(form, model=model, trust=untaught()) for form in forms]
    notes, fits = Notes(), (list[float](), list[float]())
    for i in progress(range(pages), "pages"):
        random = np.random.default_rng(SEED + i)
        filled = fill_form(forms[i % FORMS], pool, random)
        picture = show(filled, random).pixels
        placed = note_fits(readers, i, picture, fits)
        if placed is not None and placed.fit >= LEAST_FIT:
            notes.add(readers[i % FORMS], readers[i % FORMS].look(picture, 1, placed), filled, i % FORMS)
    return fit(notes, fits)


def note_fits(
    readers: Sequence[FormReader], i: int, picture: Any, fits: tuple[list[float], list[float]]
) -> Any:
    """Return how a page lies on its own form; note how it fits that, and each fourth how another."""
    _, placed = readers[i % FORMS].place(picture)
    fits[0].append(placed.fit if placed else -1.0)
    if i % 4 == 0:
        other = readers[(i + 1 + i // FORMS % (FORMS - 1)) % FORMS].place(picture)[1]
        fits[1].append(other.fit if other else -1.0)
    return placed


def untaught() -> Trust:
    """Return trust in everything, to begin with."""
    none, n = np.zeros(1), np.zeros(2)
    return Trust(
        names=("odds",), mean=none, spread=none + 1, there=n, struck=n, right=n, blank=0.99, places=none,
        calibrated=none, limits=none, errors=none, flagged=none, least_fit=LEAST_FIT,
    )  # fmt: skip


def fit(notes: Notes, fits: tuple[list[float], list[float]]) -> tuple[Trust, dict[str, Any]]:
    """Return what the notes teach, and how it fares on forms left out."""
    weights, left_out = _weights(notes)
    blanks, missed = (sum(getattr(one, name) for one in notes.fields) for name in ("blanks", "missed"))
    blank = (blanks - missed + 1) / (blanks + 2)
    together, good = judge_fields(notes, left_out, blank)
    own, other = np.sort(fits[0]), np.sort(fits[1])
    told = {
        "forms": FORMS, "marks": len(notes.labels), "fields": len(good), "right": float(good.mean()),
        "boxes that seem blank": blanks, "of them written in": missed,
        "lowest fits of own pages": own[:8].round(3).tolist(),
        "highest fits of other pages": other[-8:].round(3).tolist(),
    }  # fmt: skip
    curve: dict[str, Any] = _curve(together, good)
    trust = Trust(**weights, blank=blank, **curve, least_fit=_between(own, other))
    told["looked at where so many may be wrong"] = {str(few): trust.limit(few)[2] for few in CURVE}
    return trust, told


def _weights(notes: Notes) -> tuple[dict[str, Any], Chances]:
    """Return the weights for each question, and what weights of other forms say of each mark."""
    table = notes.table()
    rows = np.stack(list(table.values()), axis=1).astype(np.float64)
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    normal = (rows - mean) / spread
    asked, group = targets(notes)
    weights, left_out = dict[str, Any](names=tuple(table), mean=mean, spread=spread), dict[str, Any]()
    for kind, (use, answer) in zip(KINDS, asked, strict=True):
        left_out[kind] = np.zeros(len(answer))
        for fold in range(FOLDS):
            out = group % FOLDS == fold
            model = _regress(normal[use & ~out], answer[use & ~out])
            left_out[kind][out] = model.predict_proba(normal[out])[:, 1]
        model = _regress(normal[use], answer[use])
        weights[kind] = np.append(model.coef_[0], model.intercept_[0])
    return weights, Chances(**left_out)


def _regress(rows: NDArray[np.float64], answer: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=2000).fit(rows, answer)


def _curve(together: NDArray[np.float64], good: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """Return how often fields are right by what their marks say, and what each limit lets pass and flags.

    Errors above a limit are counted with one more, as one more page may have it.
    """
    smooth = IsotonicRegression(y_min=BOUNDS[0], y_max=BOUNDS[1], out_of_bounds="clip").fit(together, good)
    places = np.unique(np.quantile(together, np.linspace(0, 1, POINTS)))
    calibrated = smooth.predict(places) + SLOPE * np.linspace(-1, 0, len(places))
    probability = np.interp(together, places, calibrated)
    limits = np.unique(np.quantile(probability, np.linspace(0, 0.7, POINTS)))
    passed = probability >= limits[:, None]
    errors = ((passed & ~good).sum(axis=1) + 1) / (len(good) + 1)
    return {
        "places": places, "calibrated": calibrated, "limits": limits, "errors": errors,
        "flagged": 1 - passed.mean(axis=1),
    }  # fmt: skip


def _between(own: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the limit halfway between the best of other forms and all but a hundredth of the form's own."""
    return float((np.quantile(own, 0.01) + other[-1]) / 2)


if __name__ == "__main__":
    run(main)
