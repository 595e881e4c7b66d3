"""Examples -> a judge, and the evidence that it gives to marks of sources that it did not learn from."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from benchmarks.judge.boosting import ALONE, BESIDE, Size, grow
from benchmarks.judge.labels import MISNAMED, RIGHT, UNKNOWN, WRONG, Labels, Truth, from_text
from benchmarks.judge.sudokus import Sudoku
from knn_digits.reading.choice import Evidence, choose
from knn_digits.reading.context import measure_context, sigmoid
from knn_digits.reading.evidence import Features
from knn_digits.reading.judge import Judge, Trees
from knn_digits.reading.marks import Marks
from knn_digits.reading.whole import NAMES, Whole

ROUNDS = 2  # times that the marks of photos are labelled by what was learned from their labels
DRAWN = 0.5  # of a photo's: the weight of a drawn page
PAGE = 30  # marks: a page of n of them weighs as n / sqrt(PAGE + n)
KNOTS = 12  # of the calibration, at most
LIKELY = 0.1  # evidence of the chosen marks that calibrate
KEPT_NAMES = (
    *("strangeness", "doubt", "aspect", "label", "nearer to digit", "agreement", "fill", "holes", "kind"),
    "crossed",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """A page with its marks, and what is known of it."""

    name: str
    source: str
    marks: Marks
    truth: Truth | None = None  # of a photo: its text
    labels: Labels | None = None  # of a drawn page: which marks are right
    sudoku: Sudoku | None = None

    def wanted(self, labels: Labels, *, digits: bool) -> Labels:
        """Return labels in which what is misnamed is right, if all digits are wanted, or else wrong.

        Of a photo that is unknown, as it is not sure what stands there.
        """
        wrong = WRONG if self.truth is None else UNKNOWN
        return np.where(labels == MISNAMED, RIGHT if digits else wrong, labels)

    @property
    def weight(self) -> float:
        """The weight of each of its marks."""
        return (DRAWN if self.truth is None else 1.0) / float(np.sqrt(PAGE + len(self.marks)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """Examples with what is known of their marks for the time being."""

    examples: Sequence[Example]
    labels: Sequence[Labels]
    evidence: Sequence[Evidence]  # of what was not learned from them
    whole: Sequence[float] | NDArray[np.float64] = ()  # the same: the probability that a page has digits


def learn(drawn: Sequence[Example], photos: Sequence[Example], *, folds: int) -> tuple[Judge, Known]:
    """Return the judge of all examples, and what is known of the photos, out of fold.

    Photos of one source are never on both sides; with none, the drawn pages take their place.
    """
    names = tuple((photos or drawn)[0].marks.features)
    first = _first_evidence(drawn, photos, names)
    tables = _Tables(drawn, photos, names)
    for _ in range(ROUNDS if photos else 1):
        labels = label(photos, first)
        first = tables.cross(labels, ALONE, folds)
    labels = label(photos, first)
    among = _beside(drawn, photos, _evidence_of_halves(tables, ALONE), first)
    again = among.cross(labels, BESIDE, folds)
    context = _beside(drawn, photos, _evidence_of_halves(among, BESIDE), again)
    log_odds = (
        context.cross(labels, BESIDE, folds, raw=True)
        if photos
        else _halves(context.drawn, context.names, BESIDE)
    )
    judge = _judge(tables, among, context, labels, log_odds)
    evidence = [judge.calibrate(one) for one in log_odds] if photos else []
    return judge, Known(examples=photos, labels=label(photos, evidence), evidence=evidence)


def label(photos: Sequence[Example], evidence: Sequence[Evidence]) -> list[Labels]:
    """Return the labels of the marks of photos, as far as evidence finds their text."""
    return [
        from_text(one.marks, e, one.truth)[0] for one, e in zip(photos, evidence, strict=True) if one.truth
    ]


def _first_evidence(
    drawn: Sequence[Example], photos: Sequence[Example], names: tuple[str, ...]
) -> list[Evidence]:
    trees = _Tables(drawn, [], names).whole([], ALONE)
    return [sigmoid(trees.log_odds(one.marks.table(names))) for one in photos]


def _beside(
    drawn: Sequence[Example],
    photos: Sequence[Example],
    of_drawn: Sequence[Evidence],
    of_photos: Sequence[Evidence],
) -> "_Tables":
    """Return the same pages with what stands beside each mark with this evidence."""
    return _Tables(
        [_in_context(one, evidence) for one, evidence in zip(drawn, of_drawn, strict=True)],
        [_in_context(one, evidence) for one, evidence in zip(photos, of_photos, strict=True)],
        None,
    )


def _in_context(example: Example, evidence: Evidence) -> Example:
    marks = example.marks
    kept = {name: marks.features[name] for name in KEPT_NAMES}
    context = measure_context(marks.boxes, evidence, marks.features)
    features: Features = {name: np.asarray(f, np.float32) for name, f in context.items()} | kept
    return replace(example, marks=replace(marks, features=features))


class _Tables:
    """Drawn pages and photos as tables of features; with `digits` what is misnamed is right, too."""

    def __init__(
        self,
        drawn: Sequence[Example],
        photos: Sequence[Example],
        names: tuple[str, ...] | None,
        *,
        digits: bool = False,
    ) -> None:
        self.drawn, self.photos, self.digits = drawn, photos, digits
        self.names = names or tuple((photos or drawn)[0].marks.features)
        self._drawn = [one.marks.table(self.names) for one in drawn]
        self._photos = [one.marks.table(self.names) for one in photos]

    def whole(self, labels: Sequence[Labels], size: Size) -> Trees:
        """Return trees that learned from everything."""
        return self._grow(labels, range(len(self.photos)), size)

    def cross(
        self, labels: Sequence[Labels], size: Size, folds: int, *, raw: bool = False
    ) -> list[NDArray[np.float64]]:
        """Return the evidence, or the log-odds, of each photo by trees that learned from other sources."""
        found: list[NDArray[np.float64]] = [np.zeros(0)] * len(self.photos)
        sources = [one.source for one in self.photos]
        parts = list(folds_of(sources, folds))
        with ThreadPoolExecutor() as pool:
            grown = list(pool.map(lambda part: self._grow(labels, part[0], size), parts))
        for (_, test), trees in zip(parts, grown, strict=True):
            for row in test:
                log_odds = trees.log_odds(self._photos[row])
                found[row] = log_odds if raw else sigmoid(log_odds)
        return found

    def _grow(self, labels: Sequence[Labels], rows: Sequence[int], size: Size) -> Trees:
        known = [
            *((table, one, one.labels) for table, one in zip(self._drawn, self.drawn, strict=True)),
            *((self._photos[row], self.photos[row], labels[row]) for row in rows),
        ]
        table = np.concatenate([page for page, *_ in known])
        wanted = [one.wanted(found, digits=self.digits) for _, one, found in known if found is not None]
        weights = np.repeat([one.weight for _, one, _ in known], [len(page) for page, *_ in known])
        right = np.concatenate(wanted)
        sure = right != UNKNOWN
        return grow(table[sure], right[sure], weights[sure], names=self.names, size=size)


def folds_of(sources: Sequence[str], folds: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the rows of other sources and of the sources of one part, part by part."""
    rows = np.arange(len(sources))
    for train, test in (
        GroupKFold(min(folds, len(set(sources)))).split(rows, groups=sources) if len(rows) else ()
    ):
        yield train.tolist(), test.tolist()


def _halves(drawn: Sequence[Example], names: tuple[str, ...], size: Size) -> list[NDArray[np.float64]]:
    """Return the log-odds of the marks of drawn pages, by trees that learned from the other half of them."""
    found: list[NDArray[np.float64]] = [np.zeros(0)] * len(drawn)
    for half in (0, 1):
        trees = _Tables(drawn[1 - half :: 2], [], names).whole([], size)
        for row in range(half, len(drawn), 2):
            found[row] = trees.log_odds(drawn[row].marks.table(names))
    return found


def _evidence_of_halves(pages: _Tables, size: Size) -> list[Evidence]:
    return [sigmoid(one) for one in _halves(pages.drawn, pages.names, size)]


def _judge(
    tables: _Tables,
    among: _Tables,
    context: _Tables,
    labels: Sequence[Labels],
    log_odds: Sequence[NDArray[np.float64]],
) -> Judge:
    return Judge(
        alone=tables.whole(labels, ALONE),
        among=among.whole(labels, BESIDE),
        beside=context.whole(labels, BESIDE),
        there=_Tables(context.drawn, context.photos, None, digits=True).whole(labels, BESIDE),
        calibration=_calibrate(context.photos or context.drawn, log_odds),
        alike=0.0,
        settled=np.array([0.0, 1.0, 0.0, 0.0]),
        whole=Whole(weights=np.zeros(len(NAMES)), start=0.0, least=0.0),
        least=0.0,
        least_part=1.0,
    )


def _calibrate(examples: Sequence[Example], log_odds: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return log-odds of what would be read and how often that is right, (m, 2), both ascending."""
    odds, right = [], []
    for one, found in zip(examples, log_odds, strict=True):
        evidence = sigmoid(found)
        chosen = choose(one.marks.boxes, evidence, least=LIKELY)
        there = from_text(one.marks, evidence, one.truth)[0] if one.truth else one.labels
        if there is None:
            continue
        odds.append(found[chosen])
        right.append(there[chosen] == RIGHT)
    together, truth = np.concatenate(odds), np.concatenate(right)
    rising = IsotonicRegression(y_min=0.01, y_max=0.995).fit(together, truth)
    knots = np.quantile(together, np.linspace(0, 1, KNOTS))
    ends = np.array([-9.0, *knots, 9.0])
    probabilities = np.interp(ends, knots, rising.predict(knots), left=0.001, right=0.998)
    return np.stack([ends, np.maximum.accumulate(probabilities)], axis=1)
