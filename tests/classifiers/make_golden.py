"""Write what the bundled networks make of a stored batch: python -m tests.classifiers.make_golden."""

import pathlib
from typing import Any

import numpy as np

from knn_digits.classifiers.network import NETWORKS, NetworkClassifier
from knn_digits.datasets import load_dataset

GOLDEN = pathlib.Path(__file__).with_name("golden.npz")
COMMAND = "python -m tests.classifiers.make_golden"


def main() -> None:
    """Take two digits of each class of the sample, and two that are no digits."""
    sample = load_dataset("sample").digits[2000:2020]
    noise = np.random.default_rng(0).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    digits = np.concatenate([sample, noise, np.zeros((1, 28, 28), np.uint8)])
    arrays: dict[str, Any] = {name: NetworkClassifier.load(name).logits(digits) for name in NETWORKS}
    np.savez_compressed(GOLDEN, **arrays | {"command": COMMAND, "digits": digits})


if __name__ == "__main__":
    main()
