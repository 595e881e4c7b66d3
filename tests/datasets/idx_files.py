"""Makes tiny IDX files for the tests of this folder."""

import gzip
import pathlib
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits import storage

Array = NDArray[np.uint8]


def pictures(n: int, *, side: int = 28, seed: int = 0) -> Array:
    """Return grains of any grey within a black border, as digits have it."""
    grains = np.random.default_rng(seed).integers(0, 256, (n, side, side), dtype=np.uint8)
    return np.pad(grains[:, 2:-2, 2:-2], ((0, 0), (2, 2), (2, 2)))


def labels(n: int) -> Array:
    return (np.arange(n) % 10).astype(np.uint8)


def idx_bytes(array: NDArray[Any]) -> bytes:
    return struct.pack(f">I{array.ndim}I", 0x0800 + array.ndim, *array.shape) + array.tobytes()


def write_pair(
    folder: pathlib.Path, n: int, *, images: str, names: str | None = None, seed: int = 0
) -> tuple[Array, Array]:
    """Write n pictures and labels under a name of images; packed if the name ends in .gz."""
    folder.mkdir(parents=True, exist_ok=True)
    names = names or images.replace("images", "labels").replace("idx3", "idx1")
    arrays = pictures(n, seed=seed), labels(n)
    for name, array in zip((images, names), arrays, strict=True):
        content = idx_bytes(array)
        (folder / name).write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return arrays


def tiny_mnist() -> tuple[dict[str, bytes], dict[str, str]]:
    """Return four gzipped files under MNIST's names, and the SHA-256 of their arrays."""
    arrays = {
        "train-images-idx3-ubyte.gz": pictures(20, seed=1),
        "train-labels-idx1-ubyte.gz": labels(20),
        "t10k-images-idx3-ubyte.gz": pictures(10, seed=2),
        "t10k-labels-idx1-ubyte.gz": labels(10),
    }
    files = {name: gzip.compress(idx_bytes(array), mtime=0) for name, array in arrays.items()}
    return files, {name: storage.sha256(array) for name, array in arrays.items()}
