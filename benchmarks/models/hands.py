"""Collections of other people's digits and marks -> `hands.npz`, the few that a model of MNIST lacks.

Run as `python -m benchmarks.models.hands --data MNIST --hands FOLDER [--output FILE]`; see
knn_digits/datasets/HANDS.md. FOLDER holds bhmsds.npz, hwd1000.npz and omniglot.npz, each with `pictures`
(n, height, width) uint8 and `marks` (n,) str.
"""

import argparse
import pathlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.drawn import LETTERS, SIGNS, draw_signs
from benchmarks.data.european import european_digits
from benchmarks.data.nondigits import KINDS, make_things
from benchmarks.models.condense import Near, condense, disagreement, find_near, merge, own_shares
from benchmarks.models.layers import write_layer
from knn_digits.arrays import CLASSES, Digits, Indices, Labels, Vectors
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.options import BEST
from knn_digits.classifiers.rows import BATCH
from knn_digits.classifiers.validation import held_out
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.datasets.hands import HANDS, OTHER, PAIR, Hands
from knn_digits.digit import normalize_strokes
from knn_digits.evaluation import evaluate
from knn_digits.features import Feature, make_feature

MARGIN = 0.9  # of the votes: below it a digit's own label has too few without it
MOST = 200  # digits of a label
EDITED_BY = 5  # neighbors
DRAWN = "drawn"  # the name of the source of drawn European digits
EUROPEANS = 300
SIGN_MARGIN = 0.7  # of the votes: below it a mark is not known as no digit
SIGNS_DRAWN = 400  # of each kind
NAMES = {"dot": ".", "minus": "-", "plus": "+", "x": "\u00d7"}  # of bhmsds -> as they are printed
BLANK = "blank"  # the kind of things that are refused without being known
PAIRS = "two digits in one"  # the kind of things that are called so
LIKE_DIGITS = ("slash", "/")  # measured: a slash refuses 3 % of the 1s of other hands
ROUNDS = 3  # of looking for what stands in the way
SEED = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Marks:
    """Pictures of single marks, and what they are."""

    digits: Digits
    names: NDArray[np.str_]  # of digits: 0..9

    def of(self, rows: Indices) -> "Marks":
        """Return some of them."""
        return Marks(digits=self.digits[rows], names=self.names[rows])


def load_marks(path: pathlib.Path) -> Marks:
    """Return a collection, brought to MNIST's size and stroke as a mark in a photo is."""
    with np.load(path) as file:
        pictures, names = file["pictures"], file["marks"]
    return Marks(digits=normalize_strokes(pictures), names=names)


def split_marks(marks: Marks) -> tuple[Marks, Marks]:
    """Return the digits and the others."""
    is_digit = np.isin(marks.names, [str(label) for label in range(CLASSES)])
    return marks.of(np.flatnonzero(is_digit)), marks.of(np.flatnonzero(~is_digit))


def join_marks(parts: Sequence[Marks]) -> Marks:
    """Return several collections as one."""
    return Marks(
        digits=np.concatenate([part.digits for part in parts]),
        names=np.concatenate([part.names for part in parts]),
    )


def drawn_europeans() -> Marks:
    """Return drawn 1s with a flag and 7s with a bar."""
    digits, labels = european_digits(EUROPEANS)
    return Marks(digits=digits, names=labels.astype(str))


def choose_hands(model: DigitKNN, sources: Mapping[str, Marks], reach: NDArray[np.float32]) -> Hands:
    """Return the digits of these sources that a model of MNIST lacks, with no marks beside them.

    Those that others of their source contradict are left out, and those that come between a digit of the
    model and the next of its label; the rest is condensed, what the model misreads being asked first. Drawn
    digits are few, and all the rest of them is kept.
    """
    joined = join_marks(list(sources.values()))
    labels = joined.names.astype(np.int64)
    names = np.concatenate([np.full(len(source.names), name) for name, source in sources.items()])
    vectors = project(model.feature, joined.digits)
    clean = np.concatenate([_clean(vectors, labels, np.flatnonzero(names == name)) for name in sources])
    known = _near(model, vectors)
    clean = without_invaders(clean, vectors, labels, model, reach)
    is_drawn = names == DRAWN
    rows = np.random.default_rng(SEED).permutation(clean[~is_drawn[clean]])
    order = rows[np.argsort(own_shares(known.of(rows), labels[rows], classes=CLASSES) >= 0.5, kind="stable")]
    needed = condense(vectors, labels, order=order, margin=MARGIN, known=known, most=MOST)
    kept = np.sort(np.concatenate([needed, clean[is_drawn[clean]]]))
    return Hands(
        digits=joined.digits[kept],
        labels=labels[kept],
        sources=names[kept],
        signs=joined.digits[:0],
        names=joined.names[:0],
    )


def _clean(vectors: Vectors, labels: Labels, rows: Indices) -> Indices:
    return rows[disagreement(vectors[rows], labels[rows], near=EDITED_BY) <= 0.5]


def choose_signs(model: DigitKNN, marks: Marks, reach: NDArray[np.float32]) -> Marks:
    """Return the marks that tell others like them from digits, and refuse no digit of the model.

    Those that look like digits to their neighbors are left out, and those that invade; the rest is condensed.
    """
    marks = marks.of(np.flatnonzero(~np.isin(marks.names, LIKE_DIGITS)))
    vectors = project(model.feature, marks.digits)
    known = _near(model, vectors)
    _, classes = np.unique(marks.names, return_inverse=True)
    labels = CLASSES + classes.astype(np.int64)
    among = _near_others(vectors, labels)
    digits = (merge(known, among).labels < CLASSES).mean(axis=1)
    rows = np.flatnonzero(digits < 0.5)
    rows = without_invaders(rows, vectors, labels, model, reach)
    order = np.random.default_rng(SEED).permutation(rows)
    # All marks together are asked for, so that it is a digit or none that is told apart.
    either = Near(distances=known.distances, labels=np.zeros_like(known.labels))
    kept = condense(vectors, np.ones(len(labels), np.int64), order=order, margin=SIGN_MARGIN, known=either)
    return marks.of(kept)


def _near_others(vectors: Vectors, labels: Labels) -> Near:
    near = find_near(vectors, vectors, labels, k=BEST.k + 1)
    return Near(distances=near.distances[:, 1:], labels=near.labels[:, 1:])


def find_reach(model: DigitKNN) -> NDArray[np.float32]:
    """Return how far each of a model's own digits is from the nearest other one of its label, (n,)."""
    vectors, labels = model.known.own_vectors, model.own[1]
    near = find_near(vectors, vectors, np.arange(len(labels)), k=BEST.k + 1)
    others = (labels[near.labels] == labels[:, None]) & (near.labels != np.arange(len(labels))[:, None])
    return np.asarray(np.where(others, near.distances, np.inf).min(axis=1), np.float32)


def without_invaders(
    rows: Indices, vectors: Vectors, labels: Labels, model: DigitKNN, reach: NDArray[np.float32]
) -> Indices:
    """Return the rows of candidates that come between no digit of the model and the next of its label."""
    truth = model.own[1]
    for _ in range(ROUNDS):
        near = find_near(model.known.own_vectors, vectors[rows], rows, k=3)
        invades = (labels[near.labels] != truth[:, None]) & (near.distances < reach[:, None])
        rows = np.setdiff1d(rows, near.labels[invades])
    return rows


def _near(model: DigitKNN, vectors: Vectors) -> Near:
    """Return the neighbors of vectors among all digits of a model."""
    distances, indices = model.known.search(vectors, BEST.k)
    return Near(distances=distances, labels=model.labels[indices])


def project(feature: Feature, digits: Digits) -> Vectors:
    """Return the vectors of any number of digits."""
    parts = [feature(digits[start : start + BATCH]) for start in range(0, max(1, len(digits)), BATCH)]
    return np.concatenate(parts)


def load_sources(folder: pathlib.Path) -> dict[str, Marks]:
    """Return the collections in the folder by their names."""
    return {name: load_marks(folder / f"{name}.npz") for name in ("bhmsds", "hwd1000", "omniglot")}


def gather_signs(sources: Sequence[Marks], digits: Digits) -> Marks:
    """Return marks that are no digits: those of collections, drawn ones, and halves and pairs of digits."""
    collected = [Marks(digits=source.digits, names=short_names(source.names)) for source in sources]
    drawn = [_named(draw_signs(name, SIGNS_DRAWN), name) for name in (*SIGNS, *LETTERS)]
    things = [
        _named(make_things(kind, SIGNS_DRAWN, digits, seed=SEED), PAIR if kind.name == PAIRS else OTHER)
        for kind in KINDS
        if kind.name != BLANK
    ]
    return join_marks([*collected, *drawn, *things])


def _named(digits: Digits, name: str) -> Marks:
    return Marks(digits=digits, names=np.full(len(digits), name, "U5"))


def short_names(names: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return what is printed for a collection's names, of foreign alphabets `OTHER`."""
    short = [NAMES.get(str(name), OTHER if "/" in str(name) else str(name)) for name in names]
    return np.array(short, dtype="U5")


def choose(model: DigitKNN, sources: Mapping[str, Marks], reach: NDArray[np.float32]) -> Hands:
    """Return what a model of MNIST lacks of the collections, drawn digits and marks; see `find_reach`."""
    digit_sources, sign_sources = {}, []
    for name, source in sources.items():
        own, others = split_marks(source)
        if len(own.names):
            digit_sources[name] = own
        if len(others.names):
            sign_sources.append(others)
    hands = choose_hands(model, digit_sources | {DRAWN: drawn_europeans()}, reach)
    beside = model.with_layer(hands.digits, hands.labels, name="hands")
    signs = choose_signs(beside, gather_signs(sign_sources, model.own[0]), reach)
    return replace(hands, signs=signs.digits, names=signs.names)


def main(arguments: Sequence[str]) -> None:
    """Choose and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="MNIST: `mnist` or a folder with its IDX files")
    add("--hands", required=True, type=pathlib.Path, help="folder with the collections")
    add("--output", type=pathlib.Path, default=HANDS)
    add("--compare", action="store_true", help="measure instead what the rule is worth")
    options = parser.parse_args(arguments)
    training = load_dataset(options.data, split="train")
    if options.compare:
        print_comparison(training, load_marks(options.hands / "bhmsds.npz"))
        return
    model = DigitKNN.fit(
        training.digits, training.labels, feature=make_feature("hog", {}), options=BEST
    ).unrefined()
    hands = choose(model, load_sources(options.hands), find_reach(model))
    write_layer(options.output, hands)
    print(f"{len(hands.labels)} digits: {_counts(hands.sources)}; {_counts(hands.labels)}")
    print(f"{len(hands.names)} marks: {_counts(hands.names)}")


def print_comparison(training: Dataset, bhmsds: Marks) -> None:
    """Print how many digits of half the writers are misread with digits of the other half, and without."""
    held = held_out(training.labels)
    model = DigitKNN.fit(
        training.digits[~held], training.labels[~held], feature=make_feature("hog", {}), options=BEST
    )
    known, asked = halves(split_marks(bhmsds)[0])
    hands = choose_hands(model.unrefined(), {"bhmsds": known}, find_reach(model))
    shuffled = np.random.default_rng(SEED).permutation(len(known.names))
    each = len(hands.labels) // CLASSES
    chance = np.concatenate(
        [shuffled[known.names[shuffled] == str(label)][:each] for label in range(CLASSES)]
    )
    models = {
        "no other hands": model,
        f"{len(hands.labels)} chosen": model.with_layer(hands.digits, hands.labels),
        f"{len(chance)} by chance": model.with_layer(known.digits[chance], known.names[chance].astype(int)),
    }
    print("| | other writers | MNIST, held out |\n| --- | --: | --: |")
    truth = asked.names.astype(np.int64)
    for name, one in models.items():
        other = evaluate(one, asked.digits, truth).error_rate
        own = evaluate(one, training.digits[held], training.labels[held]).error_rate
        print(f"| {name} | {other:.2%} | {own:.2%} |", flush=True)


def halves(marks: Marks) -> tuple[Marks, Marks]:
    """Return the first and the second half of each name's pictures: in bhmsds other writers wrote them."""
    first = np.zeros(len(marks.names), bool)
    for name in np.unique(marks.names):
        rows = np.flatnonzero(marks.names == name)
        first[rows[: len(rows) // 2]] = True
    return marks.of(np.flatnonzero(first)), marks.of(np.flatnonzero(~first))


def _counts(values: NDArray[Any]) -> str:
    names, counts = np.unique(values, return_counts=True)
    return ", ".join(f"{name} {n}" for name, n in zip(names, counts, strict=True))


if __name__ == "__main__":
    main(sys.argv[1:])
