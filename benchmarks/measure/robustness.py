"""The sample photos, harmed more and more -> how long their digits are still read.

Run as `python benchmarks/robustness.py [--model FILE|bundled]... [--kind NAME]... [--quick]`. Each photo is
first brought to digits about 60 pixels high, so that a level in pixels means the same for all. Prints a
Markdown table; it and the raw results go to benchmarks/results.
"""

import argparse
import io
import pathlib
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.data.truth import Photo, load_photos
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
    write_text,
)
from knn_digits.arrays import Pixels
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.load import find_model
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.images import read_picture
from knn_digits.reading import read_photo

HERE = pathlib.Path(__file__).parents[1]
SAMPLES = HERE.parent / "samples"
SEED = 7
HEIGHT = 60  # pixels: of a digit, in the photos that are harmed
ENOUGH = 0.9  # the accuracy that counts as still read
QUICK = 3  # levels of each kind with --quick: the first, the middle and the last
RULE_STEP, SQUARE_STEP = (
    1.25 * HEIGHT,
    0.8 * HEIGHT,
)  # pixels: as 8 mm rules and 5 mm squares to a hand's 6 mm
RULE_WIDTH = 2  # pixels
SOFT_EDGE = 2 * HEIGHT  # pixels: from full light to full shadow
INK_WIDTH = 30  # pixels: any stroke is narrower
SENSOR_NOISE = 1.5  # grey levels: what a camera adds to a flat page, however faint the ink

Float: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A photo whose digits are about 60 pixels high."""

    pixels: Pixels  # (height, width, 3) uint8 RGB
    light_on_dark: bool


Harm: TypeAlias = Callable[[Scene, float, np.random.Generator], Pixels]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way to harm a photo."""

    name: str
    unit: str
    levels: tuple[float, ...]  # the first does the least harm
    harm: Harm


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


def blur(scene: Scene, sigma: float, rng: np.random.Generator) -> Pixels:
    """Put the photo out of focus."""
    return _pixels(cv2.GaussianBlur(scene.pixels, (0, 0), sigma)) if sigma else scene.pixels


def add_noise(scene: Scene, spread: float, rng: np.random.Generator) -> Pixels:
    """Add noise of this spread to each pixel and color."""
    return _pixels(scene.pixels + rng.normal(0, spread, scene.pixels.shape))


def rotate(scene: Scene, degrees: float, rng: np.random.Generator) -> Pixels:
    """Turn the page to either side, on paper that goes on beyond its edges."""
    height, width = scene.pixels.shape[:2]
    angle = degrees * rng.choice([-1, 1])
    side = round(float(np.hypot(height, width)))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (round(height * sin + width * cos), round(height * cos + width * sin))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    page = cv2.copyMakeBorder(_paper(scene), side, side, side, side, cv2.BORDER_REFLECT)
    page[side : side + height, side : side + width] = scene.pixels
    matrix[:, 2] -= matrix[:, :2] @ (side, side)
    return _pixels(cv2.warpAffine(page, matrix, size, flags=cv2.INTER_CUBIC))


def cast_hard_shadow(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Take so much of the light from one side of a straight edge."""
    return _shadow(scene, percent, rng, edge=2)


def cast_soft_shadow(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Take so much of the light from one side, the edge as wide as two digits are high."""
    return _shadow(scene, percent, rng, edge=SOFT_EDGE)


def _shadow(scene: Scene, percent: float, rng: np.random.Generator, *, edge: float) -> Pixels:
    height, width = scene.pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, 2 * np.pi)
    place = rng.uniform(0.35, 0.65, 2)
    beyond = (x - place[0] * width) * np.cos(angle) + (y - place[1] * height) * np.sin(angle)
    shade = np.clip(beyond / edge + 0.5, 0, 1)[..., None]
    return _pixels(scene.pixels * (1 - percent / 100 * shade))


def scale(scene: Scene, height: float, rng: np.random.Generator) -> Pixels:
    """Reduce the photo until its digits are so many pixels high."""
    factor = height / HEIGHT
    return _pixels(cv2.resize(scene.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def compress(scene: Scene, quality: float, rng: np.random.Generator) -> Pixels:
    """Store the photo as JPEG of this quality."""
    stream = io.BytesIO()
    Image.fromarray(scene.pixels).save(stream, "JPEG", quality=round(quality))
    with Image.open(stream) as image:
        return _pixels(np.asarray(image))


def fade(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Leave so much of the contrast of ink and paper, and the noise of a camera."""
    paper = _paper(scene).astype(np.float32)
    faint = paper + percent / 100 * (scene.pixels - paper)
    return _pixels(faint + rng.normal(0, SENSOR_NOISE, faint.shape))


def rule(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Print lines across the page, darker than its paper by so much (brighter on a blackboard)."""
    return _print(scene, percent, _rules(scene.pixels.shape[0], RULE_STEP, rng)[:, None])


def square(scene: Scene, percent: float, rng: np.random.Generator) -> Pixels:
    """Print squares on the page, darker than its paper by so much (brighter on a blackboard)."""
    height, width = scene.pixels.shape[:2]
    rows, columns = (_rules(side, SQUARE_STEP, rng) for side in (height, width))
    return _print(scene, percent, np.maximum(rows[:, None], columns[None]))


def _rules(length: int, step: float, rng: np.random.Generator) -> Float:
    """Return 1 where a line is, 0 elsewhere."""
    place = (np.arange(length) + rng.uniform(0, step)) % step
    return (place < RULE_WIDTH).astype(np.float32)


def _print(scene: Scene, percent: float, lines: Float) -> Pixels:
    passed = 1 - percent / 100 * lines[..., None]
    return _pixels(255 - (255 - scene.pixels) * passed if scene.light_on_dark else scene.pixels * passed)


def thin(scene: Scene, pixels: float, rng: np.random.Generator) -> Pixels:
    """Make strokes narrower by so many pixels."""
    return _widen(scene, pixels, ink_is_dark=scene.light_on_dark)


def thicken(scene: Scene, pixels: float, rng: np.random.Generator) -> Pixels:
    """Make strokes wider by so many pixels."""
    return _widen(scene, pixels, ink_is_dark=not scene.light_on_dark)


def _widen(scene: Scene, pixels: float, *, ink_is_dark: bool) -> Pixels:
    side = 1 + round(pixels)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return _pixels((cv2.erode if ink_is_dark else cv2.dilate)(scene.pixels, pen))


def _paper(scene: Scene) -> Pixels:
    """Return the photo without its ink."""
    window = np.ones((INK_WIDTH, INK_WIDTH), np.uint8)
    shape = cv2.MORPH_OPEN if scene.light_on_dark else cv2.MORPH_CLOSE
    calm = cv2.GaussianBlur(scene.pixels, (0, 0), 2)  # else the paper would be its brightest grains
    return _pixels(cv2.GaussianBlur(cv2.morphologyEx(calm, shape, window), (0, 0), INK_WIDTH / 2))


def _pixels(values: Any) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


KINDS = (
    Kind(name="blur", unit="pixels", levels=(0, 1, 2, 3, 4, 5, 6, 8, 10), harm=blur),
    Kind(name="noise", unit="grey levels", levels=(0, 10, 20, 30, 40, 50, 60, 80, 100), harm=add_noise),
    Kind(name="rotation", unit="degrees", levels=(0, 5, 10, 15, 20, 25, 30, 35, 40, 45), harm=rotate),
    Kind(
        name="shadow, hard edge",
        unit="% of the light",
        levels=(0, 20, 40, 50, 60, 70, 80, 90),
        harm=cast_hard_shadow,
    ),
    Kind(
        name="shadow, soft edge",
        unit="% of the light",
        levels=(0, 20, 40, 50, 60, 70, 80, 90),
        harm=cast_soft_shadow,
    ),
    Kind(name="digit height", unit="pixels", levels=(60, 40, 30, 24, 20, 16, 12, 10, 8, 6), harm=scale),
    Kind(name="JPEG quality", unit="of 100", levels=(95, 75, 50, 30, 20, 10, 5, 3, 1), harm=compress),
    Kind(name="contrast", unit="% of the photo's", levels=(100, 70, 50, 30, 20, 15, 10, 7, 5, 3), harm=fade),
    Kind(name="ruled paper", unit="% darker", levels=(0, 10, 20, 30, 40, 50, 60, 80, 100), harm=rule),
    Kind(name="squared paper", unit="% darker", levels=(0, 10, 20, 30, 40, 50, 60, 80, 100), harm=square),
    Kind(name="strokes thinner", unit="pixels", levels=(0, 1, 2, 3, 4, 5, 6, 7), harm=thin),
    Kind(name="strokes thicker", unit="pixels", levels=(0, 2, 4, 6, 8, 10, 12, 15), harm=thicken),
)


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table, write it and the raw results."""
    options = parse(arguments)
    models = load_models(options.model)
    photos = [photo for photo in load_photos(SAMPLES) if photo.text]
    scenes = [load_scene(photo) for photo in photos]
    kinds = [kind for kind in KINDS if not options.kind or kind.name in options.kind]
    pairs = [(name, kind) for name in models for kind in kinds]
    measured = [
        measure(kind, name, models[name], list(zip(photos, scenes, strict=True)), quick=options.quick)
        for name, kind in progress(pairs, "harms")
    ]
    report = make_report(measured, photos)
    print(report)
    results = {
        **describe_run(),
        "seed": SEED,
        "models": {name: describe_model(model) for name, model in models.items()},
        "photos": {photo.path.name: photo.lines for photo in photos},
        "measured": [raw_results(one) for one in measured],
    }
    write_json(options.output / "robustness.json", results)
    write_text(options.output / "robustness.md", report + "\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure how much harm to the sample photos a model stands.")
    add_model_option(parser)
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        metavar="DIR",
        default=HERE / "results",
        help="where robustness.json and robustness.md go; default: benchmarks/results",
    )
    names = [kind.name for kind in KINDS]
    parser.add_argument(
        "--kind",
        action="append",
        metavar="NAME",
        choices=names,
        help=f"this kind of harm alone; may be given again: {', '.join(names)}",
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} levels of each kind alone")
    return parser.parse_args(arguments)


def load_scene(photo: Photo) -> Scene:
    """Return the photo, scaled to digits about 60 pixels high, as the bundled model finds them."""
    pixels = read_picture(photo.path).pixels
    reading = read_photo(pixels, KnnClassifier.load(find_model("bundled")))
    heights = [digit.box.height for line in reading.lines for digit in line.digits]
    factor = HEIGHT / statistics.median(heights)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how)
    return Scene(pixels=_pixels(sized), light_on_dark=photo.light_on_dark)


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
    return [line.text for line in read_photo(kind.harm(scene, level, rng), model).lines]


def make_report(measured: Sequence[Measured], photos: Sequence[Photo]) -> str:
    """Return the tables as Markdown."""
    digits = sum(len(photo.text) for photo in photos)
    parts = [
        f"Digits read right, in %, of {digits} in {len(photos)} sample photos, brought to digits about "
        f"{HEIGHT} pixels high, at each level of harm."
    ]
    for name in dict.fromkeys(one.model for one in measured):
        rows = [_row(one) for one in measured if one.model == name]
        table = markdown_table([f"model {name}", "unit", "level: digits read", "under 90 % at"], rows)
        parts.append(table)
    return "\n\n".join(parts)


def _row(one: Measured) -> list[str]:
    pairs = zip(one.levels, one.scores, strict=True)
    cells = " · ".join(f"{level:g}: {100 * (score.accuracy or 0):.0f}" for level, score in pairs)
    return [one.kind.name, one.kind.unit, cells, "-" if one.fails_at is None else f"{one.fails_at:g}"]


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
