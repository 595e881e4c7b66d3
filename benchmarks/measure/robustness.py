"""The sample photos, harmed more and more -> how long their digits are still read."""

import argparse
import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.data.harms import HEIGHT, KINDS, Kind, Scene
from benchmarks.data.truth import SAMPLES, Photo, load_photos
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import find_model
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.images import read_picture
from knn_digits.reading import read_photo

SEED = 7
ENOUGH = 0.9  # the accuracy that counts as still read
QUICK = 3  # levels of each kind with --quick: the first, the middle and the last


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How a model read the photos at each level of a kind."""

    model: str
    kind: Kind
    levels: tuple[float, ...]
    scores: list[PhotoScore]
    read: list[dict[str, list[str]]]  # for each level, the lines found in each photo

    @property
    def fails_at(self) -> float | None:
        """The first level at which less than 90 % of the digits are read; None: there is none."""
        pairs = zip(self.levels, self.scores, strict=True)
        return next((level for level, score in pairs if (score.accuracy or 0.0) < ENOUGH), None)


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    models = load_models(options.model)
    photos = [photo for photo in load_photos(SAMPLES) if photo.text]
    scenes = [(photo, load_scene(photo)) for photo in photos]
    pairs = list(itertools.product(models, choose_kinds(options.kind)))
    measured = [
        measure(kind, name, models[name], scenes, quick=options.quick)
        for name, kind in progress(pairs, "harms")
    ]
    result = {
        "seed": SEED,
        "height": HEIGHT,
        "models": {name: describe_model(model) for name, model in models.items()},
        "photos": {photo.path.name: photo.lines for photo in photos},
        "measured": [raw_results(one) for one in measured],
    }
    spelled = spell_models(options.model) + " --quick" * options.quick
    print(write_record(options.output, record("robustness", result, options=spelled)))


def choose_kinds(names: Sequence[str] | None) -> list[Kind]:
    """Return the kinds of harm of these names, by default all."""
    return [kind for kind in KINDS if not names or kind.name in names]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add_model_option(parser)
    add = parser.add_argument
    add_output_option(parser)
    names = [kind.name for kind in KINDS]
    words = f"this kind of harm alone; may be given again: {', '.join(names)}"
    add("--kind", action="append", metavar="NAME", choices=names, help=words)
    add("--quick", action="store_true", help=f"{QUICK} levels of each kind alone")
    return parser.parse_args(arguments)


def load_scene(photo: Photo) -> Scene:
    """Return the photo, scaled to digits about 60 pixels high, as the bundled model finds them."""
    pixels = read_picture(photo.path).pixels
    reading = read_photo(pixels, DigitKNN.load(find_model("bundled")))
    heights = [digit.box.height for line in reading.lines for digit in line.digits]
    factor = HEIGHT / statistics.median(heights)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how)
    return Scene(
        pixels=np.asarray(np.clip(np.rint(sized), 0, 255), np.uint8), light_on_dark=photo.light_on_dark
    )


def measure(
    kind: Kind, name: str, model: Classifier, photos: Sequence[tuple[Photo, Scene]], *, quick: bool
) -> Measured:
    """Read the photos at each level."""
    levels = (kind.levels[0], kind.levels[len(kind.levels) // 2], kind.levels[-1]) if quick else kind.levels
    scores, read = [], []
    for level in levels:
        found = {
            photo.path.name: read_harmed(photo, scene, kind=kind, level=level, model=model)
            for photo, scene in photos
        }
        texts = ["".join(lines) for lines in found.values()]
        scores.append(
            add_scores(score_photo(photo.text, text) for (photo, _), text in zip(photos, texts, strict=True))
        )
        read.append(found)
    return Measured(model=name, kind=kind, levels=levels, scores=scores, read=read)


def read_harmed(photo: Photo, scene: Scene, *, kind: Kind, level: float, model: Classifier) -> list[str]:
    """Return the lines read in a harmed photo; its chance is its own, the same at each level."""
    rng = np.random.default_rng([SEED, *kind.name.encode(), *photo.path.name.encode()])
    return [line.text.replace(" ", "") for line in read_photo(kind.harm(scene, level, rng), model).lines]


def raw_results(one: Measured) -> dict[str, Any]:
    """Return one kind's results for JSON."""
    rows = zip(one.levels, one.scores, one.read, strict=True)
    return {
        "model": one.model,
        "kind": one.kind.name,
        "unit": one.kind.unit,
        "fails_at": one.fails_at,
        "levels": [
            {
                "level": level,
                "digits": score.digits,
                "wrong": score.wrong,
                "accuracy": score.accuracy,
                "interval": score.interval,
                "exact": score.exact,
                "read": read,
            }
            for level, score, read in rows
        ],
    }


if __name__ == "__main__":
    run(main)
