"""A folder of photos with their truth -> how well each model and each other reader reads them.

Tesseract and RapidOCR are scored beside our models where they are installed. The raw results hold the truth
of the photos and what was read: think of their licence before you pass them on. `--scores` has neither.
"""

import argparse
import hashlib
import os
import pathlib
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from benchmarks.data.truth import TRUTH, Photo, load_photos
from benchmarks.measure.blame import Counts, add_counts, blame_all
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK
from benchmarks.models.named import add_model_option, load_models, spell_models
from benchmarks.models.readers import Found, Model, Reader, find_peers
from benchmarks.models.study import Study
from benchmarks.records import record, record_folder, write_json, write_record
from benchmarks.script import Parser, progress, run, say
from knn_digits.classifiers.load import load_classifier
from knn_digits.errors import PhotoError
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.reports.readings import as_object

OUTPUT = pathlib.Path(__file__).parents[2] / "build" / "photos"
READERS = ("bundled", BEST_NETWORK)  # of the report, beside the default fitted on all its digits
KINDS = ("background", "medium", "source")  # of photos, which are reported apart


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one reader found in all the photos."""

    name: str
    mode: str
    about: dict[str, Any]
    found: list[Found]
    seconds: list[float]
    cpu_seconds: list[float]  # of all its threads and programs
    scores: list[PhotoScore]
    modes: dict[str, float] = field(default_factory=dict)  # the accuracy of each mode that was tried
    blame: list[Counts] | None = None  # of each photo, which stage lost how many digits


def main(arguments: Sequence[str]) -> None:
    """Score the readers and write the raw results."""
    options = parse(arguments)
    photos = load_photos(options.photos)
    ours: list[list[Reader]] = [[Model(name, model)] for name, model in load_models(options.model).items()]
    peers, skipped = ([], {}) if options.no_peers else find_peers()
    runs = [best_run([read_all(reader, photos) for reader in readers]) for readers in [*ours, *peers]]
    if options.blame:
        runs = [with_blame(photos, one) for one in runs]
        say_blame(runs)
    spelled = f"PHOTO_DIR {spell_models(options.model)}" + " --blame" * options.blame
    raw = record("photos", raw_results(photos, runs, skipped), options=spelled)
    if options.scores is not None:
        write_json(options.scores, raw | {"result": scores_alone(raw["result"])})
    path = write_record(options.output, raw)
    print(path)
    say(f"draw its page with: python -m benchmarks.report.photos {path} --photos {options.photos}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="PHOTO_DIR", help=f"a folder with photos and {TRUTH}")
    add_model_option(parser)
    words = "where photos.json goes; default: build/photos"
    add("--output", type=record_folder, metavar="DIR", default=OUTPUT, help=words)
    words = "write the scores there, too, without a name, a truth or a reading of any photo"
    add("--scores", type=pathlib.Path, metavar="JSON", help=words)
    add("--no-peers", action="store_true", help="score our models alone")
    words = "say of each error which stage of reading lost it; our models alone tell"
    add("--blame", action="store_true", help=words)
    return parser.parse_args(arguments)


def measure(study: Study) -> dict[str, Any]:
    """Return how the bundled model, the CNN and, fitted on all training digits, the default read photos."""
    photos = load_photos(study.photos)
    readers = [Model(name, load_classifier(name)) for name in READERS]
    readers.append(Model(BEST_KNN, study.knn(BEST_KNN)))
    runs = [with_blame(photos, read_all(reader, photos)) for reader in readers]
    return {
        "folder": study.photos.resolve().name,
        "count": len(photos),
        "readers": [describe_reader(photos, one) for one in runs],
        "misread": [
            {"file": photo.path.name, "truth": list(photo.lines)}
            | {one.name: list(one.found[row].lines) for one in runs}
            for row, photo in enumerate(photos)
            if not all(one.scores[row].exact for one in runs)
        ],
    }


def read_all(reader: Reader, photos: Sequence[Photo]) -> Run:
    """Return what a reader finds in the photos, and how good it is."""
    found, seconds, cpu_seconds = [], [], []
    for photo in progress(photos, f"{reader.name} {reader.mode}".strip()):
        start, busy = time.perf_counter(), sum(os.times()[:4])
        found.append(read_one(reader, photo))
        seconds.append(time.perf_counter() - start)
        cpu_seconds.append(sum(os.times()[:4]) - busy)
    scores = [
        score_photo(photo.text, "".join(one.lines), ordered=photo.ordered)
        for photo, one in zip(photos, found, strict=True)
    ]
    return Run(
        name=reader.name, mode=reader.mode, about=reader.about, found=found, seconds=seconds,
        cpu_seconds=cpu_seconds, scores=scores,
    )  # fmt: skip


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
    return replace(best, modes=modes)


def with_blame(photos: Sequence[Photo], one: Run) -> Run:
    """Return the run with what each stage is to blame for, where the reader tells it."""
    return replace(one, blame=blame_all(photos, one.found))


def say_blame(runs: Sequence[Run]) -> None:
    """Print how many edits each stage is to blame for."""
    for one in runs:
        if one.blame is None:
            say(f"{one.name} tells no candidates: nothing to blame its stages by")
        else:
            print(f"{one.name}:")
            print("\n".join(f"{count:7,}  {stage}" for stage, count in add_counts(one.blame).items()))


def group_photos(photos: Sequence[Photo]) -> dict[str, list[int]]:
    """Return the rows of the photos that have digits, for each group that is reported."""
    rows = [row for row, photo in enumerate(photos) if photo.text]
    core = [row for row in rows if photos[row].core]
    groups = {"all": rows, "core": core} | _split(photos, rows, "set")
    groups |= {f"{name}, core": some for name, some in _split(photos, core, "set").items()}
    for kind in KINDS:
        groups |= _split(photos, rows, kind)
    return {name: group for name, group in groups.items() if group}


def _split(photos: Sequence[Photo], rows: Sequence[int], kind: str) -> dict[str, list[int]]:
    """Return the rows of the photos of each kind, as of each source."""
    names = sorted({str(getattr(photos[row], kind)) for row in rows} - {""})
    return {f"{kind} {name}": [row for row in rows if getattr(photos[row], kind) == name] for name in names}


def mean_over_sources(photos: Sequence[Photo], scores: Sequence[PhotoScore], rows: Iterable[int]) -> float:
    """Return the mean accuracy over the sources of these photos."""
    sources: dict[str, list[PhotoScore]] = {}
    for row in rows:
        sources.setdefault(photos[row].source, []).append(scores[row])
    return statistics.fmean(add_scores(group).accuracy or 0.0 for group in sources.values())


def raw_results(photos: Sequence[Photo], runs: Sequence[Run], skipped: Mapping[str, str]) -> dict[str, Any]:
    """Return all that was measured."""
    folder = photos[0].path.parent
    return {
        "folder": folder.resolve().name,
        "truth_sha256": hashlib.sha256((folder / TRUTH).read_bytes()).hexdigest(),
        "count": len(photos),
        "on_their_side": any(photo.quarters for photo in photos),
        "readers": [describe_reader(photos, one) for one in runs],
        "skipped": dict(skipped),
        "photos": [_photo_object(photo, row, runs) for row, photo in enumerate(photos)],
    }


def scores_alone(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return raw results without what is the photos' own: names, sources, truth and readings."""
    readers = [
        {**one, "groups": {name: of for name, of in one["groups"].items() if not name.startswith("source ")}}
        for one in result["readers"]
    ]
    kept = {name: value for name, value in result.items() if name not in ("photos", "folder")}
    return {**kept, "readers": readers}


def describe_reader(photos: Sequence[Photo], one: Run) -> dict[str, Any]:
    """Return what a reader is and how well it read: all photos with digits, groups of them, those without."""
    empty = [row for row, photo in enumerate(photos) if not photo.text]
    without = add_scores(one.scores[row] for row in empty)
    return {
        "name": one.name,
        **one.about,
        "mode": one.mode,
        "modes": one.modes,
        "unreadable": sum(found.error is not None for found in one.found),
        "invented": add_scores(one.scores).invented,
        "median_seconds": statistics.median(one.seconds),
        "median_cpu_seconds": statistics.median(one.cpu_seconds),
        **({} if one.blame is None else {"blame": add_counts(one.blame)}),
        "groups": {name: _group(photos, one, rows) for name, rows in group_photos(photos).items()},
        "without_digits": {"photos": len(empty), "exact": without.exact, "invented": without.invented},
    }


def _group(photos: Sequence[Photo], one: Run, rows: Sequence[int]) -> dict[str, Any]:
    score = add_scores(one.scores[row] for row in rows)
    mean = mean_over_sources(photos, one.scores, rows)
    numbers = {"accuracy": score.accuracy, "interval": score.interval, "mean_over_sources": mean}
    return asdict(score) | numbers


def _photo_object(photo: Photo, row: int, runs: Sequence[Run]) -> dict[str, Any]:
    kinds = ("lines", "core", "ordered", "set", *KINDS)
    return {
        "file": photo.path.name,
        **{kind: getattr(photo, kind) for kind in kinds},
        "digits": len(photo.text),
        "readings": {one.name: _reading_object(photo, row, one) for one in runs},
    }


def _reading_object(photo: Photo, row: int, one: Run) -> dict[str, Any]:
    found, score = one.found[row], one.scores[row]
    return {
        "lines": found.lines,
        "exact": bool(score.exact),
        "wrong": score.wrong,
        "invented": score.invented,
        "warnings": found.warnings,
        "error": found.error,
        **({} if one.blame is None else {"blame": one.blame[row]}),
        "seconds": round(one.seconds[row], 4),
        "reading": None if found.reading is None else as_object(photo.path.name, found.reading),
    }


if __name__ == "__main__":
    run(main)
