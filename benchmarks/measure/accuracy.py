"""The error of each setting: accuracy.py --data FOLDER [--only NAME]... [--output DIR] [--from JSON].

For each setting the error on held-out training digits, which is what settings are chosen by, and on the test
digits, which choose nothing; with all training digits as reference, the default also with the 5,000 digits
that come with the package. Nothing is random. Prints a Markdown table; raw results go to accuracy.json, a
picture of the default's errors with the nearest neighbors of each to errors.png, both in results/.
`--from JSON` prints the table of raw results that are there.
"""

import argparse
import json
import pathlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.models.settings import PLAIN_NAME, SETTINGS, Setting, find_setting, fit_setting
from benchmarks.script import Parser, describe_run, markdown_table, progress, run, say, write_json
from knn_digits.arrays import Labels
from knn_digits.classifiers.knn import BATCH, KnnClassifier
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.evaluation import wilson_interval
from knn_digits.images import write_png
from knn_digits.reports.cards import Card, draw_cards
from knn_digits.vote import Votes

RESULTS = pathlib.Path(__file__).parents[1] / "results"
DEFAULT = "default"
NEIGHBORS = 5  # shown beside each error
COLUMNS = 3  # errors in a row of the picture
MNIST_TEST = "a0863a96c44e5666edbb30c4071ee79ca0514c621e6349c5967fc78e7305c891"  # of digits and labels
# MNIST's test digits whose label fewer than three of five people agreed with: C. G. Northcutt, A. Athalye,
# J. Mueller (2021), Pervasive label errors in test sets destabilize machine learning benchmarks; counted in
# the file mnist_mturk.json that they published.
DOUBTED = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)


def main(arguments: Sequence[str]) -> None:
    """Measure, print the table, write the raw results and the picture."""
    options = parse(arguments)
    if options.read is not None:
        print(table(json.loads(options.read.read_text(encoding="utf-8"))["measured"]))
        return
    training, test = (load_dataset(options.data, split=split) for split in ("train", "test"))
    names = options.only or [setting.name for setting in SETTINGS]
    pairs = [(find_setting(name), training) for name in names]
    pairs += [(find_setting(name), load_dataset("sample")) for name in (PLAIN_NAME, DEFAULT) if name in names]
    results: dict[str, Any] = {"n": len(test.labels), "test_sha256": test.sha256, "measured": []}
    for setting, reference in progress(pairs, "settings"):
        model = fit_setting(setting, reference)
        answers = classify(model, test)
        results["measured"].append(measure(setting, model, answers, test))
        if setting.name == DEFAULT and reference is training:
            results["default_errors"] = show_errors(model, answers, test, options.output / "errors.png")
    about = describe_run() | {"command": "benchmarks/accuracy.py --data FOLDER"}
    write_json(options.output / "accuracy.json", about | results)
    print(table(results["measured"]))
    if test.sha256 == MNIST_TEST and "default_errors" in results:
        doubted = sum(error["doubted_label"] for error in results["default_errors"])
        say(f"{doubted} of the default's {len(results['default_errors'])} errors have a doubted label")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description="Measure the error of each setting on held-out and on test digits.")
    add = parser.add_argument
    add("--data", help="folder with MNIST's four IDX files")
    add("--only", action="append", metavar="NAME", choices=[setting.name for setting in SETTINGS])
    add("--output", type=pathlib.Path, metavar="DIR", default=RESULTS, help="where results go")
    add("--from", dest="read", type=pathlib.Path, metavar="JSON", help="print the table of these raw results")
    options = parser.parse_args(arguments)
    if options.data is None and options.read is None:
        parser.error("name the folder of MNIST's files with --data")
    return options


def classify(model: KnnClassifier, test: Dataset) -> Labels:
    """Return the model's answers."""
    starts = range(0, len(test.digits), BATCH)
    return np.concatenate([model.classify(test.digits[start : start + BATCH]).labels for start in starts])


def measure(setting: Setting, model: KnnClassifier, answers: Labels, test: Dataset) -> dict[str, Any]:
    """Return the errors on held-out training digits and on the test digits."""
    model.validate()
    note = model.header.get("validation")
    wrong = np.flatnonzero(answers != test.labels)
    data = model.header["data"]
    return {
        "setting": setting.name,
        "command": f"knn-digits fit --data {data['name']} {setting.command}".strip(),
        "options": asdict(setting.options),
        "reference": data["name"],
        "reference_digits": data["digits"],
        "validation": rate(note["errors"], note["digits"]) if note else None,
        "test": rate(len(wrong), len(answers)),
        "wrong_answers": {str(row): int(answers[row]) for row in wrong},  # by index of the test digit
    }


def rate(errors: int, n: int) -> dict[str, Any]:
    """Return an error rate as raw results have it."""
    return {"n": n, "errors": errors, "error_rate": errors / n, "interval": wilson_interval(errors, n)}


def show_errors(
    model: KnnClassifier, answers: Labels, test: Dataset, path: pathlib.Path
) -> list[dict[str, Any]]:
    """Draw each error with its nearest neighbors, as they voted; return what is drawn."""
    wrong = np.flatnonzero(answers != test.labels)
    votes = model.classify(test.digits[wrong])
    genuine = test.sha256 == MNIST_TEST
    errors = [
        describe_error(int(index), place, votes, test, doubted=genuine and int(index) in DOUBTED)
        for place, index in enumerate(wrong)
    ]
    cards = [
        Card(
            picture=test.digits[error["index"]],
            lines=error_lines(error),
            others=model.digits[error["neighbors"]],
            captions=[str(label) for label in error["neighbor_labels"]],
        )
        for error in errors
    ]
    write_png(path, draw_cards(cards, columns=COLUMNS))
    return errors


def describe_error(index: int, place: int, votes: Votes, test: Dataset, *, doubted: bool) -> dict[str, Any]:
    """Return one error as raw results have it."""
    return {
        "index": index,
        "label": int(test.labels[index]),
        "answer": int(votes.labels[place]),
        "probability": round(float(votes.probabilities[place].max()), 4),
        "refined": bool(votes.refined[place]),
        "doubted_label": doubted,
        "neighbors": votes.indices[place, :NEIGHBORS].tolist(),
        "neighbor_labels": votes.neighbor_labels[place, :NEIGHBORS].tolist(),
    }


def error_lines(error: dict[str, Any]) -> list[str]:
    """Return what stands above an error."""
    doubt = ", label doubted" if error["doubted_label"] else ""
    return [
        f"test digit {error['index']}{doubt}",
        f"true {error['label']}, read as {error['answer']} ({error['probability']:.0%})",
    ]


def table(measured: Sequence[dict[str, Any]]) -> str:
    """Return the Markdown table."""
    header = ["setting", "reference digits", "validation error", "test error", "95 % interval", "errors"]
    return markdown_table(header, [row(one) for one in measured])


def row(one: dict[str, Any]) -> list[str]:
    """Return a setting's row."""
    validation, test = one["validation"], one["test"]
    low, high = test["interval"]
    held = f"{validation['error_rate']:.2%} of {validation['n']:,}" if validation else "-"
    count = f"{test['errors']} of {test['n']:,}"
    name, digits = one["setting"], f"{one['reference_digits']:,}"
    return [name, digits, held, f"{test['error_rate']:.2%}", f"{low:.2%} to {high:.2%}", count]


if __name__ == "__main__":
    run(main)
