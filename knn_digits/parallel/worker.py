"""The way to read, then tasks, on stdin -> what is read, on stdout: a process of `pool`."""

import contextlib
import os
import pickle
import sys

from knn_digits.errors import KnnDigitsError
from knn_digits.parallel.photos import Read, Result, Task, give_back, read_pages_of
from knn_digits.threads import VARIABLES, limit_threads


def work() -> None:
    """Read photos until stdin ends, as it does when the process at its other end dies."""
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what a library prints is no answer
    limit_threads(int(os.environ[VARIABLES[0]]))
    with contextlib.suppress(EOFError, BrokenPipeError):
        read: Read = pickle.load(tasks)  # noqa: S301 (of the process that started this one)
        answer: list[Result] | KnnDigitsError | bool = True
        while True:
            pickle.dump(answer, answers)
            answers.flush()
            task: Task = pickle.load(tasks)  # noqa: S301
            try:
                answer = give_back(read_pages_of(task, read=read))
            except KnnDigitsError as error:
                answer = error
