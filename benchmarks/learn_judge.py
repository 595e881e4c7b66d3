"""Drawn pages, and photos whose text is known -> `judge.json`, which tells digits of a text from all else.

Figures are of photos whose source was left out. Without photos the judge learns from drawn pages alone.
"""

import argparse
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages import Pool, training_pool
from benchmarks.data.truth import Photo, load_photos
from benchmarks.judge.examples import drawn_examples, photo_examples
from benchmarks.judge.labels import read_order
from benchmarks.judge.learning import Example, Known, learn, settle
from benchmarks.judge.whole import has_digits, learn_whole
from benchmarks.measure.photos import group_photos, mean_over_sources
from benchmarks.script import Parser, progress, run, say
from knn_digits.classifiers.load import load_bundled
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.reading import Reader
from knn_digits.reading.judge import FILE, Judge, Judged, digest

PAGES = 300
ANY = "pages"  # of any kind
MORE = {"string": 120, "word": 75, "surface": 45, "empty": 45}  # pages of one kind besides
APART = {ANY: 80, "string": 30, "word": 30, "surface": 60, "empty": 50}  # pages by which limits are chosen
FIRST_OF_KIND, FIRST_APART = 2000, 5000  # seeds
FOLDS = 5
TOLD = "digits read right on sources left out"
LIMITS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)  # of evidence, from which a mark is read
OF_PARTS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5)  # the same, for parts of what is read in part
OF_PAGES = (
    0.0,
    0.2,
    0.3,
    0.4,
    0.45,
    0.5,
    0.55,
    0.6,
    0.7,
    0.8,
)  # of the probability that there are digits on a page
USUAL = 0.25  # limit of evidence where there are no photos to choose it by
GROUPS = ("all", "core", "set ")  # of photos, whose figures are told
BY_EVIDENCE, BY_PART, BY_PAGE = "by limit of evidence", "by limit of parts", "by limit of pages"
LEFT = "pages without digits left"


def main(arguments: Sequence[str]) -> None:
    """Learn a judge and write it."""
    options = parse(arguments)
    pool = training_pool(mnist=options.data, hands=options.hands)
    share = options.pages / PAGES
    drawn = [*draw({ANY: PAGES}, pool, share, options.seed), *draw(MORE, pool, share, FIRST_OF_KIND)]
    apart = list(draw(APART, pool, share, FIRST_APART))
    judge, _ = learn(drawn, [], folds=FOLDS)
    photos = load_photos(options.photos) if options.photos else []
    seen = list(photo_examples(progress(photos, "photos"), judge))
    judge, _ = choose_limits([], judge, seen_by(judge, apart))
    if not seen:
        write(judge, options, drawn, seen, {})
        return
    say(f"{len(drawn)} drawn pages, {len(seen)} photos, folds of their sources: {FOLDS}")
    alone = describe(photos, score(photos, named(seen_by(judge, seen)), judge))
    judge, known = learn(drawn, seen, folds=FOLDS)
    judge = replace(judge, settled=settle(known, [load_bundled()]))
    judge, figures = choose_limits(photos, judge, join(known, seen_by(judge, apart)))
    write(judge, options, drawn, seen, figures | {"drawn pages alone": alone})


def draw(kinds: Mapping[str, int], pool: Pool, share: float, first: int) -> Iterator[Example]:
    """Yield a share of so many drawn pages of each kind, from this seed on."""
    for kind, count in kinds.items():
        seeds = range(first, first + round(share * count))
        yield from drawn_examples(progress(seeds, kind), pool, kind=None if kind == ANY else kind)


def seen_by(judge: Judge, pages: Sequence[Example]) -> Known:
    """Return pages as a judge sees them that did not learn from them."""
    evidence = [judge.judge(one.marks).evidence for one in pages]
    labels = [one.labels for one in pages if one.labels is not None]
    return Known(examples=pages, labels=labels, evidence=evidence)


def join(one: Known, other: Known) -> Known:
    """Return the pages of both."""
    return Known(
        examples=[*one.examples, *other.examples],
        labels=[*one.labels, *other.labels],
        evidence=[*one.evidence, *other.evidence],
    )


def choose_limits(photos: Sequence[Photo], judge: Judge, known: Known) -> tuple[Judge, dict[str, Any]]:
    """Return the judge with what tells pages with digits and its limits, and the figures behind these.

    Limits of evidence are those of most digits of photos read right, for parts the lowest of these. That of
    pages is the highest by which photos lose less than one standard error of their digits read right.
    """
    whole, likely = learn_whole(known, folds=FOLDS)
    known = replace(named(known), whole=likely)
    judge = replace(judge, whole=replace(whole, least=0.0), least_part=1.0, least=USUAL)

    def figures_by(judges: Mapping[float, Judge]) -> dict[float, dict[str, Any]]:
        return {limit: _figures(photos, known, one) for limit, one in judges.items()}

    by_evidence = figures_by({limit: replace(judge, least=limit) for limit in LIMITS})
    least = max(LIMITS, key=lambda limit: _points(by_evidence[limit])) if photos else USUAL
    parts = {limit: replace(judge, least=least, least_part=limit) for limit in OF_PARTS}
    by_part = figures_by(parts)
    judge = parts[max(OF_PARTS, key=lambda limit: _points(by_part[limit]))]
    pages = {limit: replace(judge, whole=replace(whole, least=limit)) for limit in OF_PAGES}
    by_page = figures_by(pages)
    kept = [limit for limit in OF_PAGES if photos and _loses_little(photos, by_page[0.0], by_page[limit])]
    judge = pages[max(kept, default=whole.least)]
    figures = {BY_EVIDENCE: by_evidence, BY_PART: by_part, BY_PAGE: by_page}
    return judge, {name: _spelled(told) for name, told in figures.items()} if photos else {}


def _loses_little(photos: Sequence[Photo], before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether photos lose less than one standard error of the digits that are read right."""
    share, digits = before["accuracy"], sum(len(photo.text) for photo in photos)
    return bool(share - after["accuracy"] < np.sqrt(share * (1 - share) / digits))


def named(known: Known) -> Known:
    """Return pages with the labels of the bundled model on the marks of photos that may be read."""
    pages = []
    for one, evidence in zip(known.examples, known.evidence, strict=True):
        rows, labels = np.flatnonzero(evidence >= OF_PARTS[0]), one.marks.labels.copy()
        if one.truth and len(rows):
            labels[rows] = load_bundled().classify(one.marks.digits[rows]).labels
        pages.append(replace(one, marks=replace(one.marks, labels=labels)))
    return replace(known, examples=pages)


def _spelled(figures: Mapping[float, Any]) -> dict[str, Any]:
    return {f"{limit:g}": told for limit, told in figures.items()}


def _figures(photos: Sequence[Photo], known: Known, judge: Judge) -> dict[str, Any]:
    told = describe(photos, score(photos, known, judge))["all"] if photos else {}
    without = [row for row, one in enumerate(known.examples) if not has_digits(one)]
    left = [not len(_read(known, row, judge)) for row in without]
    return told | {LEFT: round(float(np.mean(left)), 4) if left else 1.0}


def _points(figures: Mapping[str, Any]) -> float:
    """Return what limits are chosen by: of photos, and of the mean over their sources."""
    return float(figures.get("accuracy", 0) + figures.get("mean over sources", 0))


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
    return "".join(str(one.marks.labels[row]) for row in read_order(one.marks, chosen))


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


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--photos", type=pathlib.Path, help="a folder with photos and truth.json")
    add("--data", help="MNIST, whose training digits are written with; by default the package's sample")
    add("--hands", type=pathlib.Path, help="a folder with bhmsds.npz, hwd1000.npz and omniglot.npz")
    add("--pages", type=int, default=PAGES, help="pages that are drawn (%(default)s)")
    add("--seed", type=int, default=0, help="of the first of them (%(default)s)")
    add("--output", type=pathlib.Path, default=FILE, help="the file that is written (%(default)s)")
    return parser.parse_args(arguments)


def write(
    judge: Judge,
    options: argparse.Namespace,
    drawn: Sequence[Example],
    photos: Sequence[Example],
    figures: Mapping[str, Any],
) -> None:
    """Write the judge, what it learned from, and how it fared."""
    stored = judge.as_dict()
    about = {
        "command": "python -m benchmarks.learn_judge" + (" --photos DIR" if photos else ""),
        "drawn pages": len(drawn),
        "photos": len(photos),
        "sources": len({one.source for one in photos}),
        "marks": sum(len(one.marks) for one in [*drawn, *photos]),
        "folds": FOLDS,
        TOLD: dict(figures),
    }
    whole = {"about": about, "sha256": digest(stored), "judge": stored}
    beside = options.output.with_suffix(".new")
    beside.write_text(json.dumps(whole, separators=(",", ":")) + "\n", encoding="utf-8")
    beside.replace(options.output)
    say(f"{options.output}: {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    run(main)
