"""Reading + stages -> the pictures that `classify` and `table` write, none over another."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from knn_digits.cli.options import is_foreign
from knn_digits.errors import StorageError, UsageError

if TYPE_CHECKING:
    from knn_digits.arrays import Pixels
    from knn_digits.images import Picture
    from knn_digits.reading import Reading, Stages
    from knn_digits.tables import Table

LONGEST = 200  # bytes of a photo's name: file systems allow 255, and numbers and endings are put behind it
INDEX = "index.html"  # of all stages
PROBE = ".knn-digits"  # the name by which a folder is tried


class Drawings:
    """Writes pictures of readings.

    Parameters
    ----------
    annotated, debug : path, optional
        The folders for the photo with its reading on it, and for every stage.
    photos : iterable of str
        The paths that are read: none of them is written over.
    paths : iterable of str
        As they are named: folders among them are read whole.

    Raises
    ------
    UsageError
        If a folder is read that pictures are written to: the next run would read them.
    StorageError
        If a folder cannot be written: better told before photos are read than after it.
    """

    def __init__(
        self,
        annotated: pathlib.Path | None,
        debug: pathlib.Path | None,
        photos: Iterable[str],
        *,
        paths: Iterable[str],
    ) -> None:
        _check_apart([folder for folder in (annotated, debug) if folder], paths)
        self._annotated, self._debug = annotated, debug
        self._photos = set(filter(None, map(_identity, photos))) if annotated or debug else set()
        self._taken: set[str] = set()
        self._followed: list[str] = []  # names under which all stages are written
        self.check_folders()
        if debug is not None and is_foreign(debug / INDEX, "page"):
            raise StorageError(_refusal(debug / INDEX, "it is there, and is no page of knn-digits"))

    def check_folders(self) -> None:
        """Raise StorageError if one of the folders cannot be written at all."""
        from knn_digits.storage import check_writable

        for folder in (self._annotated, self._debug):
            if folder is None:
                continue
            try:
                check_writable(folder / PROBE)
            except StorageError as error:
                reason = getattr(error.__cause__, "strerror", None) or error
                raise StorageError(f"cannot write to {folder}: {reason}; name another folder") from error

    def draw(self, name: str, photo: Picture, reading: Reading, stages: Stages) -> None:
        """Write the pictures of a photo that is called so.

        Raises
        ------
        StorageError
            If one cannot be written, or would take the place of a photo.
        """
        free = self._free_name(shorten(name))
        if self._annotated is not None:
            from knn_digits.reports.readings import annotate

            self._write(self._annotated / f"{free}.png", annotate(photo, reading))
        if self._debug is not None:
            from knn_digits.reports.stages import draw_stages

            for stage, pixels in draw_stages(stages, reading).items():
                self._write(self._debug / f"{free}-{stage}.png", pixels)
            self._followed.append(free)

    def draw_tables(self, name: str, photo: Picture, tables: Sequence[Table]) -> None:
        """Write the picture of a photo that is called so, with its tables, as `draw` does with its digits."""
        if self._annotated is not None:
            from knn_digits.reports.tables import annotate

            self._write(self._annotated / f"{self._free_name(shorten(name))}.png", annotate(photo, tables))

    def finish(self) -> None:
        """Write the page that shows the stages of all photos; StorageError if it cannot be written."""
        if self._debug is None or not self._followed:
            return
        from knn_digits.reports.stages import stages_page
        from knn_digits.storage import write_then_rename

        with write_then_rename(self._debug / INDEX) as file:
            file.write(stages_page(self._followed).encode())

    def _free_name(self, name: str) -> str:
        """Return the name for a photo's pictures; photos of one name from several folders are numbered."""
        numbered = (name if n == 1 else f"{name}-{n}" for n in range(1, len(self._taken) + 2))
        free = next(candidate for candidate in numbered if candidate not in self._taken)
        self._taken.add(free)
        return free

    def _write(self, path: pathlib.Path, pixels: Pixels) -> None:
        from knn_digits.images import write_png

        if _identity(str(path)) in self._photos:
            raise StorageError(_refusal(path, "it is one of the photos"))
        if is_foreign(path, "picture"):
            raise StorageError(_refusal(path, "it is there, and is no picture of knn-digits"))
        write_png(path, pixels)


def _check_apart(folders: Sequence[pathlib.Path], paths: Iterable[str]) -> None:
    read = {_identity(path) for path in paths if os.path.isdir(path)} - {None}  # noqa: PTH112 (as below)
    for folder in folders:
        if _identity(str(folder)) in read:
            raise UsageError(f"{folder} is read, and its next reading would read its drawings: name another")


def _refusal(path: pathlib.Path, why: str) -> str:
    return f"cannot write {path}: {why}; name another folder"


def shorten(name: str) -> str:
    """Return a name that leaves room for an ending; one that is cut keeps apart from others by its hash."""
    whole = name.encode("utf-8", "surrogateescape")
    if len(whole) <= LONGEST:
        return name
    mark = f"~{hashlib.sha256(whole).hexdigest()[:8]}"
    return whole[: LONGEST - len(mark)].decode("utf-8", "ignore") + mark


def _identity(path: str) -> tuple[int, int] | None:
    """Return what tells a file from all others, however it is named; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (a path that pathlib takes for another, too)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
