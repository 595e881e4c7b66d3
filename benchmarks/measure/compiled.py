"""Time the distance of deformation as the package computes it against a loop compiled by numba.

Run as `python benchmarks/compiled.py`, with `pip install numba`. One thread; 200 digits of the sample, each
against 50 others; the two take turns, medians of 5 count.
"""

import importlib.metadata
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from knn_digits.datasets import load_dataset
from knn_digits.features.deskew import Deskewed
from knn_digits.neighbors import deformation as ours

DIGITS, CANDIDATES, ROUNDS = 200, 50, 5


def main() -> None:
    """Print microseconds a pair, and what numba costs."""
    start = time.perf_counter()
    match = _compile()
    match(np.zeros((2, 2, 34, 34), np.float32), 2)
    first = time.perf_counter() - start
    cv2.setNumThreads(1)
    upright = Deskewed()(load_dataset("sample").digits).reshape(-1, 28, 28).astype(np.uint8)
    pairs = [np.concatenate([upright[i : i + 1], upright[i + 1 : i + 1 + CANDIDATES]]) for i in range(DIGITS)]

    def measure(search: Callable[[Any, int], Any]) -> list[Any]:
        found = []
        for digits in pairs:
            fine = ours._gradients(digits)
            coarse = ours._directions(fine)
            found.append(
                search(fine, ours.FINE_REACH) + ours.COARSE_WEIGHT * search(coarse, ours.COARSE_REACH)
            )
        return found

    seconds: dict[str, list[float]] = {"OpenCV": [], "numba": []}
    for _ in range(ROUNDS):
        for name, search in (("OpenCV", ours._match), ("numba", match)):
            start = time.perf_counter()
            found = measure(search)
            seconds[name].append(time.perf_counter() - start)
            np.testing.assert_allclose(found, measure(ours._match), rtol=1e-3)
    for name, times in seconds.items():
        print(f"{name}: {statistics.median(times) / DIGITS / CANDIDATES * 1e6:.0f} microseconds a pair")
    print(
        f"numba: {first:.1f} s to import and compile, {_megabytes('numba') + _megabytes('llvmlite'):.0f} MB"
    )
    imports = [sys.executable, "-c", "import numba"]
    start = time.perf_counter()
    subprocess.run(imports, check=True)
    print(f"numba: {time.perf_counter() - start:.1f} s to import alone, Python's start included")


def _megabytes(package: str) -> float:
    files = importlib.metadata.files(package) or []
    return sum(pathlib.Path(file.locate()).stat().st_size for file in files) / 1e6


def _compile() -> Callable[[Any, int], Any]:  # noqa: C901 (a compiled loop is its loops)
    import numba

    @numba.njit(fastmath=True)  # type: ignore[untyped-decorator]
    def match(maps: Any, reach: int) -> Any:  # noqa: C901
        channels, n, side, _ = maps.shape
        margin = reach + 1
        inner = side - 2 * margin
        total = np.zeros(n - 1, np.float32)
        cost = np.empty((inner + 2, inner + 2), np.float32)
        rows = np.empty((inner + 2, inner), np.float32)
        least = np.empty((inner, inner), np.float32)
        for other in range(1, n):
            least[:] = np.inf
            for down in range(-reach, reach + 1):
                for across in range(-reach, reach + 1):
                    cost[:] = 0
                    for channel in range(channels):
                        for y in range(inner + 2):
                            for x in range(inner + 2):
                                row, column = y + margin - 1, x + margin - 1
                                apart = (
                                    maps[channel, 0, row, column]
                                    - maps[channel, other, row + down, column + across]
                                )
                                cost[y, x] += apart * apart
                    for y in range(inner + 2):
                        for x in range(inner):
                            rows[y, x] = cost[y, x] + cost[y, x + 1] + cost[y, x + 2]
                    for y in range(inner):
                        for x in range(inner):
                            least[y, x] = min(least[y, x], rows[y, x] + rows[y + 1, x] + rows[y + 2, x])
            total[other - 1] = least.sum()
        return total

    return match  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
