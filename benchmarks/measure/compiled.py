"""Pairs of digits -> whether a compiled loop would be faster: our distance of deformation, and numba's.

With `pip install numba`. One thread; 200 digits of the sample, each against 50 others, in turn.
"""

import functools
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from benchmarks.measure.sizes import package_bytes
from benchmarks.measure.turns import seconds_of
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run
from knn_digits.arrays import Digits
from knn_digits.datasets import load_dataset
from knn_digits.errors import MissingPartError
from knn_digits.features.deskew import Deskewed
from knn_digits.neighbors import deformation as ours

DIGITS, CANDIDATES, ROUNDS = 200, 50, 5
SIDE = 34  # pixels: of a digit with its margin, as `deformation` has it

Match = Callable[[Any, int], Any]


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add_output_option(parser)
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("numba") is None:
        raise MissingPartError("this compares with numba: `pip install numba`")
    print(write_record(options.output, record("compiled", measure(), options="")))


def measure() -> dict[str, Any]:
    """Return the seconds of both by round, and what numba costs."""
    start = time.perf_counter()
    match = _compile()
    match(np.zeros((2, 2, SIDE, SIDE), np.float32), 2)
    compiling = time.perf_counter() - start
    cv2.setNumThreads(1)
    upright = Deskewed()(load_dataset("sample").digits).reshape(-1, 28, 28).astype(np.uint8)
    pairs = [np.concatenate([upright[i : i + 1], upright[i + 1 : i + 1 + CANDIDATES]]) for i in range(DIGITS)]
    np.testing.assert_allclose(_distances(pairs, match), _distances(pairs, ours._match), rtol=1e-3)
    seconds: dict[str, list[float]] = {"OpenCV": [], "numba": []}
    for _ in range(ROUNDS):
        for name, search in (("OpenCV", ours._match), ("numba", match)):
            seconds[name].append(seconds_of(_distances, pairs, search))
    load = functools.partial(subprocess.run, [sys.executable, "-c", "import numba"], check=True)
    return {
        "pairs": DIGITS * CANDIDATES,
        "seconds": seconds,
        "compile_seconds": compiling,
        "import_seconds": seconds_of(load),
        "bytes": package_bytes("numba") + package_bytes("llvmlite"),
    }


def _distances(pairs: Sequence[Digits], search: Match) -> list[Any]:
    found = []
    for digits in pairs:
        fine = ours._gradients(digits)
        coarse = ours._directions(fine)
        found.append(search(fine, ours.FINE_REACH) + ours.COARSE_WEIGHT * search(coarse, ours.COARSE_REACH))
    return found


def _compile() -> Match:  # noqa: C901 (a compiled loop is its loops)
    import numba

    @numba.njit(fastmath=True)  # type: ignore[untyped-decorator]
    def match(maps: Any, reach: int) -> Any:  # noqa: C901
        # lizard forgives: a compiled loop is its loops
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
    run(main)
