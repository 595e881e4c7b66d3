"""Ground: what this process keeps of the memory that it freed, where its allocator is glibc's."""

import ctypes
import functools
from typing import Any

# Dask lets its workers give back memory at once, which costs a third of their time: see docs/many.md. glibc's
# own choice costs `fit` 2 of 23 seconds.
TRIM, TRIM_FROM = -1, 256 << 20  # glibc's M_TRIM_THRESHOLD, bytes
MMAP, MMAP_FROM = -3, 32 << 20  # glibc's M_MMAP_THRESHOLD, bytes: the most that it takes


@functools.cache
def keep_memory() -> bool:
    """Let this process keep the memory that it frees; tell whether it does, which needs glibc."""
    mallopt = _of_libc("mallopt")
    return bool(mallopt and mallopt(TRIM, TRIM_FROM) and mallopt(MMAP, MMAP_FROM))


def return_memory() -> None:
    """Give back now what is kept."""
    if trim := _of_libc("malloc_trim"):
        trim(0)


def _of_libc(name: str) -> Any:
    """Return a function of the C library, None where it has none of this name."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (OSError, TypeError, AttributeError):
        return None
