"""Drawn pages, and photos whose text is known -> `orientation.json`, which tells how pages lie.

Figures are of photos whose source was left out. Without photos it learns from drawn pages alone.
"""

import argparse
import json
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np

from benchmarks.data.hard_pages import dirt
from benchmarks.data.pages import Page, Pool, draw_page
from benchmarks.data.truth import Photo, load_photos
from benchmarks.judge.apart import add_source_options, pool_apart
from benchmarks.judge.jobs import spread
from benchmarks.judge.labels import SURE, from_text, match
from benchmarks.judge.turns import TurnedPage, describe, learn_turns, turn_page
from benchmarks.records import write_text
from benchmarks.script import Parser, run, say
from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_bundled
from knn_digits.opening import open_photo
from knn_digits.photo.boxes import Boxes
from knn_digits.reading import LARGEST, TINY, find_view
from knn_digits.reading.judge import learned_text, load_judge
from knn_digits.reading.marks import find_marks
from knn_digits.reading.orientation import FILE, Orientation
from knn_digits.reading.turns import find_turn

ANY = "pages"  # of any kind
PAGES = 300
MORE = {"empty": 80} | dict.fromkeys(
    (
        *("word", "printed", "table", "code", "form", "surface", "signed", "stamped", "blotted"),
        *("exercises", "labelled"),
    ),
    45,
)
FIRST_OF_KIND = 2000  # seed
DIRT = 120  # pages
FOLDS = 5
TOLD = "pages whose turn is told right, of sources left out"


def main(arguments: Sequence[str]) -> None:
    """Learn it and write it."""
    options = parse(arguments)
    pool, model = pool_apart(mnist=options.data, hands=options.hands)
    look = partial(drawn_pages, pool=pool, model=model.unrefined())
    drawn = list(spread(partial(look, kind=None), range(PAGES), jobs=options.jobs))
    for kind, count in MORE.items():
        seeds = range(FIRST_OF_KIND, FIRST_OF_KIND + count)
        drawn += spread(partial(look, kind=kind), seeds, jobs=options.jobs)
    drawn += spread(partial(dirty_pages, model=model.unrefined()), range(DIRT), jobs=options.jobs)
    orientation, right = learn_turns(drawn, folds=FOLDS)
    seen: list[TurnedPage] = []
    if options.photos:
        photos = load_photos(options.photos)
        seen += spread(partial(photo_pages, orientation=orientation), photos, jobs=options.jobs)
        orientation, right = learn_turns([*drawn, *seen], folds=FOLDS)
    told = {"drawn pages": describe(drawn, right[: len(drawn)])}
    if seen:
        told["photos"] = describe(seen, right[len(drawn) :])
    write(orientation, options, drawn, seen, told)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_source_options(parser)
    add = parser.add_argument
    add("--jobs", type=int, default=1, help="processes that look at pages (%(default)s)")
    add("--output", type=pathlib.Path, default=FILE, help="the file that is written (%(default)s)")
    return parser.parse_args(arguments)


def drawn_pages(
    seeds: Iterable[int], *, pool: Pool, model: DigitKNN, kind: str | None
) -> Iterator[TurnedPage]:
    """Yield the drawn pages of these seeds; letters upside down are like digits, so they lie in any way."""
    for seed in seeds:
        page = draw_page(seed, digits=pool, kind=kind)
        if max(page.pixels.shape[:2]) <= TINY:
            continue
        view = find_view(page.pixels)
        boxes = digits_of(page, view.ink.mask.shape[1] / page.pixels.shape[1])
        quarters = 0 if len(boxes) else seed % 4
        turned = turn_page(
            view.turned(quarters).plain,
            boxes,
            model,
            source=f"drawn: {kind} {seed}",
            sure=True,
            upright=-quarters % 4,
        )
        if turned is not None:
            yield turned


def dirty_pages(seeds: Iterable[int], *, model: DigitKNN) -> Iterator[TurnedPage]:
    """Yield pages of dirt."""
    none = np.zeros((0, 4), np.int64)
    for seed in seeds:
        view = find_view(np.asarray(cv2.cvtColor(dirt(seed), cv2.COLOR_GRAY2RGB), np.uint8))
        turned = turn_page(view.plain, none, model, source=f"dirt {seed}", sure=True)
        if turned is not None:
            yield turned


def digits_of(page: Page, scale: float) -> Boxes:
    """Return the boxes of a page's digits in pixels of its ink, (n, 4)."""
    boxes = [mark.box for mark in page.marks if mark.label is not None]
    return np.round(scale * np.array(boxes, np.float64).reshape(-1, 4)).astype(np.int64)


def photo_pages(photos: Iterable[Photo], *, orientation: Orientation) -> Iterator[TurnedPage]:
    """Yield photos, turned as this tells; their digits are those that the reader's judge finds."""
    model, judge = load_bundled().unrefined(), load_judge()
    for photo in photos:
        pixels: Pixels = open_photo(photo.path, largest=LARGEST).pixels
        if max(pixels.shape[:2]) <= TINY:
            continue
        view = find_view(pixels)
        view = view.turned(find_turn(view, model, orientation))
        marks = find_marks(view.ink, model, view.rules)
        evidence, truth = judge.judge(marks).evidence, ("".join(photo.lines), photo.ordered)
        digits = marks.boxes[[row for row, _ in match(marks, evidence, truth)]]
        sure = from_text(marks, evidence, truth)[1] >= SURE
        turned = turn_page(view.plain, digits, model, source=photo.source, sure=sure)
        if turned is not None:
            yield turned


def write(
    orientation: Orientation,
    options: argparse.Namespace,
    drawn: Sequence[TurnedPage],
    photos: Sequence[TurnedPage],
    told: Mapping[str, Any],
) -> None:
    """Write it, what it learned from, and how it fared."""
    spelled = "".join(f" --{name} DIR" for name in ("photos", "data", "hands") if getattr(options, name))
    about = {
        "command": "python -m benchmarks.learn_turns" + spelled,
        "drawn pages": len(drawn),
        "photos": len(photos),
        "sources": len({page.source for page in photos}),
        "folds": FOLDS,
        TOLD: told,
    }
    write_text(options.output, learned_text(about, orientation.as_dict()))
    say(f"{json.dumps(about, indent=1)}\n{options.output}: {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    run(main)
