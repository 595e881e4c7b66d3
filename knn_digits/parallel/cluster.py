"""Tasks -> what is read, in order, by the workers of a Dask cluster (extra `distributed`).

Photos go there in chunks by their paths, so that workers must see the same files. A chunk may be computed
more than once where workers die; its result is taken once, by its key.
"""

import collections
import contextlib
import hashlib
import itertools
import json
import logging
import pathlib
import pickle
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, TypeAlias

from knn_digits import __version__
from knn_digits.errors import MissingPartError, PhotoError, UsageError, shown
from knn_digits.memory import keep_memory
from knn_digits.parallel.photos import Read, Result, Task, give_back, read_pages_of
from knn_digits.threads import limited_threads

if TYPE_CHECKING:
    from distributed import Client, Future

Chunk: TypeAlias = "tuple[list[Task], Future[list[list[Result]]]]"  # photos, and what is read in them

CHUNK = 8  # photos: long beside what a task costs the scheduler, short beside what a dead worker loses
WINDOW = 2  # chunks a thread of a worker that are asked for: one is read while the next one waits
AHEAD = 8  # chunks a thread that may be read before one that takes long: their readings wait
TRIES = 3  # times that a chunk is asked for whose workers are lost
PATIENCE = 30  # seconds: for a scheduler to answer, and for a worker to join
STEP = 0.1  # seconds after which the file of a scheduler is looked for again
LOGGED = ("distributed", "distributed.client", "distributed.comm", "distributed.core", "tornado", "asyncio")
DIED = "worker died: as often as the scheduler allows; reduce the photo, or give workers more memory"
GONE = "the cluster is gone, or its scheduler does not answer: start it again; --resume goes on with a file"


def connect(address: str | None, file: str | None = None) -> "Client":
    """Return a client of the scheduler of this address, or of the one that wrote this file.

    Raises
    ------
    MissingPartError
        If the extra is not installed, or no scheduler answers.
    UsageError
        If the address is none.
    """
    distributed = _import_distributed()
    for name in LOGGED:  # what is lost is told in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if file is not None:
        _await_address(file)
    if address is not None:
        _check_address(address)
    try:
        return distributed.Client(address, scheduler_file=file, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise MissingPartError(
            f"no scheduler answers at {address or file}: {' '.join(str(error).split())}; "
            "start one with `dask scheduler`"
        ) from error


def _check_address(address: str) -> None:
    """Raise UsageError if an address is none, before a client is made: one that fails so may hang."""
    from distributed.comm import get_address_host

    try:
        get_address_host(address)
    except ValueError as error:
        raise UsageError(
            f"the address of a scheduler is such as tcp://HOST:8786, got {shown(address)}: {error}"
        ) from error


def _await_address(file: str) -> None:
    """Wait until a scheduler has written where it is: Dask itself waits for its file without an end."""
    end = time.monotonic() + PATIENCE
    while reason := _lacks_address(file):
        if time.monotonic() >= end:
            remedy = "start one with `dask scheduler --scheduler-file FILE`"
            raise MissingPartError(f"no scheduler answers at {file}: {reason}; {remedy}")
        time.sleep(STEP)


def _lacks_address(file: str) -> str:
    """Return why a file does not tell where a scheduler is; nothing if it does."""
    try:
        told = json.loads(pathlib.Path(file).read_bytes())
    except OSError as error:
        return str(error.strerror or error)
    except ValueError:
        told = None
    has = isinstance(told, dict) and isinstance(told.get("address"), str) and "://" in told["address"]
    return "" if has else "it is no file that a scheduler wrote"


def _import_distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise MissingPartError(
            "Dask is not installed: `pip install 'knn-digits[distributed]'`, or use --jobs"
        ) from error
    return distributed


class Cluster:
    """Workers of a Dask cluster that read photos.

    Parameters
    ----------
    read : Read
        Is sent to them once, under its hash.
    client : distributed.Client

    Raises
    ------
    UsageError
        If it is no client, or a worker has another version.
    MissingPartError
        If there is no worker, or one lacks this package.
    """

    def __init__(self, read: Read, client: "Client") -> None:
        if not isinstance(client, _import_distributed().Client) or client.asynchronous:
            raise UsageError(f"client must be a synchronous distributed.Client, got {shown(client)}")
        self._client, self._read = client, read
        self._name = f"knn-digits-{hashlib.sha256(pickle.dumps(read)).hexdigest()[:32]}"
        self._run, self._numbers = secrets.token_hex(8), itertools.count()
        _check_workers(client)
        self._send()

    def _send(self) -> None:
        """Send to all workers how to read, and let those that join later take it from one of them."""
        self._sent = self._client.scatter({self._name: self._read}, broadcast=True)[self._name]

    def read(self, tasks: Iterable[Task]) -> Iterator[list[Result]]:
        """Yield what is read on the pages of each photo, in the order of the tasks.

        Raises
        ------
        MissingPartError
            If the scheduler is lost.
        """
        tasks, waiting = map(_absolute, tasks), collections.deque[Chunk]()
        with _telling_of_loss():
            while chunk := list(itertools.islice(tasks, CHUNK)):
                waiting.append((chunk, self._ask(chunk)))
                while waiting and (waiting[0][1].done() or not self._wait_for_room(waiting)):
                    yield from self._take(*waiting.popleft())
            while waiting:
                yield from self._take(*waiting.popleft())

    def _ask(self, chunk: list[Task]) -> "Future[list[list[Result]]]":
        key = f"{self._name}-{self._run}-{next(self._numbers)}"
        return self._client.submit(read_chunk, chunk, self._sent, key=key)

    def _wait_for_room(self, waiting: Sequence[Chunk]) -> bool:
        """Wait until the workers can take one more chunk; False where the first one must be taken before."""
        threads: int = sum(self._client.nthreads().values())
        unread = [future for _, future in waiting if not future.done()]
        if len(unread) < WINDOW * threads:
            return len(waiting) < AHEAD * threads
        with (
            self._client.as_current(),
            contextlib.suppress(CancelledError),
        ):  # which is told when its chunk is taken
            _import_distributed().wait(unread, return_when="FIRST_COMPLETED")
        return True

    def _take(self, chunk: list[Task], future: "Future[list[list[Result]]]") -> list[list[Result]]:
        """Return the result of a chunk; where its workers died, photo by photo, each alone."""
        killed = _import_distributed().KilledWorker
        try:
            return self._result(chunk, future)
        except killed:
            if len(chunk) == 1:
                return [[(chunk[0][0], PhotoError(DIED))]]
            return [pages for task in chunk for pages in self._take([task], self._ask([task]))]

    def _result(self, chunk: list[Task], future: "Future[list[list[Result]]]") -> list[list[Result]]:
        for _ in range(TRIES):
            try:
                results: list[list[Result]] = future.result()
                return results
            except CancelledError:  # all workers are lost that knew how to read
                self._send()
                future = self._ask(chunk)
        raise MissingPartError(GONE)


@contextlib.contextmanager
def _telling_of_loss() -> Iterator[None]:
    """Tell in one line where the scheduler is lost."""
    try:
        yield
    except (OSError, CancelledError) as error:  # OSError: of the connection, a time out, too
        raise MissingPartError(GONE) from error


def _absolute(task: Task) -> Task:
    """Return the task with a path that holds in any folder."""
    name, content = task
    return name, content.absolute() if isinstance(content, pathlib.Path) else content


def _check_workers(client: "Client") -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        versions = set(client.run(worker_version).values())
    except ImportError as error:
        raise MissingPartError("a worker has no knn-digits: install the same on all of them") from error
    except OSError as error:  # a time out, too
        raise MissingPartError("the cluster has no worker: start one with `dask worker`") from error
    if versions != {__version__}:
        raise UsageError(
            f"workers have knn-digits {', '.join(sorted(versions))}, not {__version__}: install it"
        )


def worker_version() -> str:
    """Return the version of this package where this runs."""
    return __version__


def read_chunk(chunk: list[Task], read: Read) -> list[list[Result]]:
    """Return what is read on the pages of each photo: the work of a worker."""
    keep_memory()
    with limited_threads(1):
        return [give_back(read_pages_of(task, read=read)) for task in chunk]
