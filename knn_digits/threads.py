"""Ground: how many threads OpenCV, FAISS, BLAS and scikit-learn may use, which else multiply.

No answer depends on it.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import cv2

from knn_digits.errors import UsageError

# What libraries read when they are loaded; those that are loaded already are told by threadpoolctl.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limit_threads(threads: int | None) -> None:
    """Let all libraries use at most so many threads from now on, also those that are loaded later.

    Parameters
    ----------
    threads : int, optional
        At least 1; None changes nothing.

    Raises
    ------
    UsageError
        If it is another number.
    """
    if threads is None:
        return
    _check(threads)
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
    threadpool_limits(limits=threads)
    cv2.setNumThreads(threads)


@contextlib.contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Let the libraries that are loaded, and FAISS, use at most so many threads while the block runs.

    Several Python threads may be in such blocks at once. What is a setting of the whole process, that of
    OpenCV and BLAS, is then as the block that was entered last has it, and is put back when all are left.

    Parameters
    ----------
    threads : int, optional
        At least 1; None changes nothing.

    Raises
    ------
    UsageError
        If it is another number.
    """
    if threads is None:
        yield
        return
    _check(threads)
    with contextlib.suppress(ImportError):  # loaded inside the block, it would be without a limit
        import faiss  # noqa: F401
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController()
    own = libraries.select(user_api="openmp", threading_layer="openmp")  # each Python thread has its own
    others = {found.filepath for found in libraries.lib_controllers} - {
        found.filepath for found in own.lib_controllers
    }
    _process.enter(libraries.select(filepath=sorted(others)), threads)
    try:
        with own.limit(limits=threads):
            yield
    finally:
        _process.leave()


class _Process:
    """The settings that all threads of the process share, so that blocks must know of each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0

    def enter(self, libraries: Any, threads: int) -> None:
        with self._lock:
            limits = libraries.limit(limits=threads)
            if not self._blocks:
                self._before, self._opencv = limits, cv2.getNumThreads()
            cv2.setNumThreads(threads)
            self._blocks += 1

    def leave(self) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                self._before.restore_original_limits()
                cv2.setNumThreads(self._opencv)


_process = _Process()


def _check(threads: int) -> None:
    if type(threads) is not int or threads < 1:
        raise UsageError(f"threads must be an integer of at least 1, got {threads!r}")
