"""Door: a folder -> the photos to read in it; what is passed over is told on stderr, errors name it."""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

from knn_digits.cli.talk import say
from knn_digits.errors import PhotoError

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
        raise PhotoError(f"cannot look into {folder}: {reason}; name a folder") from error
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
