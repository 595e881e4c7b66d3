"""Corrupted and foreign digits -> the error of each feature, the default and the CNN.

Run as `python benchmarks/corruptions.py --data FOLDER [--n N] [--usps NPZ] [--sheet PNG] [--from JSON]`. The
models are fitted on clean training digits and see no corruption. Corrupted test digits are classified as they
are, as MNIST-C is meant; digits of USPS and of OpenCV's sheet are brought to MNIST's geometry first. Prints
Markdown tables; raw results go to corruptions.json, a picture of each corruption to corruptions.png.
"""

import argparse
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from benchmarks.data.corruptions import CORRUPTIONS, SEED, corrupt
from benchmarks.models.settings import find_setting, fit_setting
from benchmarks.script import (
    Parser,
    describe_model,
    describe_run,
    markdown_table,
    progress,
    run,
    say,
    write_json,
)
from knn_digits.arrays import CLASSES, Digits, Labels, Pixels
from knn_digits.classifiers import Classifier
from knn_digits.classifiers.load import load_classifier
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.digit import normalize
from knn_digits.errors import DataError
from knn_digits.evaluation import count_seen, evaluate
from knn_digits.images import write_png
from knn_digits.reports.cards import Card, draw_cards

RESULTS = pathlib.Path(__file__).parents[1] / "results"
KNN = ("blocks, k 11", "pixels, k 3", "deskewed, k 3", "hog, k 11", "default")
NETWORK = "cnn"
CLEAN = "clean"
SHEET_SIDE = 20  # pixels: a digit on OpenCV's sheet, which has 50 rows of 100, 500 of each label in order
SHOWN = 7  # digits in the picture of each corruption
COLUMNS = 4  # corruptions in a row of the picture


def main(arguments: Sequence[str]) -> None:
    """Measure, print the tables, write the raw results and the picture."""
    options = parse(arguments)
    if options.read is not None:
        print(tables(json.loads(options.read.read_text(encoding="utf-8"))))
        return
    training, test = (load_dataset(options.data, split=split) for split in ("train", "test"))
    foreign = load_foreign(options, training)
    rows = np.linspace(0, len(test.digits) - 1, min(options.n, len(test.digits))).astype(np.int64)
    digits, labels = test.digits[rows], test.labels[rows]
    draw(digits, options.output / "corruptions.png")
    models: dict[str, Classifier] = {name: fit_setting(find_setting(name), training) for name in KNN}
    models[NETWORK] = load_classifier(NETWORK)
    corrupted = measure(models, digits, labels)
    results = {
        **describe_run(),
        "command": "benchmarks/corruptions.py --data FOLDER",
        "seed": SEED,
        "n": len(rows),
        "test_sha256": test.sha256,
        "models": {name: describe_model(model) for name, model in models.items()},
        "severity": {kind.name: kind.severity for kind in CORRUPTIONS},
        "corruptions": corrupted,
        "transfer": [
            {"digits": name, "seen": seen} | {model: score(models[model], *data) for model in models}
            for name, (data, seen) in foreign.items()
        ],
    }
    write_json(options.output / "corruptions.json", results)
    print(tables(results))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure the error on corrupted and on foreign digits.")
    add = parser.add_argument
    add("--data", help="folder with MNIST's four IDX files")
    add("--n", type=int, default=10_000, help="test digits, spread evenly (default: 10000)")
    add("--usps", type=pathlib.Path, metavar="NPZ", help="x_test (n, 16, 16) and y_test of USPS")
    add("--sheet", type=pathlib.Path, metavar="PNG", help="OpenCV's digits.png")
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where results go")
    add("--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the tables of these results")
    options = parser.parse_args(arguments)
    if options.data is None and options.read is None:
        parser.error("name the folder of MNIST's files with --data")
    if options.n < 1:
        parser.error("--n must be at least 1")
    return options


def load_foreign(
    options: argparse.Namespace, training: Dataset
) -> dict[str, tuple[tuple[Digits, Labels], int]]:
    """Return the foreign digits that are there, and how many of them are training digits."""
    found = {}
    for name, path, load in (
        ("USPS, test part", options.usps, load_usps),
        ("OpenCV's sheet", options.sheet, load_sheet),
    ):
        if path is None or not path.is_file():
            say(f"{name}: left out, {'no file is named' if path is None else f'there is no {path.name}'}")
            continue
        pictures, labels = load(path)
        digits = normalize(list(pictures))
        found[name] = ((digits, labels), count_seen(digits, training.digits))
    return found


def load_usps(path: pathlib.Path) -> tuple[Pixels, Labels]:
    """Return the test pictures (n, 16, 16) and their labels."""
    try:
        with np.load(path) as file:
            return np.asarray(file["x_test"], np.uint8), np.asarray(file["y_test"], np.int64)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} must be an .npz file with x_test and y_test: {error}") from error


def load_sheet(path: pathlib.Path) -> tuple[Pixels, Labels]:
    """Return the pictures (n, 20, 20) of a sheet and their labels."""
    sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if sheet is None or sheet.shape[0] % (SHEET_SIDE * CLASSES) or sheet.shape[1] % SHEET_SIDE:
        raise DataError(f"{path} must be a picture of digits of 20x20 pixels, as many rows of each label")
    rows, columns = (side // SHEET_SIDE for side in sheet.shape)
    cut = sheet.reshape(rows, SHEET_SIDE, columns, SHEET_SIDE).swapaxes(1, 2)
    labels = np.repeat(np.arange(CLASSES), rows // CLASSES * columns)
    return np.asarray(cut.reshape(-1, SHEET_SIDE, SHEET_SIDE), np.uint8), labels.astype(np.int64)


def measure(models: dict[str, Classifier], digits: Digits, labels: Labels) -> list[dict[str, Any]]:
    """Return each model's error on the clean digits and under each corruption."""
    measured: list[dict[str, Any]] = []
    for kind in progress([None, *CORRUPTIONS], "corruptions"):
        harmed = digits if kind is None else corrupt(digits, kind)
        scores = {name: score(model, harmed, labels) for name, model in models.items()}
        measured.append({"digits": kind.name if kind else CLEAN} | scores)
    return measured


def score(model: Classifier, digits: Digits, labels: Labels) -> dict[str, Any]:
    """Return a model's error as raw results have it."""
    found = evaluate(model, digits, labels)
    return {
        "n": found.n,
        "errors": found.errors,
        "error_rate": found.error_rate,
        "interval": found.interval,
    }


def draw(digits: Digits, path: pathlib.Path) -> None:
    """Draw the first digits under each corruption."""
    cards = []
    for kind in CORRUPTIONS:
        harmed = corrupt(digits[:SHOWN], kind)
        captions = [""] * (len(harmed) - 1)
        cards.append(
            Card(picture=harmed[0], lines=[kind.name, kind.severity], others=harmed[1:], captions=captions)
        )
    clean = Card(
        picture=digits[0], lines=[CLEAN], others=digits[1:SHOWN], captions=[""] * len(digits[1:SHOWN])
    )
    write_png(path, draw_cards([clean, *cards], columns=COLUMNS))


def tables(results: dict[str, Any]) -> str:
    """Return the Markdown tables: errors in percent."""
    names = list(results["models"])
    rows = [_row(one["digits"], one, names) for one in results["corruptions"]]
    harmed = [one for one in results["corruptions"] if one["digits"] != CLEAN]
    means = {
        name: {"error_rate": float(np.mean([one[name]["error_rate"] for one in harmed]))} for name in names
    }
    rows.append(_row(f"mean of the {len(harmed)}", means, names))
    corrupted = markdown_table([f"error in %, n {results['n']:,}", *names], rows)
    foreign = [_row(f"{one['digits']}, n {one[names[0]]['n']:,}", one, names) for one in results["transfer"]]
    parts = [corrupted, *([markdown_table(["error in %", *names], foreign)] if foreign else [])]
    parts += [
        f"Of {one['digits']}, {one['seen']:,} are, pixel for pixel, among the training digits."
        for one in results["transfer"]
        if one["seen"]
    ]
    return "\n\n".join(parts)


def _row(label: str, one: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [label, *(f"{100 * one[name]['error_rate']:.2f}" for name in names)]


if __name__ == "__main__":
    run(main)
