"""MNIST's digits, a seed -> any number of digits like them: infinite MNIST.

G. Loosli, S. Canu, L. Bottou (2007), Training invariant support vector machines using selective sampling. A
digit is moved along the tangents of small deformations: to each pixel its gradient times a smooth field of
displacements is added, and a part of the gradient's length, by which strokes grow. Ours draws its own fields.
"""

import itertools
import pathlib
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import SIDE, Digits, Labels
from knn_digits.datasets.values import MOST
from knn_digits.storage import write_then_rename

FIELDS = 1000  # smooth fields, of which each digit draws two
SMOOTH = 4.0  # pixels: deviation of the blur that makes a field smooth
MOVED = 1.0  # pixels: the usual displacement, which is as far as a tangent is near to what it touches
GROWN = 0.5  # pixels: the usual growth of strokes
BATCH = 10_000  # digits at a time

Field = NDArray[np.float32]


def write_digits(
    folder: pathlib.Path, digits: Digits, labels: Labels, *, n: int, seed: int
) -> list[pathlib.Path]:
    """Write the digits, and deformed ones behind them until there are n, and return the files of digits.

    A file holds as many as `load_dataset` takes, of whole batches; the labels lie beside it, as that looks
    for them.
    """
    most = MOST // BATCH * BATCH
    parts = _parts(digits, n, np.random.default_rng(seed))
    paths: list[pathlib.Path] = []
    for start in range(0, n, most):
        rows = np.arange(start, min(start + most, n))
        within = folder / f"part{len(paths)}"
        within.mkdir()
        paths.append(within / "digits.npy")
        with write_then_rename(paths[-1]) as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), SIDE, SIDE)}
            np.lib.format.write_array_header_1_0(file, header)
            for part in itertools.islice(parts, -(-len(rows) // BATCH)):
                file.write(part.tobytes())
        with write_then_rename(within / "labels.npy") as file:
            np.save(file, labels[rows % len(labels)].astype(np.uint8))
    return paths


def _parts(digits: Digits, n: int, random: np.random.Generator) -> Iterator[Digits]:
    """Yield n digits, those given first."""
    fields = draw_fields(random)
    for start in range(0, n, BATCH):
        rows = np.arange(start, min(start + BATCH, n))
        part = digits[rows % len(digits)]
        fresh = rows >= len(digits)
        part[fresh] = deform(part[fresh], fields, random)
        yield part


def draw_fields(random: np.random.Generator) -> Field:
    """Return smooth fields whose usual value is 1, (`FIELDS`, 28, 28)."""
    noise = random.standard_normal((FIELDS, SIDE, SIDE)).astype(np.float32)
    fields = np.array([cv2.GaussianBlur(field, (0, 0), SMOOTH) for field in noise])
    return np.asarray(fields / fields.std(), np.float32)


def deform(digits: Digits, fields: Field, random: np.random.Generator) -> Digits:
    """Return each of (n, 28, 28) digits deformed by fields and a growth of its own."""
    ink = digits.astype(np.float32)
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    across = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    chosen = random.integers(0, len(fields), (2, len(digits)))
    grown = random.standard_normal((len(digits), 1, 1)).astype(np.float32) * GROWN
    moved = MOVED * (fields[chosen[0]] * across + fields[chosen[1]] * down)
    return np.asarray(np.rint(ink + moved + grown * np.hypot(across, down)).clip(0, 255), np.uint8)
