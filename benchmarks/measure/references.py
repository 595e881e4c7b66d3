"""Training digits -> how the error on held-out ones falls with the number kept, by the rule that keeps them.

As the bundled model is made: all digits but those held out teach the directions, few of them are searched.
Hart's rule by itself says how many it keeps: what the rest cannot do without.
"""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.counts import score
from benchmarks.models.bundled import FEATURE, REFERENCES, Pool
from benchmarks.models.condense import NEAR, SEED, choose_references, condense, disagreement
from benchmarks.models.hands import project
from benchmarks.models.study import hold_out
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.arrays import Indices
from knn_digits.datasets import Dataset, load_dataset
from knn_digits.datasets.hands import Hands, load_hands

SIZES = (2500, 5000, REFERENCES, 20_000)
HART, BUNDLED = "Hart 1968", "as the bundled model"
HANDED = f"{BUNDLED}, with other hands"


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    options = parse(arguments)
    result = measure(load_dataset(options.data, split="train"), load_hands())
    print(write_record(options.output, record("references", result, options="--data FOLDER")))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="MNIST: `mnist`, or a folder with its IDX files")
    add_output_option(parser)
    return parser.parse_args(arguments)


def measure(training: Dataset, hands: Hands) -> dict[str, Any]:
    """Return the errors on held-out digits by rule and number of digits; None where it keeps fewer."""
    known, held = hold_out(training)
    pool = Pool(known.digits, known.labels, project(FEATURE, known.digits), "known")
    orders = order_digits(pool)
    most = len(known.labels)
    sizes = sorted({len(orders[HART]), most, *(n for n in SIZES if n < most)})
    errors: dict[str, list[int | None]] = {name: [] for name in (*orders, HANDED)}
    steps = [(n, name) for n in sizes for name in orders]
    for n, name in progress(steps, "models"):
        if n > len(orders[name]):
            errors[name].append(None)
            continue
        model = pool.model(orders[name][:n])
        errors[name].append(score(model, held.digits, held.labels)["errors"])
        if name == BUNDLED:
            errors[HANDED].append(score(model.with_hands(hands), held.digits, held.labels)["errors"])
    return {"n": len(held.labels), "known": most, "sizes": sizes, "errors": errors}


def order_digits(pool: Pool) -> dict[str, Indices]:
    """Return the rows that each rule keeps, those that it keeps first, first.

    References
    ----------
    P. E. Hart (1968), The condensed nearest neighbor rule. D. L. Wilson (1972), Asymptotic properties of
    nearest neighbor rules using edited data. M. R. Smith, T. Martinez, C. Giraud-Carrier (2014), An instance
    level analysis of data complexity.
    """
    chance = np.random.default_rng(SEED).permutation(len(pool.labels))
    hardness = disagreement(pool.vectors, pool.labels, near=NEAR)
    clean = chance[hardness[chance] <= 0.5]
    return {
        "by chance": chance,
        "Wilson 1972, then by chance": clean,
        HART: condense(pool.vectors, pool.labels, order=chance, margin=0.5),
        "Smith 2014, the hardest of them first": clean[np.argsort(-hardness[clean], kind="stable")],
        BUNDLED: choose_references(pool.vectors, pool.labels, len(pool.labels)),
    }


if __name__ == "__main__":
    run(main)
