"""Drawn pages, and photos whose text is known -> `judge.json`, which tells digits of a text from all else.

Figures are of photos whose source was left out. Without photos the judge learns from drawn pages alone.
"""

import argparse
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.data.truth import load_photos
from benchmarks.judge.answers import learn_alike, pages_of, settle
from benchmarks.judge.apart import add_source_options, pool_apart
from benchmarks.judge.examples import drawn_examples, photo_examples
from benchmarks.judge.jobs import spread
from benchmarks.judge.learning import Example, Known, learn
from benchmarks.judge.limits import choose_limits, describe, named, score
from benchmarks.records import write_text
from benchmarks.script import Parser, run, say
from knn_digits.classifiers.load import load_bundled
from knn_digits.reading.judge import FILE, Judge, learned_text

PAGES = 300
ANY = "pages"  # of any kind
# Pages of one kind besides, and pages of each by which limits are chosen.
MORE = {"string": 120, "word": 75, "printed": 60, "table": 60, "code": 50, "dense": 15, "empty": 80}
MORE |= dict.fromkeys(("form", "surface", "signed", "stamped", "blotted", "exercises"), 45)
MORE |= {"single": 60, "labelled": 60}
APART = {ANY: 80, "string": 70, "single": 40, "word": 30, "surface": 60, "empty": 50}
APART |= dict.fromkeys(("printed", "form", "dense", "table", "code", "stamped", "blotted"), 20)
APART |= dict.fromkeys(("exercises", "labelled"), 20)
FIRST_OF_KIND, FIRST_APART = 2000, 5000  # seeds
FOLDS = 5
TOLD = "digits read right on sources left out"


def main(arguments: Sequence[str]) -> None:
    """Learn a judge and write it."""
    options = parse(arguments)
    pool, model = pool_apart(mnist=options.data, hands=options.hands)
    look = partial(drawn_examples, pool=pool, model=model)

    def pages(kinds: Mapping[str, int], first: int) -> Iterator[Example]:
        for kind, count in kinds.items():
            seeds = range(first, first + round(options.pages / PAGES * count))
            yield from spread(partial(look, kind=None if kind == ANY else kind), seeds, jobs=options.jobs)

    drawn = [*pages({ANY: PAGES}, options.seed), *pages(MORE, FIRST_OF_KIND)]
    apart = list(pages(APART, FIRST_APART))
    judge, _ = learn(drawn, [], folds=FOLDS)
    photos = load_photos(options.photos) if options.photos else []
    seen = list(spread(partial(photo_examples, cells=options.cells), photos, jobs=options.jobs))
    judge, _ = choose_limits([], judge, seen_by(judge, apart), folds=FOLDS)
    if not seen:
        write(judge, options, drawn, seen, {})
        return
    say(f"{len(drawn)} drawn pages, {len(seen)} photos, folds of their sources: {FOLDS}")
    alone = describe(photos, score(photos, named(seen_by(judge, seen), alike=judge.alike), judge))
    judge, known = learn(drawn, seen, folds=FOLDS)
    if options.evidence:
        np.savez_compressed(options.evidence, **of_photos(known))
    read, scout = pages_of(known, load_bundled()), load_bundled().unrefined()
    alike, labels = learn_alike(read, scout, folds=FOLDS)
    judge = replace(judge, alike=alike)
    judge, figures = choose_limits(photos, judge, join(known, seen_by(judge, apart)), folds=FOLDS)
    judge = replace(judge, settled=settle(read, scout, alike, least=judge.least))
    write(judge, options, drawn, seen, figures | {"drawn pages alone": alone, "labels": labels})


def seen_by(judge: Judge, pages: Sequence[Example]) -> Known:
    """Return pages as a judge sees them that did not learn from them."""
    evidence = [judge.judge(one.marks).evidence for one in pages]
    labels = [one.labels for one in pages if one.labels is not None]
    return Known(examples=pages, labels=labels, evidence=evidence)


def of_photos(known: Known) -> dict[str, Any]:
    """Return the evidence of the marks of photos by their names."""
    return {one.name: evidence for one, evidence in zip(known.examples, known.evidence, strict=True)}


def join(one: Known, other: Known) -> Known:
    """Return the pages of both."""
    return Known(
        examples=[*one.examples, *other.examples],
        labels=[*one.labels, *other.labels],
        evidence=[*one.evidence, *other.evidence],
    )


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_source_options(parser)
    add = parser.add_argument
    add("--cells", type=pathlib.Path, help="a folder of `learn_cells --folds`, by which sudokus are read")
    add("--pages", type=int, default=PAGES, help="pages that are drawn (%(default)s)")
    add("--seed", type=int, default=0, help="of the first of them (%(default)s)")
    add("--jobs", type=int, default=1, help="processes that look at pages (%(default)s)")
    add(
        "--evidence",
        type=pathlib.Path,
        metavar="NPZ",
        help="where that of the marks of photos, out of fold, goes",
    )
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
    names = ("photos", "data", "hands", "cells")
    given = {name: bool(getattr(options, name)) for name in names}
    spelled = "".join(f" --{name} DIR" for name, there in given.items() if there)
    about = {
        "command": "python -m benchmarks.learn_judge" + spelled,
        "drawn pages": len(drawn),
        "photos": len(photos),
        "sources": len({one.source for one in photos}),
        "marks": sum(len(one.marks) for one in [*drawn, *photos]),
        "folds": FOLDS,
        TOLD: dict(figures),
    }
    write_text(options.output, learned_text(about, judge.as_dict()))
    say(f"{options.output}: {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    run(main)
