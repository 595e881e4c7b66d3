"""What a process that reads photos keeps of the memory that it freed, where its allocator is glibc's."""

import ctypes
import functools
from typing import Any

from knn_digits.parallel.photos import Result
from knn_digits.reading import Reading

# Dask lets its workers give back memory at once, which costs a third of their time: see docs/many.md.
TRIM, TRIM_FROM = -1, 256 << 20  # glibc's M_TRIM_THRESHOLD, bytes
MMAP, MMAP_FROM = -3, 32 << 20  # glibc's M_MMAP_THRESHOLD, bytes: the most that it takes
# pixels of a photo after which memory is given back: it takes longer than a smaller one saves
LARGE = 3_000_000


@functools.cache
def keep_memory() -> bool:
    """Let this process keep the memory that it frees; tell whether it does, which needs glibc."""
    mallopt = _of_libc("mallopt")
    return bool(mallopt and mallopt(TRIM, TRIM_FROM) and mallopt(MMAP, MMAP_FROM))


def give_back(results: list[Result]) -> list[Result]:
    """Return results, when what a large photo took is given back: it was kept beside what the next takes."""
    small = (isinstance(one, Reading) and one.width * one.height <= LARGE for _, one in results)
    if not all(small) and (trim := _of_libc("malloc_trim")):
        trim(0)
    return results


def _of_libc(name: str) -> Any:
    """Return a function of the C library, None where it has none of this name."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (OSError, TypeError, AttributeError):
        return None
