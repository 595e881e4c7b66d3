"""What yields results for items -> its results for all, in their order, by several processes."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from benchmarks.script import progress

A = TypeVar("A")
B = TypeVar("B")
PARTS = 4  # for each process: one that has had easy parts takes another


def spread(work: Callable[[Sequence[A]], Iterable[B]], items: Sequence[A], *, jobs: int) -> Iterator[B]:
    """Yield what work yields; with one job in this process."""
    if jobs == 1:
        yield from work(list(progress(items, "pages")))
        return
    size = -(-len(items) // (PARTS * jobs)) or 1
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(partial(_listed, work), parts):
            yield from found


def _listed(work: Callable[[Sequence[A]], Iterable[B]], items: Sequence[A]) -> list[B]:
    """Return all at once: what yields does not pass from process to process."""
    return list(work(items))
