"""MNIST's test digits -> how many of the known wrong labels `inspect` finds.

The test digits are inspected as `knn-digits inspect --split test` does, each held out and read by all
others.
"""

from collections.abc import Sequence
from dataclasses import asdict

from benchmarks.data.mnist import DOUBTED, MNIST_TEST
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run
from knn_digits.datasets import load_dataset
from knn_digits.errors import DataError
from knn_digits.inspection import find_doubts


def main(arguments: Sequence[str]) -> None:
    """Inspect and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="folder with MNIST's four IDX files")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    test = load_dataset(options.data, split="test")
    if test.sha256 != MNIST_TEST:
        raise DataError(f"{options.data} has not MNIST's test digits, of which the wrong labels are known")
    result = {
        "digits": len(test.labels),
        "known": list(DOUBTED),
        "listed": [asdict(doubt) for doubt in find_doubts(test.digits, test.labels)],
    }
    print(write_record(options.output, record("doubts", result, options="--data FOLDER")))


if __name__ == "__main__":
    run(main)
