"""Pages with evidence not learned from them -> the limits from which marks are read, and what they give.

Photos are read by limits that were chosen on other sources, and by those chosen on all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.truth import Photo
from benchmarks.judge.labels import RIGHT, UNKNOWN, read_order
from benchmarks.judge.learning import Example, Known, folds_of
from benchmarks.judge.whole import has_digits, learn_whole
from benchmarks.measure.photos import group_photos, mean_over_sources
from knn_digits.classifiers.load import load_bundled
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.reading import Reader
from knn_digits.reading.alike import ask_each_other
from knn_digits.reading.choice import choose
from knn_digits.reading.judge import Judge, Judged

LIMITS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)  # of evidence, from which a mark is read
OF_PARTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5)  # the same, for parts of what is read in part
OF_PAGES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # of the probability that there are digits on a page
USUAL = 0.25  # limit of evidence where there are no photos to choose it by
GROUPS = ("all", "core", "set ")  # of photos, whose figures are told
BY_EVIDENCE, BY_PAGE = "by limit of evidence", "by limit of pages"
APART = "limits chosen on other sources"
LEFT = "pages without digits left"

Pair = tuple[float, float]  # limits of evidence and of pages


def choose_limits(
    photos: Sequence[Photo], judge: Judge, known: Known, *, folds: int
) -> tuple[Judge, dict[str, Any]]:
    """Return the judge with what tells pages with digits and its limits, and the figures behind these.

    The limit of evidence is that of most digits of photos read right, of all and in the mean over sources,
    and of most photos without an error, the mean of all three as shares; the highest of those that differ by
    less than a photo. The limit of pages is the highest by which that mean loses less than one standard
    error, and the limit of parts that by which most marks of drawn pages are read right, less those wrong.
    """
    whole, likely = learn_whole(known, folds=folds)
    known = replace(named(known, alike=judge.alike), whole=likely)
    judge = replace(judge, whole=replace(whole, least=0.0), least_part=1.0, least=USUAL)
    if not photos:
        judge = replace(judge, whole=whole)
        return replace(judge, least_part=_limit_of_parts(known, judge)), {}
    read = {pair: score(photos, known, _by(judge, pair)) for pair in _pairs()}
    least, page = pick(photos, read, range(len(photos)))
    figures = {
        BY_EVIDENCE: {f"{one:g}": describe(photos, read[one, 0.0])["all"] for one in LIMITS},
        BY_PAGE: {
            f"{one:g}": describe(photos, read[least, one])["all"]
            | {LEFT: left_alone(known, _by(judge, (least, one)))}
            for one in OF_PAGES
        },
        APART: describe(photos, read_apart(photos, read, folds)),
    }
    judge = _by(judge, (least, page))
    return replace(judge, least_part=_limit_of_parts(known, judge)), figures


def _pairs() -> list[Pair]:
    return [(least, page) for least in LIMITS for page in OF_PAGES]


def _by(judge: Judge, pair: Pair) -> Judge:
    least, page = pair
    return replace(judge, least=least, whole=replace(judge.whole, least=page))


def pick(photos: Sequence[Photo], read: Mapping[Pair, Sequence[PhotoScore]], rows: Iterable[int]) -> Pair:
    """Return the limits that are best for these photos, of which it is known how each pair reads them."""
    rows = list(rows)

    def accuracy(pair: Pair) -> float:
        return add_scores(read[pair][row] for row in rows).accuracy or 0.0

    def points(pair: Pair) -> float:
        exact = float(np.mean([read[pair][row].exact for row in rows]))
        return (accuracy(pair) + mean_over_sources(photos, read[pair], rows) + exact) / 3

    at = {one: points((one, 0.0)) for one in LIMITS}
    least = max(one for one in LIMITS if max(at.values()) - at[one] < 1 / 3 / len(rows))
    share, most = accuracy((least, 0.0)), points((least, 0.0))
    error = np.sqrt(share * (1 - share) / sum(len(photos[row].text) for row in rows))
    return least, max(page for page in OF_PAGES if most - points((least, page)) <= error)


def read_apart(
    photos: Sequence[Photo], read: Mapping[Pair, Sequence[PhotoScore]], folds: int
) -> list[PhotoScore]:
    """Return how each photo is read by limits that were chosen on photos of other sources."""
    found = list(read[LIMITS[0], 0.0])
    for others, own in folds_of([photo.source for photo in photos], folds):
        pair = pick(photos, read, others)
        for row in own:
            found[row] = read[pair][row]
    return found


def _limit_of_parts(known: Known, judge: Judge) -> float:
    def points(limit: float) -> int:
        return sum(
            int((one.labels[rows] == RIGHT).sum() - (~np.isin(one.labels[rows], (RIGHT, UNKNOWN))).sum())
            for row, one in enumerate(known.examples)
            if one.labels is not None
            for rows in [_read(known, row, replace(judge, least_part=limit))]
        )

    return max(OF_PARTS, key=points)


def left_alone(known: Known, judge: Judge) -> float:
    """Return on which share of the pages without digits nothing is read."""
    without = [row for row, one in enumerate(known.examples) if not has_digits(one)]
    left = [not len(_read(known, row, judge)) for row in without]
    return round(float(np.mean(left)), 4) if left else 1.0


def named(known: Known, *, alike: float) -> Known:
    """Return pages with the labels that the reader gives to the marks of photos that may be read.

    `alike` is how much others of a page count, see `Judge.alike`.
    """
    model, pages = load_bundled(), []
    scout = model.unrefined()
    for one, evidence in zip(known.examples, known.evidence, strict=True):
        rows, labels = choose(one.marks.boxes, evidence, least=OF_PARTS[0]), one.marks.labels.copy()
        if one.truth and len(rows):
            digits, there = one.marks.digits[rows], evidence[rows]
            asked = ask_each_other(model.classify(digits), digits, there, scout=scout, weight=alike)
            labels[rows] = asked.votes.labels
        pages.append(replace(one, marks=replace(one.marks, labels=labels)))
    return replace(known, examples=pages)


def _read(known: Known, row: int, judge: Judge) -> NDArray[np.intp]:
    """Return the marks of a page that are read by the limits of a judge."""
    evidence = known.evidence[row]
    likely = float(known.whole[row]) if len(known.whole) else 1.0
    judged = Judged(evidence=evidence, digits=np.zeros(len(evidence)), features={}, whole=likely)
    return judge.choose(known.examples[row].marks, judged)[0]


def score(photos: Sequence[Photo], known: Known, judge: Judge) -> list[PhotoScore]:
    """Return how well each photo is read with the labels of its marks, and by the limits of a judge."""
    texts = {}
    for row, one in enumerate(known.examples):
        if one.truth:
            texts[one.name] = _text(one, _read(known, row, judge))
    reader = Reader("bundled")  # of the pictures of one digit, about which no judge is asked
    texts |= {p.path.name: reader.read(p.path).text for p in photos if p.path.name not in texts}
    return [
        score_photo("".join(photo.lines), texts[photo.path.name], ordered=photo.ordered) for photo in photos
    ]


def _text(one: Example, chosen: NDArray[np.intp]) -> str:
    by_cells = one.sudoku.text(one.marks, chosen) if one.sudoku else ""
    return by_cells or "".join(str(one.marks.labels[row]) for row in read_order(one.marks, chosen))


def describe(photos: Sequence[Photo], scores: Sequence[PhotoScore]) -> dict[str, dict[str, Any]]:
    """Return the figures of each group of photos that is reported."""
    groups = group_photos(photos)
    return {
        name: {
            "accuracy": round(add_scores(scores[row] for row in rows).accuracy or 0.0, 4),
            "mean over sources": round(mean_over_sources(photos, scores, rows), 4),
            "exact": add_scores(scores[row] for row in rows).exact,
            "photos": len(rows),
        }
        for name, rows in groups.items()
        if name.startswith(GROUPS)
    }
