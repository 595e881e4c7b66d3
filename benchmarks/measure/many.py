"""Photos -> how many are read a second by one process, a pool and a Dask cluster, and what that costs.

CPU seconds count, as they do not depend on what else runs; those of starting the processes stand apart,
measured by a run over one photo. The proportional set size shares what processes have in common (Linux); it
is looked at all the while photos are read, as the largest photo takes several times what others do. Dask's
CPU has what its scheduler takes, which runs here.
"""

import contextlib
import functools
import os
import pathlib
import re
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run
from knn_digits.images.folders import list_pictures
from knn_digits.parallel import read_photos
from knn_digits.threads import limit_threads

Read = Callable[[Sequence[pathlib.Path]], Iterator[Any]]
PAUSE = 0.2  # seconds between two looks at the memory of processes


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("photos", type=pathlib.Path, metavar="DIR", help="a folder of photos")
    add("--count", type=int, default=40, help="photos that are read, spread evenly over all (default: 40)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    limit_threads(1)
    every = list_pictures(options.photos)
    chosen = np.linspace(0, len(every) - 1, min(options.count, len(every))).astype(int)
    photos = [every[number] for number in chosen]
    result = {"photos": len(photos), "rows": _rows(photos)}
    print(write_record(options.output, record("many", result, options=f"DIR --count {options.count}")))


def _rows(photos: Sequence[pathlib.Path]) -> list[dict[str, Any]]:
    ways = {"one process": None, "pool of 1": 1, "pool of 2": 2}
    pools = [
        _measure(name, functools.partial(read_photos, model="bundled", jobs=jobs), photos)
        for name, jobs in ways.items()
    ]
    return [*pools, _on_dask(photos)]


def _measure(name: str, read: Read, photos: Sequence[pathlib.Path]) -> dict[str, Any]:
    """Return seconds of reading beyond one photo, by clock and CPU, and the memory of a worker."""
    first, whole = (_timed(read, paths) for paths in (photos[:1], photos))
    count = len(photos) - 1
    return {
        "name": name,
        "start_cpu": first["cpu"],
        "cpu_a_photo": (whole["cpu"] - first["cpu"]) / count,
        "photos_a_second": count / (whole["seconds"] - first["seconds"]),
        **_memory(whole["sizes"]),
    }


def _timed(read: Read, photos: Sequence[pathlib.Path]) -> dict[str, Any]:
    start, cpu = time.perf_counter(), _cpu()
    with watching(_children) as sizes:
        for _ in read(photos):
            pass
    return {"seconds": time.perf_counter() - start, "cpu": _cpu() - cpu, "sizes": sizes}


@contextlib.contextmanager
def watching(processes: Callable[[], Iterable[int]]) -> Iterator[list[int]]:
    """Yield a list, to which the bytes of these processes are added again and again while the block runs."""
    sizes: list[int] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(PAUSE):
            sizes.extend(size for process in processes() if (size := pss_of(process)))

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield sizes
    finally:
        ended.set()
        watch.join()


def _memory(sizes: Sequence[int]) -> dict[str, int]:
    """Return the most bytes that a worker held, and what one held half of the time; 0 without workers."""
    return {"pss": max(sizes, default=0), "pss_usual": int(statistics.median(sizes or [0]))}


def _cpu() -> float:
    """Return CPU seconds of this process and those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _children() -> list[int]:
    found = pathlib.Path("/proc/self/task").glob("*/children")
    return [int(number) for path in found for number in path.read_text("utf-8").split()]


def pss_of(process: int) -> int:
    """Return the bytes of a process, what it shares with others divided among them; 0 if unknown."""
    try:
        text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text("utf-8")
    except OSError:
        return 0
    return int(re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)[0]) << 10


def _on_dask(photos: Sequence[pathlib.Path]) -> dict[str, Any]:
    """Return the same of two workers of a Dask cluster here; their scheduler is in this process."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        # The workers load the model with their first photos.
        list(read_photos([photos[0]] * 16, "bundled", client=client))
        workers = list(client.run(os.getpid).values())
        start, before = time.perf_counter(), sum(client.run(time.process_time).values())
        own = time.process_time()
        with watching(lambda: workers) as sizes:
            list(read_photos(photos[1:], "bundled", client=client))
        seconds = time.perf_counter() - start
        cpu = time.process_time() - own + sum(client.run(time.process_time).values()) - before
    count = len(photos) - 1
    return {
        "name": "Dask, 2 workers",
        "start_cpu": None,
        "cpu_a_photo": cpu / count,
        "photos_a_second": count / seconds,
        **_memory(sizes),
    }


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("many.py: memory is told apart as Linux does")
    run(main)
