"""Photos with their truth -> `numbers.json`, by which photos are searched, with what was tried for each.

Another number takes the place of one where the photos are read better by it for sure. What that is worth is
told of sources that were left out when it was chosen.
"""

import argparse
import json
import pathlib
import statistics
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks.data.numbers import Number, Values, changed, find_numbers
from benchmarks.data.truth import TRUTH, load_photos
from benchmarks.judge.learning import folds_of
from benchmarks.measure import constants
from benchmarks.measure.constants import Bench, choose_photos
from benchmarks.records import RESULTS, read_record
from benchmarks.script import Parser, run, say
from knn_digits.photo.numbers import FILE
from knn_digits.storage import write_then_rename

FOLDS = 5
SURE = 2.0  # standard errors: by chance one in forty is better by more

Key = tuple[str, str]  # module, name
Row = Mapping[str, Any]


def main(arguments: Sequence[str]) -> None:
    """Measure what is not measured yet, choose, and write the numbers."""
    options = parse(arguments)
    constants.main([str(options.photos), "--output", str(options.results)])
    rows = read_record(options.results / "constants.json")["result"]["numbers"]
    numbers = {(one.module, one.name): one for one in find_numbers()}
    bench = choose_photos(load_photos(options.photos))
    bench.read()
    chosen = choose(rows, [photo.path.name for photo in bench.photos])
    about = {
        "command": "python -m benchmarks.learn_numbers PHOTO_DIR",
        "photos": len(bench.photos),
        "digits": sum(len(photo.text) for photo in bench.photos),
        "before": _told(bench, bench.texts),
        "chosen on other sources": _told(bench, read_apart(bench, rows, numbers)),
        "chosen on all": _told(bench, read_by(bench, chosen, numbers)),
    }
    say(json.dumps(about))
    with write_then_rename(options.output) as file:
        file.write(spelled(about, rows, chosen).encode())
    say(
        f"{options.output}: {len(chosen)} of {sum(bool(row['others']) for row in rows)} numbers were replaced"
    )


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="PHOTO_DIR", help=f"a folder with photos and {TRUTH}")
    add("--results", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where raw results go")
    add("--output", type=pathlib.Path, default=FILE, help="the file that is written (%(default)s)")
    return parser.parse_args(arguments)


def choose(rows: Sequence[Row], names: Collection[str]) -> dict[Key, Values]:
    """Return the numbers that are surely better than those that are there, on these photos."""
    found: dict[Key, Values] = {}
    for row in rows:
        tried = [one for one in row["others"] or () if "impossible" not in one]
        best = max(tried, key=lambda one: _gain(one, names)[0], default=None)
        if best and _gain(best, names)[0] > SURE * _gain(best, names)[1]:
            value = best["value"]
            found[row["module"], row["name"]] = tuple(value) if isinstance(value, list) else value
    return found


def _gain(tried: Row, names: Collection[str]) -> tuple[float, float]:
    """Return the mean difference of the digits of a photo that are read right, and its standard error."""
    apart = [tried["by_photo"].get(name, 0.0) for name in names]
    return statistics.fmean(apart), statistics.stdev(apart) / len(apart) ** 0.5


def read_apart(bench: Bench, rows: Sequence[Row], numbers: Mapping[Key, Number]) -> list[str]:
    """Return what is read in each photo by numbers that were chosen on photos of other sources."""
    texts = list(bench.texts)
    for others, own in folds_of([photo.source for photo in bench.photos], FOLDS):
        chosen = choose(rows, [bench.photos[row].path.name for row in others])
        part = Bench(photos=[bench.photos[row] for row in own], pictures=[bench.pictures[row] for row in own])
        for row, text in zip(own, read_by(part, chosen, numbers), strict=True):
            texts[row] = text
    return texts


def read_by(bench: Bench, chosen: Mapping[Key, Values], numbers: Mapping[Key, Number]) -> list[str]:
    """Return what is read in the photos with these in the place of the numbers that are there."""
    with ExitStack() as stack:
        for key, value in chosen.items():
            stack.enter_context(changed(numbers[key], value))
        return [bench.look_and_read(picture) for picture in bench.pictures]


def _told(bench: Bench, texts: Sequence[str]) -> dict[str, float]:
    names = ("accuracy", "mean_over_sources", "exact")
    return {name: round(value, 4) for name, value in bench.describe(texts).items() if name in names}


def spelled(about: Mapping[str, Any], rows: Sequence[Row], chosen: Mapping[Key, Values]) -> str:
    """Return the file: a number a line."""
    modules: dict[str, list[str]] = {}
    for row in rows:
        if row["others"]:
            entry = {
                "value": chosen.get((row["module"], row["name"]), row["value"]),
                "meaning": row["meaning"],
                "tried": [_tried(one) for one in row["others"]],
            }
            modules.setdefault(row["module"], []).append(f'   "{row["name"]}": {json.dumps(entry)}')
    parts = [f'  "{module}": {{\n' + ",\n".join(lines) + "\n  }" for module, lines in modules.items()]
    return f'{{\n "about": {json.dumps(about)},\n "numbers": {{\n' + ",\n".join(parts) + "\n }\n}\n"


def _tried(one: Row) -> dict[str, Any]:
    if "impossible" in one:
        return {"value": one["value"], "impossible": one["impossible"]}
    return {"value": one["value"], **{name: round(one[name], 4) for name in ("difference", "standard_error")}}


if __name__ == "__main__":
    run(main)
