"""Work -> its result, by a few threads; what would wait behind too much other work is refused at once.

The threads are daemons: a photo that is being read does not keep the program from ending.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class BusyError(Exception):
    """There is as much to do as may wait."""


class Crew:
    """Threads that do one piece of work after the other.

    Parameters
    ----------
    threads : int
        How many work at once.
    waiting : int
        How many pieces of work may wait for a thread.
    """

    def __init__(self, *, threads: int, waiting: int) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = queue.SimpleQueue()
        self._room = threads + waiting
        for _ in range(threads):
            threading.Thread(target=self._serve, daemon=True).start()

    async def do(self, work: Callable[[], T]) -> T:
        """Return what the work returns, or raise what it raises; BusyError if there is no room for it."""
        if not self._room:
            raise BusyError
        self._room -= 1
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._work.put((work, future))
        return await future

    def _serve(self) -> None:
        while True:
            work, future = self._work.get()
            result, error = None, None
            try:
                result = None if future.cancelled() else work()
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(self._deliver, future, result, error)

    def _deliver(self, future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
        self._room += 1
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
