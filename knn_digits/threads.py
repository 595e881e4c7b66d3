"""Ground: how many threads OpenCV, FAISS, BLAS and scikit-learn may use, which else multiply.

No answer depends on it. More than the machine has are never used: they would only wait for each other. A
forked child runs on one: of its parent's threads it has none, and OpenMP and OpenCV would wait for them.
"""

import contextlib
import numbers
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

from knn_digits.errors import UsageError, shown

# What libraries read when they are loaded; those that are loaded already are told by threadpoolctl.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def usable_threads() -> int:
    """Return how many threads run at once: the cores this process may use, or 1 in a forked child."""
    if _process.forked:
        return 1
    if hasattr(os, "sched_getaffinity"):  # a container or `taskset` may allow fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def hold_threads(threads: int) -> int:
    """Return a number of threads held to `usable_threads`.

    Raises
    ------
    UsageError
        If it is no whole number of at least 1.
    """
    if isinstance(threads, bool) or not isinstance(threads, numbers.Integral) or threads < 1:
        raise UsageError(f"threads must be an integer of at least 1, got {shown(threads)}")
    return min(int(threads), usable_threads())


def limit_threads(threads: int | None) -> None:
    """Let all libraries use at most so many threads from now on, also those that are loaded later.

    Parameters
    ----------
    threads : int, optional
        At least 1; more than there are cores count as all cores. None changes nothing.

    Raises
    ------
    UsageError
        If it is another number.
    """
    if threads is None:
        return
    threads = hold_threads(threads)
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
    _take_control()
    threadpool_limits(limits=threads)
    _limit_opencv(threads)


@contextlib.contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Let the libraries that are loaded, and FAISS, use at most so many threads while the block runs.

    Several Python threads may be in such blocks at once. What is a setting of the whole process, that of
    OpenCV and BLAS, is then as the block that was entered last has it, and is put back when all are left.

    Parameters
    ----------
    threads : int, optional
        At least 1; more than there are cores count as all cores. None changes nothing.

    Raises
    ------
    UsageError
        If it is another number.
    """
    if threads is None:
        yield
        return
    threads = hold_threads(threads)
    with contextlib.suppress(ImportError):  # loaded inside the block, it would be without a limit
        import faiss  # noqa: F401
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController()
    own = libraries.select(user_api="openmp", threading_layer="openmp")  # each Python thread has its own
    others = {found.filepath for found in libraries.lib_controllers} - {
        found.filepath for found in own.lib_controllers
    }
    forks = _process.forks
    _process.enter(libraries.select(filepath=sorted(others)), threads)
    limits = own.limit(limits=threads)
    try:
        yield
    finally:
        if forks == _process.forks:  # a child that was forked inside keeps its one thread
            limits.restore_original_limits()
            _process.leave()


class _Process:
    """The settings that all threads of the process share, so that blocks must know of each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0
        self.forks = 0  # between the process that loaded this module and this one

    @property
    def forked(self) -> bool:
        return self.forks > 0

    def enter(self, libraries: Any, threads: int) -> None:
        import cv2

        with self._lock:
            _take_control()
            limits = libraries.limit(limits=threads)
            if not self._blocks:
                self._before, self._opencv = limits, cv2.getNumThreads()
            _limit_opencv(threads)
            self._blocks += 1

    def leave(self) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                _take_control()
                self._before.restore_original_limits()
                _limit_opencv(self._opencv)

    def start_child(self) -> None:
        """Let a forked child use the thread that it has, and no lock that another held."""
        self._lock, self._blocks, self.forks = threading.Lock(), 0, self.forks + 1
        if "cv2" in sys.modules:
            _limit_opencv(1)
        if {"faiss", "sklearn", "torch"} & sys.modules.keys():
            from threadpoolctl import threadpool_limits

            threadpool_limits(limits=1)


def _take_control() -> None:
    """Let this thread set what OpenBLAS uses: threadpoolctl from 3.8 on obeys the first that did alone."""
    from threadpoolctl import OpenBLASController

    if hasattr(OpenBLASController, "clear_controlling_thread"):
        OpenBLASController.clear_controlling_thread(force=True)


def _limit_opencv(threads: int) -> None:
    """Set OpenCV's number of threads; 0, which it takes for none but the caller's, stops no pool.

    To stop its pool, as it does for 1, OpenCV waits for each thread to end, in a forked child for ever.
    """
    import cv2

    cv2.setNumThreads(threads if threads > 1 else 0)


_process = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.start_child)
