"""A writer's photos -> what corrections do for the others: errors before, after ten and after all.

Of each source with several photos each photo is left out in turn: ten digits of the source's others are
learned, those misread or refused first, then the rest in order; and all of them. Then the photo left out is
read. A photo can teach where as many digits are read in it as are written.
"""

import pathlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.data.truth import TRUTH, Photo, load_photos
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.learned import LEARNED
from knn_digits.errors import DataError, UsageError
from knn_digits.evaluation import PhotoScore, score_photo
from knn_digits.reading import DigitReading, Reading, model_for_photos, read_photo

TEN = 10  # corrections


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
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="PHOTO_DIR", help=f"a folder with photos and {TRUTH}")
    add_model_option(parser)
    add_output_option(parser)
    options = parser.parse_args(arguments)
    photos = with_siblings(load_photos(options.photos))
    models: dict[str, Any] = {}
    for name, classifier in load_models(options.model).items():
        model = classifier.knn
        if model is None:
            raise UsageError(f"{name} is a network, which cannot learn a digit: name k-NN models")
        measured = measure(model_for_photos(model), photos, name)
        models[name] = describe_model(model) | {"photos": without_names(measured)}
    spelled = f"PHOTO_DIR {spell_models(options.model)}"
    print(write_record(options.output, record("corrections", {"models": models}, options=spelled)))


def without_names(measured: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same with numbers in place of the sources' names, which are nobody's business."""
    names = list(dict.fromkeys(photo["source"] for photo in measured))
    return [photo | {"source": names.index(photo["source"]) + 1} for photo in measured]


def with_siblings(photos: Sequence[Photo]) -> list[Photo]:
    """Return the photos whose source has several."""
    sources = [photo.source for photo in photos]
    several = [photo for photo in photos if sources.count(photo.source) > 1]
    if not several:
        raise DataError("no source has several photos, so there is nothing to learn from the others")
    return several


def measure(model: DigitKNN, photos: Sequence[Photo], name: str) -> list[dict[str, Any]]:
    """Return how each photo is read, without and with what its source's others teach."""
    before = [read_photo(photo.path, model) for photo in progress(photos, f"{name}, before")]
    lessons = [lesson for i, photo in enumerate(photos) for lesson in teach(i, photo, before[i])]
    results = []
    for i, photo in progress(list(enumerate(photos)), f"{name}, after"):
        others = [
            lesson for lesson in lessons if lesson.photo != i and photos[lesson.photo].source == photo.source
        ]
        results.append(read_again(photo, before[i], model, others))
    return results


def read_again(photo: Photo, before: Reading, model: DigitKNN, others: Sequence[Taught]) -> dict[str, Any]:
    """Return how a photo is read before, after ten of the others' digits and after all of them."""
    chosen = {"ten": sorted(others, key=lambda lesson: not lesson.misread)[:TEN], "all": others}
    after = {way: read_photo(photo.path, beside(model, lessons)) for way, lessons in chosen.items()}
    readings = {"before": before, **after}
    return {
        "source": photo.source,
        "taught": {way: len(lessons) for way, lessons in chosen.items()},
        "corrections": {way: sum(one.misread for one in lessons) for way, lessons in chosen.items()},
        "scores": {way: asdict(score(photo, reading)) for way, reading in readings.items()},
    }


def teach(number: int, photo: Photo, reading: Reading) -> list[Taught]:
    """Return the digits of a photo with what they are, if as many are read as are written."""
    read = [digit for line in reading.lines for digit in line.digits]
    if not photo.ordered or len(read) != len(photo.text):
        return []
    return [
        Taught(photo=number, digit=digit, label=int(label))
        for digit, label in zip(read, photo.text, strict=True)
    ]


def beside(model: DigitKNN, lessons: Sequence[Taught]) -> DigitKNN:
    """Return the model with these digits learned."""
    if not lessons:
        return model
    digits = np.stack([lesson.digit.digit for lesson in lessons])
    labels = np.array([lesson.label for lesson in lessons])
    return model.with_layer(digits, labels, name=LEARNED, copies=model.options.k)


def score(photo: Photo, reading: Reading) -> PhotoScore:
    """Return how a photo was read."""
    return score_photo(photo.text, "".join(reading.text.split()), ordered=photo.ordered)


if __name__ == "__main__":
    run(main)
