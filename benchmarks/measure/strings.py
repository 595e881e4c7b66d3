"""Strings of digits that touch, broad, broken and faint ones, letters -> how many a reader reads exactly.

Drawn of test digits, one string a picture, see `benchmarks.data.strings`. Of letters no digit should be read.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks.counts import rate
from benchmarks.data.strings import HEIGHT, KINDS, SEED, Kind, String, make_strings
from benchmarks.models.named import add_model_option, describe_model, load_models, spell_models
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.datasets import load_dataset
from knn_digits.evaluation import add_scores, score_photo
from knn_digits.reading import Reader

QUICK = 10  # times fewer strings with --quick


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    models = load_models(options.model)
    test = load_dataset(options.data, split="test")
    fewer = QUICK if options.quick else 1
    strings = [(kind, make_strings(kind, kind.n // fewer, test)) for kind in KINDS]
    result = {
        "seed": SEED,
        "height": HEIGHT,
        "test_sha256": test.sha256,
        "models": {name: describe_model(model) for name, model in models.items()},
        "measured": [
            measure(name, Reader(model), kind, some)
            for name, model in models.items()
            for kind, some in progress(strings, name)
        ],
    }
    spelled = f"--data FOLDER {spell_models(options.model)}" + " --quick" * options.quick
    print(write_record(options.output, record("strings", result, options=spelled)))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    words = "`mnist`, a folder with its IDX files, or another data set with a test part"
    add("--data", required=True, help=words)
    add_model_option(parser)
    add_output_option(parser)
    add("--quick", action="store_true", help="a tenth of the strings alone")
    return parser.parse_args(arguments)


def measure(name: str, reader: Reader, kind: Kind, strings: Sequence[String]) -> dict[str, Any]:
    """Return how a model read the strings of a kind."""
    read = ["".join(reader.read(one.picture).text.split()) for one in strings]
    scores = [score_photo(one.text, text) for one, text in zip(strings, read, strict=True)]
    total = add_scores(scores)
    return {
        "model": name,
        "kind": kind.name,
        "strings": rate(total.photos - total.exact, total.photos),
        "digits": rate(total.wrong, total.digits) if total.digits else None,
        "invented": total.invented,
        "truth": [one.text for one in strings],
        "read": read,
    }


if __name__ == "__main__":
    run(main)
