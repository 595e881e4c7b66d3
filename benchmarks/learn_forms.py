"""Drawn forms -> knn_digits/forms/trust.json: how likely marks and fields of forms are read right.

Run as `python -m benchmarks.learn_forms --data MNIST --hands DIR [--pages N]`. The bundled model keeps the
digits of MNIST that are hard, so that the others are too easy to learn from: forms are filled with the sixth
that is held out, and read by a model made of the rest as the bundled one is of all. Other hands are the first
half of each collection. What is crossed out and what is dirt are rare: a third as many pages more have much
of both, and each kind of mark counts in all as much as on usual pages. What is said of limits is of forms
left out, five folds, where each layout counts alike: a table has many more fields than a page of boxes.
"""

import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from benchmarks.data.forms.fill import Filled, Flaws, fill_form
from benchmarks.data.forms.form import ALL_LAYOUTS, print_form
from benchmarks.data.forms.page import show
from benchmarks.data.forms.pools import half_pool
from benchmarks.data.forms.readers import reader_of
from benchmarks.data.pages.pool import Pool, training_pool
from benchmarks.judge.boosting import FIELDS, grow
from benchmarks.judge.forms import Fields, Notes, count_crossed_out, judge_fields, targets
from benchmarks.models.bundled import held_out_model
from benchmarks.records import write_json
from benchmarks.script import Parser, describe_run, progress, run
from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.forms.reader import FormReader
from knn_digits.forms.trust import KINDS, TRUST, Chances, Trust
from knn_digits.reading.context import sigmoid
from knn_digits.reading.judge import Trees

SEED = 30_000  # forms and pages from here on
FORMS = 50
FOLDS = 5
LEAST_FIT = 0.55  # correlation: pages that fit so well are noted, until it is learned what fits
REFUSED = 1 / 200  # of the form's own pages at most, for their print fits too little
MUCH = Flaws(crossed=0.35, speck=0.8)  # on the pages that teach these
FLAWED = 1 / 3  # of the usual pages: so many of those; with fewer each question's loss was greater
POINTS = 200  # of a curve
SLOPE = 1e-4  # of probability over the whole curve: fields that are right as often are kept apart
BOUNDS = 0.01, 0.9995  # of a field's probability
CURVE = 0.002, 0.005, 0.01, 0.02, 0.03  # of fields may be wrong unseen: what has to be looked at then is told


def main(arguments: Sequence[str]) -> None:
    """Learn and write."""
    parser = Parser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hands", type=pathlib.Path, required=True)
    parser.add_argument("--pages", type=int, default=1800)
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
    """Return what so many drawn pages teach, and those with many flaws."""
    forms = [print_form(SEED + i, ALL_LAYOUTS[i % len(ALL_LAYOUTS)]) for i in range(FORMS)]
    readers = [reader_of(form, model=model, trust=untaught()) for form in forms]
    notes, flawed, own, other = Notes(), Notes(), list[float](), list[float]()
    for i in progress(range(pages), "pages"):
        random = np.random.default_rng(SEED + i)
        filled = fill_form(forms[i % FORMS], pool, random)
        picture = show(filled, random).pixels
        own.append(note_page(notes, readers, i % FORMS, filled, picture))
        if i % 4 == 0:
            another = (i + 1 + i // FORMS % (FORMS - 1)) % FORMS
            other.append(fit_of(readers[another], picture))
    for i in progress(range(round(FLAWED * pages)), "pages with flaws"):
        random = np.random.default_rng([SEED, i])
        filled = fill_form(forms[i % FORMS], pool, random, flaws=MUCH)
        note_page(flawed, readers, i % FORMS, filled, show(filled, random).pixels)
    return fit(notes, flawed, (own, other))


def fit_of(reader: FormReader, picture: Pixels) -> float:
    """Return how well a page fits a form, -1 if it does not at all."""
    placed = reader.place(picture)[1]
    return placed.fit if placed else -1.0


def note_page(
    notes: Notes, readers: Sequence[FormReader], number: int, filled: Filled, picture: Pixels
) -> float:
    """Note what the reader of a form says of a page, and return how well the page fits the form."""
    _, placed = readers[number].place(picture)
    if placed is None:
        return -1.0
    if placed.fit >= LEAST_FIT:
        notes.add(readers[number], readers[number].look(picture, 1, placed), filled, number)
    return placed.fit


def untaught() -> Trust:
    """Return trust in everything, to begin with."""
    none, leaf = np.zeros(1), np.zeros(1, np.int64)
    even = Trees(
        names=("odds",), start=0.0, roots=leaf, asked=leaf - 1, limits=none, right=leaf, values=none,
    )  # fmt: skip
    return Trust(
        there=even, struck=even, right=even, blank=0.99, places=none,
        calibrated=none, limits=none, errors=none, flagged=none, least_fit=LEAST_FIT,
    )  # fmt: skip


def fit(notes: Notes, flawed: Notes, fits: tuple[list[float], list[float]]) -> tuple[Trust, dict[str, Any]]:
    """Return what the notes teach, and how it fares on forms left out."""
    trees, left_out, with_flaws = _trees(notes, flawed)
    blanks, missed = (sum(getattr(one, name) for one in notes.fields) for name in ("blanks", "missed"))
    blank = (blanks - missed + 1) / (blanks + 2)
    fields = judge_fields(notes, left_out, blank)
    own, other = (np.sort(one) for one in fits)
    least_fit = least_fit_of(own, other)
    told = {
        "forms": FORMS, "marks": len(notes.labels), "fields": len(notes.fields),
        "right": float(fields.good.mean()),
        "boxes that seem blank": blanks, "of them written in": missed,
        "lowest fits of own pages": own[:8].round(3).tolist(),
        "highest fits of other pages": other[-8:].round(3).tolist(),
        "other pages": len(other), "of them read": int((other >= least_fit).sum()),
        "crossed out": count_crossed_out(notes, left_out),
        "crossed out, on pages with flaws": count_crossed_out(flawed, with_flaws),
    }  # fmt: skip
    layouts = np.array([one.group % len(ALL_LAYOUTS) for one in notes.fields])
    curve: dict[str, Any] = _curve(fields, alike(layouts))
    trust = Trust(**trees, blank=blank, **curve, least_fit=least_fit)
    told["looked at where so many may be wrong"] = {str(few): trust.limit(few)[2] for few in CURVE}
    return trust, told


def least_fit_of(own: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how well a page must fit: better than all other pages, but no better than most of its own."""
    above_others = np.ceil(100 * other.max()) / 100
    return round(float(min(np.quantile(own, REFUSED), above_others)), 3)


def _trees(notes: Notes, flawed: Notes) -> tuple[dict[str, Any], Chances, Chances]:
    """Return the trees for each question, and what trees of other forms say of the marks of both."""
    tables = [one.table() for one in (notes, flawed)]
    rows = np.concatenate([np.stack(list(table.values()), axis=1) for table in tables])
    usual = np.arange(len(rows)) < len(notes.labels)
    (asked, group), (more, groups) = targets(notes), targets(flawed)
    fold = fold_of(np.append(group, groups))
    trees, left_out = dict[str, Any](), dict[str, NDArray[np.float64]]()
    for kind, first, second in zip(KINDS, asked, more, strict=True):
        use, answer = np.concatenate([first, second], axis=1)
        counts = np.where(use, _counts(use, answer, usual), 0)
        question = Question(tuple(tables[0]), rows, answer, counts, fold)
        trees[kind], left_out[kind] = question.grow(use), question.left_out()
    ours, theirs = (Chances(**{k: one[own] for k, one in left_out.items()}) for own in (usual, ~usual))
    return trees, ours, theirs


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of n marks: their features, the answers, their weights (0: not asked) and folds."""

    names: tuple[str, ...]
    rows: NDArray[np.float32]
    answer: NDArray[np.bool_]
    counts: NDArray[np.float64]
    fold: NDArray[np.int64]

    def grow(self, use: NDArray[np.bool_]) -> Trees:
        """Return what these marks teach, as far as they are asked."""
        use = use & (self.counts > 0)
        answer = self.answer[use].astype(np.int64)
        return grow(self.rows[use], answer, self.counts[use], names=self.names, size=FIELDS)

    def left_out(self) -> NDArray[np.float64]:
        """Return what the marks of other folds say of each mark."""
        found = np.zeros(len(self.answer))
        for fold in range(FOLDS):
            out = self.fold == fold
            found[out] = sigmoid(self.grow(~out).log_odds(self.rows[out]))
        return found


def fold_of(form: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fold of each form; all layouts are in each: what is left out is forms, no layouts."""
    return form // len(ALL_LAYOUTS) % FOLDS


def _counts(
    use: NDArray[np.bool_], answer: NDArray[np.bool_], usual: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return how much each mark counts, for each answer to be as frequent as on the usual pages."""
    shares = [(use & usual & (answer == what)).sum() / (use & (answer == what)).sum() for what in (0, 1)]
    return np.array(shares, np.float64).take(answer.astype(np.int64))


def _curve(fields: Fields, counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return how often fields are right by what their marks say, and what each limit lets pass and flags.

    `counts` is how much each field counts. Errors above a limit are counted with one more, of the fields that
    count most, as one more page may have it.

    References
    ----------
    A. Angelopoulos, S. Bates, A. Fisch, L. Lei, T. Schuster (2024), Conformal risk control: so counted, what
    is expected of a new page stays below what was asked.
    """
    together, good = fields.together, fields.good
    smooth = IsotonicRegression(y_min=BOUNDS[0], y_max=BOUNDS[1], out_of_bounds="clip")
    smooth.fit(together, good, sample_weight=counts)
    places = np.unique(np.quantile(together, np.linspace(0, 1, POINTS)))
    calibrated = smooth.predict(places) + SLOPE * np.linspace(-1, 0, len(places))
    probability = np.interp(together, places, calibrated)
    limits = np.unique(np.quantile(probability, np.linspace(0, 0.7, POINTS)))
    passed = (probability >= limits[:, None]) & ~fields.doubtful
    errors = ((passed & ~good) @ counts + counts.max()) / (counts.sum() + counts.max())
    return {
        "places": places, "calibrated": calibrated, "limits": limits, "errors": errors,
        "flagged": 1 - passed @ counts / counts.sum(),
    }  # fmt: skip


def alike(kinds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much each of n fields counts, for each kind to count as much as any other; 1 on average."""
    _, kind, frequency = np.unique(kinds, return_inverse=True, return_counts=True)
    return np.asarray(len(kinds) / len(frequency) / frequency[kind], np.float64)


if __name__ == "__main__":
    run(main)
