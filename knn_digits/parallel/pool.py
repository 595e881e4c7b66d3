"""Tasks -> what is read, in order, by processes of this machine; one that dies is replaced.

Each process holds one photo at a time, so it is known what a death costs: that photo, and no other.
"""

import collections
import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import cv2

from knn_digits.errors import KnnDigitsError, PhotoError, UsageError, shown
from knn_digits.parallel.photos import Read, Result, Task
from knn_digits.threads import VARIABLES, usable_threads

TRIES = 3  # processes that may die of one photo
AHEAD = 32  # photos a process that may be read before one that takes long: their readings wait in memory
DIED = (
    f"worker died: {TRIES} processes that read it were killed, or ran out of memory; reduce the photo, "
    "or use fewer processes"
)
# A worker passes over Ctrl-C, which reaches all: who started it ends it. It looks for modules where this
# process does, not in the folder where it happens to start.
START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {path!r}; "
    "from knn_digits.parallel.worker import work; work()"
)


def check_jobs(jobs: int) -> int:
    """Return the number of processes; UsageError if it is none."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 0:
        raise UsageError(f"jobs must be a whole number, 0 for one process a core, got {shown(jobs)}")
    return jobs or usable_threads()


class Pool:
    """Processes that read photos; they start with the first photos and end with the last.

    Parameters
    ----------
    read : Read
        Is sent to each process once.
    jobs : int
        How many processes, at least 1.
    """

    def __init__(self, read: Read, *, jobs: int) -> None:
        content, threads = pickle.dumps(read), max(1, cv2.getNumThreads() // jobs)
        self._workers = [Worker(content, threads=threads) for _ in range(jobs)]
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)

    def read(self, tasks: Iterable[Task]) -> Iterator[list[Result]]:
        """Yield what is read on the pages of each photo, in the order of the tasks."""
        waiting: collections.deque[Future[list[Result]]] = collections.deque()
        threads = ThreadPoolExecutor(len(self._workers))
        try:
            for task in tasks:
                waiting.append(threads.submit(self._read_one, task))
                while waiting and (waiting[0].done() or len(waiting) >= AHEAD * len(self._workers)):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for worker in self._workers:
                worker.close()
            threads.shutdown(cancel_futures=True)
            for worker in self._workers:
                worker.end()

    def _read_one(self, task: Task) -> list[Result]:
        worker = self._free.get()
        try:
            return worker.read(task)
        finally:
            self._free.put(worker)


class Worker:
    """A process that reads one photo at a time, and the next process where it dies."""

    def __init__(self, content: bytes, *, threads: int) -> None:
        self._content, self._threads = content, threads
        self._process: subprocess.Popen[bytes] | None = None
        self._started, self._closed, self._lock = False, False, threading.Lock()

    def read(self, task: Task) -> list[Result]:
        """Return what is read on the pages of a photo, or that the worker died.

        Raises
        ------
        UsageError
            If no process gets so far that it could read.
        """
        for _ in range(TRIES):
            try:
                answer: list[Result] | KnnDigitsError = _ask(
                    self._process or self._start(), pickle.dumps(task)
                )
            except (EOFError, OSError, pickle.UnpicklingError):
                self.end()
                continue
            if isinstance(answer, KnnDigitsError):
                raise answer
            return answer
        if not self._started:
            raise UsageError("no process that reads photos can start here: use fewer jobs, or none")
        return [(task[0], PhotoError(DIED))]

    def _start(self) -> "subprocess.Popen[bytes]":
        """Return a process that is ready to read."""
        environment = {**os.environ, **dict.fromkeys(VARIABLES, str(self._threads))}
        command = [sys.executable, "-c", START.format(path=[*map(os.path.abspath, sys.path)])]
        pipe = subprocess.PIPE
        with self._lock:  # `close` sees every process that was started
            if self._closed:
                raise UsageError("the processes are ended")
            with _without_ctrl_c():
                process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment)  # noqa: S603
            self._process = process
        self._started = bool(_ask(process, self._content))
        return process

    def close(self) -> None:
        """Kill the process, be it in the middle of a photo, and start no other."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def end(self) -> None:
        """Wait for the end of a process that was killed; the next photo has another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError), process:  # OSError: of what it was sent and did not take
                pass


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let no Ctrl-C reach a process that is started, not even before its first line."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of this thread, and what it starts
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ask(process: "subprocess.Popen[bytes]", message: bytes) -> Any:
    """Return a worker's answer to a message."""
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(message)
    process.stdin.flush()
    return pickle.load(process.stdout)  # noqa: S301 (a worker is as trusted as this process)
