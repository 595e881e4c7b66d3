"""A folder of photos with their truth -> how well each model and each other reader reads them.

Run as `python benchmarks/photos.py PHOTO_DIR [--model FILE]... [--output DIR] [--scores JSON] [--no-peers]`.
Tesseract and RapidOCR are scored beside our models where they are installed. The tables go to stdout; the raw
results and a page that shows every photo with its reading go to the output folder. That page holds the photos
themselves, the results their truth: think of their licence before you pass them on. `--scores` has neither.
"""

import argparse
import hashlib
import pathlib
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.data.truth import TRUTH, Photo, load_photos
from benchmarks.models.readers import Found, Model, Reader, find_peers
from benchmarks.report.page import Card, Entry, Page, draw_page
from benchmarks.script import (
    Parser,
    add_model_option,
    describe_run,
    load_models,
    markdown_table,
    progress,
    run,
    write_json,
    write_text,
)
from knn_digits.errors import PhotoError
from knn_digits.evaluation import PhotoScore, add_scores, score_photo

OUTPUT = pathlib.Path(__file__).parents[2] / "build" / "photos"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one reader found in all the photos."""

    name: str
    mode: str
    about: dict[str, Any]
    found: list[Found]
    seconds: list[float]
    scores: list[PhotoScore]
    modes: dict[str, float] = field(default_factory=dict)  # the accuracy of each mode that was tried


def main(arguments: Sequence[str]) -> None:
    """Score the readers, print the tables, write results and page."""
    options = parse(arguments)
    photos = load_photos(options.photos)
    candidates: list[list[Reader]] = [
        [Model(name, model)] for name, model in load_models(options.model).items()
    ]
    peers, skipped = ([], {}) if options.no_peers else find_peers()
    runs = [best_run([read_all(reader, photos) for reader in readers]) for readers in [*candidates, *peers]]
    scores, notes = score_rows(photos, runs), make_notes(photos, runs, skipped)
    print(markdown_table(scores[0], scores[1:]), *notes, sep="\n\n")
    about = describe_run()
    results = raw_results(photos, runs, skipped, about)
    write_json(options.output / "photos.json", results)
    if options.scores is not None:
        write_json(options.scores, scores_alone(results))
    page = Page(
        title=f"Readings of {len(photos)} photos",
        facts=f"{photos[0].path.parent.resolve().name}, {about['date']}, {about['command']}",
        scores=scores,
        notes=notes,
    )
    write_text(options.output / "photos.html", draw_page(page, make_cards(photos, runs)))
    print(f"\n{options.output / 'photos.html'}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Score readings of photos against the truth.")
    parser.add_argument(
        "photos", type=pathlib.Path, metavar="PHOTO_DIR", help=f"a folder with photos and {TRUTH}"
    )
    add_model_option(parser)
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        metavar="DIR",
        default=OUTPUT,
        help="where photos.json and photos.html go; default: build/photos",
    )
    parser.add_argument(
        "--scores",
        type=pathlib.Path,
        metavar="JSON",
        help="write the scores there, too, without a name, a truth or a reading of any photo",
    )
    parser.add_argument("--no-peers", action="store_true", help="score our models alone")
    return parser.parse_args(arguments)


def read_all(reader: Reader, photos: Sequence[Photo]) -> Run:
    """Return what a reader finds in the photos, and how good it is."""
    found, seconds = [], []
    for photo in progress(photos, f"{reader.name} {reader.mode}".strip()):
        start = time.perf_counter()
        found.append(read_one(reader, photo))
        seconds.append(time.perf_counter() - start)
    scores = [
        score_photo(photo.text, "".join(one.lines), ordered=photo.ordered)
        for photo, one in zip(photos, found, strict=True)
    ]
    return Run(
        name=reader.name, mode=reader.mode, about=reader.about, found=found, seconds=seconds, scores=scores
    )


def read_one(reader: Reader, photo: Photo) -> Found:
    """Read a photo; one that cannot be read counts as if nothing were found in it."""
    try:
        return reader.read(photo)
    except PhotoError as error:
        return Found(error=str(error))


def best_run(runs: Sequence[Run]) -> Run:
    """Return the run of the mode that reads most digits right over all photos, and note what each did."""
    best = min(runs, key=lambda one: add_scores(one.scores).wrong)
    if len(runs) == 1:
        return best
    modes = {one.mode: add_scores(one.scores).accuracy or 0.0 for one in runs}
    return Run(**{**vars(best), "modes": modes})


def group_photos(photos: Sequence[Photo]) -> dict[str, list[int]]:
    """Return the rows of the photos that have digits, for each group that is reported."""
    rows = [row for row, photo in enumerate(photos) if photo.text]
    groups = {"all": rows, "core": [row for row in rows if photos[row].core]}
    for kind in ("background", "medium", "source"):
        for name in sorted({str(getattr(photos[row], kind)) for row in rows}):
            groups[f"{kind} {name}"] = [row for row in rows if getattr(photos[row], kind) == name]
    return {name: group for name, group in groups.items() if group}


def mean_over_sources(photos: Sequence[Photo], scores: Sequence[PhotoScore], rows: Iterable[int]) -> float:
    """Return the mean accuracy over the sources of these photos."""
    sources: dict[str, list[PhotoScore]] = {}
    for row in rows:
        sources.setdefault(photos[row].source, []).append(scores[row])
    return statistics.fmean(add_scores(group).accuracy or 0.0 for group in sources.values())


def score_rows(photos: Sequence[Photo], runs: Sequence[Run]) -> list[list[str]]:
    """Return the header and a row for each group: digits read right, and photos read exactly."""
    rows = [["photos", "digits", *(one.name for one in runs)]]
    for name, group in group_photos(photos).items():
        scores = [add_scores(one.scores[row] for row in group) for one in runs]
        size = [f"{name} ({len(group)})", str(scores[0].digits)]
        rows.append([*size, *(f"{score.accuracy:.1%}  {score.exact}/{len(group)}" for score in scores)])
        if name in ("all", "core"):
            rows.append(["- 95 % interval", "", *map(_interval, scores)])
            means = [mean_over_sources(photos, one.scores, group) for one in runs]
            rows.append(["- mean over sources", "", *(f"{mean:.1%}  " + " " * 5 for mean in means)])
    empty = [row for row, photo in enumerate(photos) if not photo.text]
    if empty:
        invented = [add_scores(one.scores[row] for row in empty) for one in runs]
        cells = [f"{score.invented} wrong  {score.exact}/{len(empty)}" for score in invented]
        rows.append([f"without digits ({len(empty)})", "0", *cells])
    rows.append(["median seconds a photo", "", *(f"{statistics.median(one.seconds):.3f}" for one in runs)])
    return rows


def _interval(score: PhotoScore) -> str:
    low, high = score.interval or (0.0, 1.0)
    return f"{low:.1%} to {high:.1%}"


def make_notes(photos: Sequence[Photo], runs: Sequence[Run], skipped: Mapping[str, str]) -> list[str]:
    """Return what a reader of the table must know, a line each."""
    notes = [
        "Digits read right (1 - edit distance / digits, never below 0 for a photo), photos read without "
        "a mistake."
    ]
    if any(not photo.text for photo in photos):
        notes.append("Without digits: how many digits were read in photos that have none.")
    for one in runs:
        if one.modes:
            tried = ", ".join(f"{mode} {accuracy:.1%}" for mode, accuracy in one.modes.items())
            notes.append(f"{one.name}: the best of its modes over all photos, {one.mode}; tried: {tried}.")
        unreadable = sum(found.error is not None for found in one.found)
        if unreadable:
            notes.append(f"{one.name}: {unreadable} of the photos could not be read and count as empty.")
    if any("model" not in one.about for one in runs) and any(photo.quarters for photo in photos):
        notes.append("The other readers got pages that lie on their side turned upright; our models did not.")
    notes += [f"{name}: skipped, {reason}" for name, reason in skipped.items()]
    return notes


def raw_results(
    photos: Sequence[Photo], runs: Sequence[Run], skipped: Mapping[str, str], about: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all that was measured, for JSON."""
    return {
        **about,
        "photo_folder": photos[0].path.parent.resolve().name,
        "truth_sha256": hashlib.sha256((photos[0].path.parent / TRUTH).read_bytes()).hexdigest(),
        "readers": [_reader_object(photos, one) for one in runs],
        "skipped": dict(skipped),
        "photos": [_photo_object(photo, row, runs) for row, photo in enumerate(photos)],
    }


def scores_alone(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return raw results without what is the photos' own: names, sources, truth and readings."""
    readers = [
        {**one, "groups": {name: of for name, of in one["groups"].items() if not name.startswith("source ")}}
        for one in results["readers"]
    ]
    kept = {name: value for name, value in results.items() if name not in ("photos", "photo_folder")}
    return {**kept, "readers": readers}


def _reader_object(photos: Sequence[Photo], one: Run) -> dict[str, Any]:
    groups = {}
    for name, group in group_photos(photos).items():
        score = add_scores(one.scores[row] for row in group)
        mean = mean_over_sources(photos, one.scores, group)
        numbers = {"accuracy": score.accuracy, "interval": score.interval, "mean_over_sources": mean}
        groups[name] = asdict(score) | numbers
    total = add_scores(one.scores)
    return {
        "name": one.name,
        **one.about,
        "modes": one.modes,
        "invented": total.invented,
        "median_seconds": statistics.median(one.seconds),
        "groups": groups,
    }


def _photo_object(photo: Photo, row: int, runs: Sequence[Run]) -> dict[str, Any]:
    kinds = ("lines", "core", "ordered", "background", "medium", "source")
    return {
        "file": photo.path.name,
        **{kind: getattr(photo, kind) for kind in kinds},
        "readings": {
            one.name: {
                "lines": one.found[row].lines,
                "wrong": one.scores[row].wrong,
                "invented": one.scores[row].invented,
                "warnings": one.found[row].warnings,
                "error": one.found[row].error,
                "seconds": round(one.seconds[row], 4),
            }
            for one in runs
        },
    }


def make_cards(photos: Sequence[Photo], runs: Sequence[Run]) -> list[Card]:
    """Return the photos as the page shows them."""
    return [
        Card(
            path=photo.path,
            about=", ".join([photo.medium, photo.background, *["core"] * photo.core, photo.source]),
            truth=photo.lines,
            entries=tuple(_entry(one.name, one.found[row], one.scores[row]) for one in runs),
            reading=runs[0].found[row].reading,
            wrong=runs[0].scores[row].wrong + runs[0].scores[row].invented,
        )
        for row, photo in enumerate(photos)
    ]


def _entry(name: str, found: Found, score: PhotoScore) -> Entry:
    mistakes = f"{score.wrong} of {score.digits} wrong" if score.digits else f"{score.invented} invented"
    return Entry(
        reader=name,
        lines=found.lines,
        verdict="right" if score.exact else mistakes,
        exact=bool(score.exact),
        remarks=found.warnings if found.error is None else (found.error,),
    )


if __name__ == "__main__":
    run(main)
