"""The options of `classify` for many photos: who reads them, and the file that a later run goes on with."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from knn_digits import __version__
from knn_digits.cli.options import PATH
from knn_digits.errors import UsageError

if TYPE_CHECKING:
    from knn_digits.parallel.journal import Journal
    from knn_digits.parallel.photos import Read, Result, Task

# Parameters of the command that change no line of a photo, or are told by the model's SHA-256.
NO_MATTER = {
    *("annotate", "as_csv", "as_json", "as_jsonl", "backend", "debug", "device", "jobs", "learned"),
    *("model", "output", "paths", "probabilities", "resume", "scheduler", "scheduler_file"),
}


@dataclass(frozen=True, kw_only=True)
class Many:
    """Who reads photos, and where their lines go."""

    jobs: int | None  # processes; None: this one alone
    scheduler: str | None  # the address of a Dask cluster's, whose workers read
    scheduler_file: str | None  # or the file that it wrote
    output: pathlib.Path | None
    resume: bool

    @property
    def here(self) -> bool:
        """Whether this process reads."""
        return self.jobs is None and self.scheduler is None and self.scheduler_file is None

    def check(self, photos: Sequence[str], *, as_jsonl: bool, draws: bool) -> None:
        """Raise UsageError for options that do not go together."""
        readers = (self.jobs, self.scheduler, self.scheduler_file)
        if readers.count(None) < len(readers) - 1:
            raise UsageError("--jobs, --scheduler and --scheduler-file exclude each other: choose one")
        if draws and not self.here:
            raise UsageError(
                "--annotate and --debug draw in one process: leave them out, or who reads beside it"
            )
        if self.resume and self.output is None:
            raise UsageError("--resume goes on with a file: name it with --output")
        if self.output is None:
            return
        if draws or not as_jsonl:
            raise UsageError(
                "--output writes lines of JSON alone: give --jsonl, and neither --annotate nor --debug"
            )
        if "-" in (*photos, str(self.output)):
            raise UsageError(
                "--output takes files alone and writes one, as neither stdin nor stdout can be gone on with: "
                "leave - out"
            )

    def read(self, tasks: Iterator[Task], read: Read) -> Iterator[list[Result]]:
        """Yield what is read on the pages of each photo, in order."""
        from knn_digits.parallel import read_tasks
        from knn_digits.parallel.cluster import connect

        if self.scheduler is None and self.scheduler_file is None:
            yield from read_tasks(tasks, read, jobs=self.jobs)
            return
        with connect(self.scheduler, self.scheduler_file) as client:
            yield from read_tasks(tasks, read, client=client)

    def journal(self, output: pathlib.Path, read: Read) -> Journal:
        """Return the file for the lines of photos that are read so, by the command that is running."""
        from knn_digits.classifiers.fingerprint import fingerprint
        from knn_digits.parallel.journal import Journal

        given = click.get_current_context().params
        made_by = {
            "version": __version__,
            "model": fingerprint(read.reader.model),
            "options": {name: value for name, value in sorted(given.items()) if name not in NO_MATTER},
        }
        return Journal(output, made_by, resume=self.resume)


def many_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, which it takes as one record called `many`."""

    @click.option(
        "--jobs",
        type=click.IntRange(min=0),
        metavar="N",
        help="Processes that read photos; 0: one a core.  [default: this one alone]",
    )
    @click.option("--scheduler", metavar="tcp://HOST:PORT", help="Dask scheduler whose workers read photos.")
    @click.option(
        "--scheduler-file", metavar="FILE", help="The file in which a Dask scheduler tells where it is."
    )
    @click.option(
        "--output",
        type=PATH,
        metavar="FILE",
        help="With --jsonl: a new file for the lines; the first names version, model and options.",
    )
    @click.option("--resume", is_flag=True, help="Go on with --output where a run was ended.")
    @functools.wraps(command)
    def take(**options: Any) -> Any:
        own = {field.name: options.pop(field.name) for field in fields(Many)}
        return command(many=Many(**own), **options)

    return take
