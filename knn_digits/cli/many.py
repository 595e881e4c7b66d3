"""The options of `classify` for many photos: who reads them, and the file that a later run goes on with."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from knn_digits import __version__
from knn_digits.errors import UsageError

if TYPE_CHECKING:
    from knn_digits.parallel.journal import Journal
    from knn_digits.parallel.photos import Read, Result, Task

# Parameters of the command that change no line of a photo, or are told by the model's SHA-256.
NO_MATTER = {
    *("annotate", "as_csv", "as_json", "as_jsonl", "backend", "debug", "device", "jobs", "learned"),
    *("model", "output", "paths", "probabilities", "resume"),
}


@dataclass(frozen=True, kw_only=True)
class Many:
    """Who reads photos, and where their lines go."""

    jobs: int | None  # processes; None: this one alone
    output: pathlib.Path | None
    resume: bool

    def check(self, photos: Sequence[str], *, as_jsonl: bool, draws: bool) -> None:
        """Raise UsageError for options that do not go together."""
        if self.jobs is not None and draws:
            raise UsageError("--annotate and --debug draw in one process: leave them or --jobs out")
        if self.resume and self.output is None:
            raise UsageError("--resume goes on with a file: name it with --output")
        if self.output is None:
            return
        if draws or not as_jsonl:
            raise UsageError(
                "--output writes lines of JSON alone: give --jsonl, and neither --annotate nor --debug"
            )
        if "-" in photos:
            raise UsageError("--output takes files alone, as stdin cannot be gone on with: leave - out")

    def read(self, tasks: Iterator[Task], read: Read) -> Iterator[list[Result]]:
        """Yield what is read on the pages of each photo, in order."""
        from knn_digits.parallel import read_tasks

        return read_tasks(tasks, read, jobs=self.jobs)

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
    @click.option(
        "--output",
        type=click.Path(path_type=pathlib.Path),
        metavar="FILE",
        help="With --jsonl: a new file for the lines; the first names version, model and options.",
    )
    @click.option("--resume", is_flag=True, help="Go on with --output where a run was ended.")
    @functools.wraps(command)
    def take(*, jobs: int | None, output: pathlib.Path | None, resume: bool, **rest: Any) -> Any:
        return command(many=Many(jobs=jobs, output=output, resume=resume), **rest)

    return take
