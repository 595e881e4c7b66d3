"""Drawn pages, and photos whose text is known with its signs -> `signs.json`, which tells what is no digit.

Run it again when the judge of marks was learned again. What `--told` gets is of photos whose
source was left out; their digits are chosen by `judge.json`, or by what `--evidence` has, name by name.
"""

import argparse
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.pages import Pool, draw_page
from benchmarks.data.tokens import as_marks, spell, tokens_of
from benchmarks.data.truth import Photo, load_photos
from benchmarks.judge.apart import add_source_options, pool_apart
from benchmarks.judge.names import from_marks
from benchmarks.judge.sign_texts import read_page
from benchmarks.judge.signs import SignPage, learn_signs
from benchmarks.measure.tokens import read_by_peer, score_tokens
from benchmarks.records import write_json, write_text
from benchmarks.script import Parser, progress, run, say
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_bundled
from knn_digits.opening import open_photo
from knn_digits.photo.lines import find_lines
from knn_digits.reading import LARGEST, TINY, find_view
from knn_digits.reading.choice import choose
from knn_digits.reading.items import find_items
from knn_digits.reading.judge import learned_text, load_judge
from knn_digits.reading.marks import find_marks
from knn_digits.reading.orientation import load_orientation
from knn_digits.reading.signs import FILE, SignJudge
from knn_digits.reading.turns import straighten
from knn_digits.reading.views import View

PAGES = {
    "signed": 360,
    "equations": 110,
    "line": 60,
    "lines": 45,
    "notes": 40,
    "sums": 30,
    "printed": 24,
    "form": 12,
    "table": 12,
    "sudoku": 3,
}  # drawn, of each kind
FIRST = 5000  # seed: `benchmarks.learn_judge` takes others
FOLDS = 5
TOLD = "marks read right on sources left out"

Evidence = Mapping[str, NDArray[np.float64]]  # name of a photo -> of its marks


def main(arguments: Sequence[str]) -> None:
    """Learn a judge of signs and write it."""
    options = parse(arguments)
    pool, model = pool_apart(mnist=options.data, hands=options.hands)
    drawn = list(drawn_pages(pool, model.unrefined()))
    photos = load_photos(options.photos) if options.photos else []
    evidence = dict(np.load(options.evidence)) if options.evidence else {}
    seen = list(photo_pages(photos, evidence))
    say(f"{len(drawn)} drawn pages, {len(seen)} photos, folds of their sources: {FOLDS}")
    judge, told = learn_signs(drawn, seen, folds=FOLDS)
    if options.told:
        told_of: dict[str, Any] = {one.name: of for one, of in zip(seen, told, strict=True)}
        np.savez_compressed(options.told, **told_of)
    read = {one.name: read_page(one, of) for one, of in zip(seen, told, strict=True)}
    if options.texts:
        write_json(options.texts, read)
    figures = {"knn-digits bundled": score_tokens(photos, read)}
    if photos and not options.no_peers and find_spec("rapidocr"):
        figures["rapidocr"] = score_tokens(photos, read_by_peer(photos))
    write(judge, options.output, drawn, seen, figures=figures)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_source_options(parser)
    add = parser.add_argument
    add("--evidence", type=pathlib.Path, metavar="NPZ", help="evidence of the marks of photos, out of fold")
    add("--told", type=pathlib.Path, metavar="NPZ", help="where what is told of photos, out of fold, goes")
    add("--texts", type=pathlib.Path, metavar="JSON", help="where what is read in photos, out of fold, goes")
    add("--no-peers", action="store_true", help="score our own reading alone")
    add("--output", type=pathlib.Path, default=FILE, help="the file that is written (%(default)s)")
    return parser.parse_args(arguments)


def drawn_pages(pool: Pool, model: DigitKNN) -> Iterator[SignPage]:
    """Yield drawn pages of which something is read; the model knows none of the pool's digits."""
    for kind, count in PAGES.items():
        for seed in progress(range(FIRST, FIRST + count), kind):
            page = draw_page(seed, digits=pool, kind=kind)
            view = find_view(page.pixels)
            found = find_page(f"{kind} {seed}", "drawn", view, model)
            if found is not None:
                names = from_marks(found.items, page.marks, view.ink.mask.shape[1] / page.pixels.shape[1])
                yield SignPage(
                    name=found.name, source="drawn", items=found.items, labels=found.labels, names=names
                )


def photo_pages(photos: Sequence[Photo], evidence: Evidence) -> Iterator[SignPage]:
    """Yield the photos of which something is read, upright and level as the reader makes them."""
    model = load_bundled().unrefined()
    for photo in progress(photos, "photos"):
        pixels = open_photo(photo.path, largest=LARGEST).pixels
        if max(pixels.shape[:2]) <= TINY:
            continue
        view = straighten(find_view(pixels), model, load_orientation())
        found = find_page(photo.path.name, photo.source, view, model, evidence=evidence.get(photo.path.name))
        if found is not None:
            yield with_text(found, photo)


def with_text(page: SignPage, photo: Photo) -> SignPage:
    """Return a page with what is written in its photo."""
    tokens = tokens_of(photo)
    return SignPage(
        name=page.name,
        source=photo.source,
        items=page.items,
        labels=page.labels,
        text=as_marks(spell(tokens)) if tokens else photo.text,
        signs=bool(tokens),
        ordered=photo.ordered,
    )


def find_page(
    name: str, source: str, view: View, model: DigitKNN, *, evidence: NDArray[np.float64] | None = None
) -> SignPage | None:
    """Return the items of a view, as a model's neighbors tell; None where nothing is read."""
    judge = load_judge()
    marks = find_marks(view.ink, model, view.rules)
    if evidence is None:
        evidence = judge.judge(marks).evidence
    read = choose(marks.boxes, evidence, least=judge.least)
    if not len(read):
        return None
    lines = [read[line] for line in find_lines(marks.boxes[read])]
    items = find_items(view, marks, evidence, lines, model=model)
    return SignPage(name=name, source=source, items=items, labels=marks.labels[items.rows])


def write(
    judge: SignJudge,
    path: pathlib.Path,
    drawn: Sequence[SignPage],
    photos: Sequence[SignPage],
    *,
    figures: Mapping[str, Any],
) -> None:
    """Write the judge, what it learned from, and how it fared."""
    about: dict[str, Any] = {
        "command": "python -m benchmarks.learn_signs" + (" --photos DIR" if photos else ""),
        "drawn pages": len(drawn),
        "photos": len(photos),
        "photos with signs": sum(one.signs for one in photos),
        "sources": len({one.source for one in photos}),
        "folds": FOLDS,
        "items": sum(len(one.items) for one in [*drawn, *photos]),
        TOLD: dict(figures),
    }
    write_text(path, learned_text(about, judge.as_dict()))
    say(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    run(main)
