"""What corrections do for a writer's other photos: learning.py PHOTO_DIR [--model FILE]... [--output DIR].

Of each source with several photos each photo is left out in turn: ten digits of the source's others are
learned, those misread or refused first, then the rest in order; and all of them. Then the photo left out is
read. A photo can teach where as many digits are read in it as are written. Prints a Markdown table; raw
results go to learning.json. `--from JSON` prints the table of raw results that are there.
"""

import argparse
import json
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.data.truth import TRUTH, Photo, load_photos
from benchmarks.script import (
    Parser,
    add_model_option,
    describe_model,
    describe_run,
    load_models,
    markdown_table,
    progress,
    run,
    write_json,
)
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.learned import LEARNED
from knn_digits.errors import DataError, UsageError
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.reading import DigitReading, Reading, model_for_photos, read_photo

RESULTS = pathlib.Path(__file__).parents[1] / "results"
TEN = 10  # corrections
WAYS = ("before", "ten", "all")  # what is learned of the other photos


@dataclass(frozen=True, kw_only=True)
class Taught:
    """A digit that can be learned."""

    photo: int
    digit: DigitReading
    label: int

    @property
    def misread(self) -> bool:
        """Whether it is a correction."""
        return self.digit.label != self.label


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table, write the raw results."""
    options = parse(arguments)
    if options.read is not None:
        print(table(json.loads(options.read.read_text(encoding="utf-8"))["models"]))
        return
    photos = with_siblings(load_photos(options.photos))
    names = list(dict.fromkeys(photo.source for photo in photos))
    models: dict[str, Any] = {}
    for name, model in load_models(options.model).items():
        if not isinstance(model, KnnClassifier):
            raise UsageError(f"{name} is a network, which cannot learn a digit: name k-NN models")
        models[name] = describe_model(model) | measure(model_for_photos(model), photos, name)
        for photo in models[name]["photos"]:  # the names themselves are nobody's business
            photo["source"] = names.index(photo["source"]) + 1
    about = describe_run() | {"command": "benchmarks/learning.py PHOTO_DIR --model FILE..."}
    write_json(options.output / "learning.json", about | {"models": models})
    print(table(models))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure what corrections do for other photos of the same source.")
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="PHOTO_DIR", nargs="?", help=f"a folder with photos and {TRUTH}")
    add_model_option(parser)
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where learning.json goes")
    add("--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the table of these raw results")
    options = parser.parse_args(arguments)
    if options.photos is None and options.read is None:
        parser.error("name the folder of photos")
    return options


def with_siblings(photos: Sequence[Photo]) -> list[Photo]:
    """Return the photos whose source has several."""
    sources = [photo.source for photo in photos]
    several = [photo for photo in photos if sources.count(photo.source) > 1]
    if not several:
        raise DataError("no source has several photos, so there is nothing to learn from the others")
    return several


def measure(model: KnnClassifier, photos: Sequence[Photo], name: str) -> dict[str, Any]:
    """Return how each photo is read, without and with what its source's others teach."""
    before = [read_photo(photo.path, model) for photo in progress(photos, f"{name}, before")]
    lessons = [lesson for i, photo in enumerate(photos) for lesson in teach(i, photo, before[i])]
    results = []
    for i, photo in progress(list(enumerate(photos)), f"{name}, after"):
        others = [
            lesson for lesson in lessons if lesson.photo != i and photos[lesson.photo].source == photo.source
        ]
        chosen = sorted(others, key=lambda lesson: not lesson.misread)[:TEN]
        readings = {
            "before": before[i],
            "ten": read_photo(photo.path, beside(model, chosen)),
            "all": read_photo(photo.path, beside(model, others)),
        }
        results.append(
            {
                "source": photo.source,
                "taught": {"ten": len(chosen), "all": len(others)},
                "corrections": {
                    "ten": sum(lesson.misread for lesson in chosen),
                    "all": sum(lesson.misread for lesson in others),
                },
                "scores": {way: asdict(score(photo, reading)) for way, reading in readings.items()},
            }
        )
    return {"photos": results}


def teach(number: int, photo: Photo, reading: Reading) -> list[Taught]:
    """Return the digits of a photo with what they are, if as many are read as are written."""
    read = [digit for line in reading.lines for digit in line.digits]
    if not photo.ordered or len(read) != len(photo.text):
        return []
    return [
        Taught(photo=number, digit=digit, label=int(label))
        for digit, label in zip(read, photo.text, strict=True)
    ]


def beside(model: KnnClassifier, lessons: Sequence[Taught]) -> KnnClassifier:
    """Return the model with these digits learned."""
    if not lessons:
        return model
    digits = np.stack([lesson.digit.digit for lesson in lessons])
    labels = np.array([lesson.label for lesson in lessons])
    return model.with_layer(digits, labels, name=LEARNED, copies=model.options.k)


def score(photo: Photo, reading: Reading) -> PhotoScore:
    """Return how a photo was read."""
    return score_photo(photo.text, reading.text.replace("\n", ""), ordered=photo.ordered)


def table(models: Mapping[str, Any]) -> str:
    """Return the Markdown table."""
    header = ["model", "source", "photos", "digits", "wrong before", "after ten", "after all"]
    rows = []
    for name, model in models.items():
        sources = sorted({photo["source"] for photo in model["photos"]})
        for source in [None, *sources]:
            photos = [photo for photo in model["photos"] if source in (None, photo["source"])]
            sums = [add_scores(PhotoScore(**photo["scores"][way]) for photo in photos) for way in WAYS]
            counts = [str(sums[0].photos), str(sums[0].digits), *(str(one.wrong) for one in sums)]
            rows.append([name, str(source or "all"), *counts])
    return markdown_table(header, rows)


if __name__ == "__main__":
    run(main)
