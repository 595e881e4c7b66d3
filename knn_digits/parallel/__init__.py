"""Many photos -> their readings in order: in this process, by several, or on a Dask cluster."""

import functools
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from knn_digits.classifiers.load import Model
from knn_digits.errors import PhotoError, UsageError
from knn_digits.opening import check_several
from knn_digits.parallel.photos import Read, Result, Task, read_pages_of
from knn_digits.reading import Reader, check_probability
from knn_digits.storage import as_path

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["read_photos", "read_tasks"]


def read_photos(
    paths: Iterable[str | os.PathLike[str]],
    model: Model = None,
    *,
    jobs: int | None = None,
    client: "Client | None" = None,
    min_probability: float = 0.0,
) -> Iterator[Result]:
    """Read many photos, one after the other as they are asked for.

    Parameters
    ----------
    paths : iterable of str or path
        Any number: a few dozen a process are looked at ahead. Of a file with several pages each is read.
        `Reader.read_many` takes whatever else holds a photo.
    model : Classifier, name or path, optional
        As for `Reader`.
    jobs : int, optional
        Processes that read; 0: one a core. By default this one alone.
    client : distributed.Client, optional
        Of a Dask cluster whose workers read, in place of processes here; they must see the same files.
    min_probability : float
        0 to 1: a digit whose label is less likely is refused.

    Yields
    ------
    path : str
        With [1], [2] and so on behind it where a file has several pages.
    reading : Reading or PhotoError
        What is read, or why nothing is. A process that dies is replaced, and a photo on which three died has
        the error `worker died`.

    Raises
    ------
    UsageError
        If an argument is none of these.
    ModelError
        If the model cannot be loaded.
    MissingPartError
        If the cluster has no workers, or is lost.

    Examples
    --------
    >>> for path, reading in read_photos(["samples/single.png", "samples/tiny.png"], "bundled"):
    ...     print(path, reading.text)
    samples/single.png 5
    samples/tiny.png 7
    """
    check_several(paths)
    check_probability(min_probability)
    read = Read(Reader(model), min_probability=min_probability)
    tasks = (task_of(path) for path in paths)
    results = read_tasks(tasks, read, jobs=jobs, client=client)
    return (result for pages in results for result in pages)


def task_of(path: str | os.PathLike[str]) -> Task:
    """Return what reads the photo of this path."""
    try:
        found = as_path(path, what="a photo", error=PhotoError)
    except PhotoError as error:
        return path if isinstance(path, str) else type(path).__name__, error
    return str(found), found


def read_tasks(
    tasks: Iterable[Task], read: Read, *, jobs: int | None = None, client: "Client | None" = None
) -> Iterator[list[Result]]:
    """Yield what is read on the pages of each photo, in the order of the tasks; see `read_photos`.

    Raises
    ------
    UsageError
        If jobs or client are none, or both are given.
    """
    if client is not None:
        if jobs is not None:
            raise UsageError("jobs and client exclude each other: a cluster has its own processes")
        from knn_digits.parallel.cluster import Cluster

        return Cluster(read, client).read(tasks)
    if jobs is not None:
        from knn_digits.parallel.pool import Pool, check_jobs

        return Pool(read, jobs=check_jobs(jobs)).read(tasks)
    return map(functools.partial(read_pages_of, read=read), tasks)
