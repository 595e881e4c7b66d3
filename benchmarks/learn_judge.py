"""Drawn pages, and photos whose text is known -> `judge.json`, which tells digits of a text from all else.

Figures are of photos whose source was left out. Without photos the judge learns from drawn pages alone.
"""

import argparse
import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.data.pages import training_pool
from benchmarks.data.truth import Photo, load_photos
from benchmarks.judge.examples import drawn_examples, photo_examples
from benchmarks.judge.labels import read_order
from benchmarks.judge.learning import Example, Known, learn, settle
from benchmarks.measure.photos import group_photos, mean_over_sources
from benchmarks.script import Parser, progress, run, say
from knn_digits.classifiers.load import load_bundled
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.reading import Reader
from knn_digits.reading.choice import choose
from knn_digits.reading.judge import FILE, Judge, digest

PAGES = 300
MORE = {"string": 0.43, "word": 0.23, "surface": 0.1}  # of them: pages of one kind besides
FIRST_OF_KIND = 2000  # seed
FOLDS = 5
TOLD, BY_LIMIT = "digits read right on sources left out", "by limit of evidence"
GROUPS = ("all", "core", "set ")  # of photos, whose figures are told
LIMITS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)  # of evidence, from which a mark is read


def main(arguments: Sequence[str]) -> None:
    """Learn a judge and write it."""
    options = parse(arguments)
    pool = training_pool(mnist=options.data, hands=options.hands)
    seeds = range(options.seed, options.seed + options.pages)
    drawn = list(drawn_examples(progress(seeds, "pages"), pool))
    for kind, share in MORE.items():
        some = range(FIRST_OF_KIND, FIRST_OF_KIND + round(share * options.pages))
        drawn += drawn_examples(progress(some, kind), pool, kind=kind)
    judge, known = learn(drawn, [], folds=FOLDS)
    photos = load_photos(options.photos) if options.photos else []
    seen = list(photo_examples(progress(photos, "photos"), judge))
    if not seen:
        write(replace(judge, least=LIMITS[2]), options, drawn, seen, {})
        return
    say(f"{len(drawn)} drawn pages, {len(seen)} photos, folds of their sources: {FOLDS}")
    alone = score(photos, seen_by(judge, seen), LIMITS[2])
    judge, known = learn(drawn, seen, folds=FOLDS)
    scores = {limit: score(photos, known, limit) for limit in LIMITS}
    told = {limit: describe(photos, of)["all"] for limit, of in scores.items()}
    least = max(LIMITS, key=lambda limit: told[limit]["accuracy"] + told[limit]["mean over sources"])
    judge = replace(judge, settled=settle(known, [load_bundled()]), least=least)
    figures = {
        BY_LIMIT: {str(limit): of for limit, of in told.items()},
        "photos of other sources, and drawn pages": describe(photos, scores[least]),
        "drawn pages alone": describe(photos, alone),
    }
    write(judge, options, drawn, seen, figures)


def seen_by(judge: Judge, photos: Sequence[Example]) -> Known:
    """Return the photos as a judge sees them that learned nothing from photos."""
    evidence = [judge.judge(one.marks).evidence for one in photos]
    return Known(examples=photos, labels=[], evidence=evidence)


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


def score(photos: Sequence[Photo], known: Known, least: float) -> list[PhotoScore]:
    """Return how well each photo is read by the bundled model, with evidence from this limit on."""
    texts = {}
    for one, evidence in zip(known.examples, known.evidence, strict=True):
        rows = read_order(one.marks, choose(one.marks.boxes, evidence, least=least))
        labels = load_bundled().classify(one.marks.digits[rows]).labels if rows else ()
        texts[one.name] = "".join(str(label) for label in labels)
    reader = Reader("bundled")  # of the pictures of one digit, about which no judge is asked
    texts |= {p.path.name: reader.read(p.path).text for p in photos if p.path.name not in texts}
    return [
        score_photo("".join(photo.lines), texts[photo.path.name], ordered=photo.ordered) for photo in photos
    ]


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
