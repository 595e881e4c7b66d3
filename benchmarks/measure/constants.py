"""Photos with their truth -> how much each number that a person set in `photo/` and `reading/` matters.

Each is halved and doubled, the others as they are, and the smallest photo of each source is read again.
What is measured is written after each number, and a command that was cut off goes on there.
"""

import argparse
import collections
import dataclasses
import hashlib
import pathlib
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import PIL.Image

from benchmarks.data.numbers import READING, Number, Values, changed, find_numbers, is_default
from benchmarks.data.truth import TRUTH, Photo, load_photos
from benchmarks.measure.photos import mean_over_sources
from benchmarks.records import add_output_option, read_record, record, write_record
from benchmarks.script import Parser, progress, run, say
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.load import load_bundled
from knn_digits.errors import DataError
from knn_digits.evaluation import PhotoScore, add_scores, score_photo
from knn_digits.images import Picture
from knn_digits.opening import open_photo
from knn_digits.reading import LARGEST, TINY, find_view, model_for_photos
from knn_digits.reading.judge import FILE, load_judge
from knn_digits.reading.lines import read_lines
from knn_digits.reading.views import View

PIXELS = 500_000  # photos of more are left out, so that a number takes seconds
EARLY = {"photo.page", "photo.ink", "photo.rules", "photo.frames"}  # modules that make the view alone
BOTH = {"photo.components", "reading"}  # modules that make it, and read what is in it

Result = dict[str, Any]


@dataclass(kw_only=True)
class Bench:
    """Photos, how they are looked at and what is read in them as the numbers are."""

    photos: list[Photo]
    pictures: list[Picture]
    model: DigitKNN = field(default_factory=lambda: model_for_photos(load_bundled()))
    views: list[View] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Read the photos as the numbers are."""
        self.views = [_look(picture) for picture in self.pictures]
        self.texts = [self._read(view) for view in progress(self.views, "as they are")]

    def read_with(self, number: Number, value: Values) -> list[str]:
        """Read the photos with another value of a number, but for what it cannot change."""
        with changed(number, value):
            if number.module not in EARLY | BOTH:
                return [self._read(view) for view in self.views]
            views = [_look(picture) for picture in self.pictures]
            known = zip(views, self.views, self.texts, strict=True)
            alone = number.module in EARLY
            return [text if alone and new == old else self._read(new) for new, old, text in known]

    def look_and_read(self, picture: Picture) -> str:
        """Return what is read in a picture by the numbers as they are now."""
        return self._read(_look(picture))

    def _read(self, view: View) -> str:
        scout = load_bundled().unrefined()
        lines = read_lines(view, scout, self.model, load_judge(), least=0.0).lines
        return "".join(line.text.replace(" ", "") for line in lines)

    def score(self, texts: Sequence[str]) -> list[PhotoScore]:
        """Return how well each photo is read."""
        pairs = zip(self.photos, texts, strict=True)
        return [score_photo(photo.text, text, ordered=photo.ordered) for photo, text in pairs]

    def describe(self, texts: Sequence[str]) -> Result:
        """Return how well the photos are read, and by how much that differs from how they are read now."""
        scores, now = self.score(texts), self.score(self.texts)
        total = add_scores(scores)
        pairs = zip(scores, now, strict=True)
        apart = [(one.accuracy or 0.0) - (other.accuracy or 0.0) for one, other in pairs]
        return {
            "accuracy": total.accuracy,
            "exact": total.exact,
            "mean_over_sources": mean_over_sources(self.photos, scores, range(len(self.photos))),
            "difference": statistics.fmean(apart),
            "standard_error": statistics.stdev(apart) / len(apart) ** 0.5,
            "read_otherwise": sum(one != other for one, other in zip(texts, self.texts, strict=True)),
            "by_photo": {
                photo.path.name: round(one, 4) for photo, one in zip(self.photos, apart, strict=True) if one
            },
        }


def _look(picture: Picture) -> View:
    return find_view(picture.pixels, width=picture.full_width)


def main(arguments: Sequence[str]) -> None:
    """Measure one number after the other, and write the raw results after each."""
    options = parse(arguments)
    numbers = find_numbers()
    kinds = collections.Counter(number.kind for number in numbers)
    say(f"{len(numbers)} numbers: " + ", ".join(f"{count} for {kind}" for kind, count in kinds.items()))
    bench = choose_photos(load_photos(options.photos))
    result: Result = {
        "judge_sha256": _sha256(FILE),
        "truth_sha256": _sha256(options.photos / TRUTH),
        "photos": len(bench.photos),
        "digits": sum(len(photo.text) for photo in bench.photos),
        "kinds": dict(kinds),
    }
    rows = [known_row(options.output, result, number) for number in numbers]
    bench.read()
    result |= {"now": bench.describe(bench.texts), "numbers": rows}
    started = time.process_time()
    pairs = sorted(zip(numbers, rows, strict=True), key=lambda pair: pair[0].module not in EARLY)
    for number, row in progress(pairs, "those that are quickly measured first"):
        if row["others"] is None and time.process_time() - started < options.seconds:
            row["others"] = measure(bench, number)
            write_record(options.output, record("constants", result, options="PHOTO_DIR"))
    print(write_record(options.output, record("constants", result, options="PHOTO_DIR")))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="PHOTO_DIR", help=f"a folder with photos and {TRUTH}")
    add_output_option(parser)
    words = "begin no number after so many seconds of CPU; the next run goes on"
    add("--seconds", type=float, metavar="S", default=float("inf"), help=words)
    return parser.parse_args(arguments)


def choose_photos(photos: Sequence[Photo]) -> Bench:
    """Return the smallest photo with digits of each source, where it is not too large to be read quickly."""
    smallest: dict[str, tuple[int, Photo]] = {}
    for photo in photos:
        with PIL.Image.open(photo.path) as picture:
            width, height = picture.size
        size = width * height
        wanted = photo.text and max(width, height) > TINY and size <= PIXELS
        if wanted and size < smallest.get(photo.source, (size + 1, photo))[0]:
            smallest[photo.source] = size, photo
    chosen = [photo for _, photo in smallest.values()]
    if len(chosen) < 2:
        raise DataError(f"photos of two sources are needed, none of more than {PIXELS:,} pixels")
    return Bench(photos=chosen, pictures=[open_photo(photo.path, largest=LARGEST) for photo in chosen])


def known_row(folder: pathlib.Path, result: Mapping[str, Any], number: Number) -> Result:
    """Return the row of a number, with what an earlier run measured on the same photos by the same judge."""
    row: Result = {**dataclasses.asdict(number), "kind": number.kind, "others": None}
    path = folder / "constants.json"
    earlier = read_record(path)["result"] if path.exists() else {"numbers": []}
    if number.kind != READING or is_default(number):
        return row | {"others": []}
    if all(earlier.get(name) == result[name] for name in ("judge_sha256", "truth_sha256", "photos")):
        for one in earlier["numbers"]:
            if all(one[name] == _plain(row[name]) for name in ("module", "name", "value")):
                return row | {"others": one["others"]}
    return row


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def measure(bench: Bench, number: Number) -> list[Result]:
    """Return how the photos are read with each other value of a number."""
    found = []
    for value in number.others:
        try:
            found.append({"value": value, **bench.describe(bench.read_with(number, value))})
        except (ValueError, LookupError, ArithmeticError, cv2.error) as error:
            found.append({"value": value, "impossible": str(error).strip().splitlines()[0]})
    return found


def _sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    run(main)
