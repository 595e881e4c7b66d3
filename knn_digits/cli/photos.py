"""Door: paths -> the photos to read; what is passed over is told on stderr, and errors name their photo."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from knn_digits.cli.talk import say
from knn_digits.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from knn_digits.parallel.photos import Task

STDIN = "-"
EMPTY = "a PATH is empty: name a picture or a folder"
SOME_UNREADABLE = 1  # exit code


class Found(NamedTuple):
    """The photos of a folder, and the exit code: `SOME_UNREADABLE` where photos are passed over."""

    photos: tuple[pathlib.Path, ...]
    code: int


def find_photos(folder: pathlib.Path) -> Found:
    """Return the photos of a folder; tell in one line on stderr what is passed over.

    Raises
    ------
    PhotoError
        If the folder cannot be looked into, or has no photos; the line is then part of the error.
    """
    from knn_digits.images import list_folder

    try:
        listing = list_folder(folder)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PhotoError(f"cannot look into this folder: {reason}; name another") from error
    if not listing.pictures:
        rest = listing.passed_over or "their names must end in .jpg, .png or alike"
        raise PhotoError(f"no pictures are seen in this folder: {rest}")
    if listing.passed_over:
        say(f"{folder}: {listing.passed_over}")
    return Found(listing.pictures, SOME_UNREADABLE if listing.lacks_photos else 0)


@contextlib.contextmanager
def naming(photo: str | pathlib.Path) -> Iterator[None]:
    """Let a PhotoError begin with the name of the photo that it is about."""
    try:
        yield
    except PhotoError as error:
        raise PhotoError(f"{photo}: {error}") from error


def list_photos(paths: Iterable[str]) -> tuple[list[str], int]:
    """Return the photos, folders replaced by the pictures in them, if they have any, and the exit code."""
    photos, code = list[str](), 0
    for path in paths:
        if not path:
            raise UsageError(EMPTY)
        if path == STDIN or not os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
            photos.append(path)
            continue
        try:
            found = find_photos(pathlib.Path(path))
        except PhotoError:  # which `_content` tells in its place
            photos.append(path)
        else:
            photos += map(str, found.photos)
            code = max(code, found.code)
    return photos, code


def open_task(path: str) -> Task:
    """Return a photo by its path or of stdin, or why it cannot be had."""
    try:
        return path, _content(path)
    except PhotoError as error:
        return path, error


def _content(path: str) -> bytes | pathlib.Path:
    if path != STDIN and os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
        find_photos(pathlib.Path(path))  # tells why there are none
    return one_photo(path)


def one_photo(path: str) -> bytes | pathlib.Path:
    """Return a photo by its path, or what stdin gives for -; PhotoError where that is nothing."""
    if not path:
        raise UsageError(EMPTY)
    if path != STDIN:
        return pathlib.Path(path)
    from knn_digits.opening import read_stream

    if sys.stdin is None:
        raise PhotoError("stdin is closed: pass a picture to it")
    return read_stream(sys.stdin.buffer)


def call_drawing(path: str) -> str:
    """Return what a photo's pictures are called after."""
    is_stdin = path == STDIN or path.startswith(f"{STDIN}[")  # a page of it
    return f"stdin{path[1:]}" if is_stdin else pathlib.Path(path).name
