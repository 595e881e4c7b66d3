"""A path, perhaps with a page, or bytes -> a stream of bytes whose length is bounded."""

import io
import os
import pathlib
import re
import stat
from typing import BinaryIO

from knn_digits.errors import PhotoError
from knn_digits.images.bounds import MAX_BYTES, MAX_STREAM
from knn_digits.storage import read_bounded

_PAGE = re.compile(r"(?P<file>.+)\[(?P<page>[1-9][0-9]{0,5})\]", re.DOTALL)
_PIPES = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")  # where a shell hands over what another command prints


def split_page(path: pathlib.Path) -> tuple[pathlib.Path, int | None]:
    """Return the file and the page that a name such as `scan.tif[2]` means, unless a file has that name."""
    found = _PAGE.fullmatch(path.name)
    if found is None or os.path.lexists(path):
        return path, None
    return path.with_name(found["file"]), int(found["page"])


def open_source(source: pathlib.Path | bytes) -> BinaryIO:
    """Return a stream that can be searched; of a file it is read as it is needed.

    Raises
    ------
    PhotoError
        If it cannot be opened, is no ordinary file, or is larger than any picture that is allowed.
    """
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        status = source.stat()
        if stat.S_ISREG(status.st_mode):
            if status.st_size > MAX_BYTES:
                raise PhotoError(
                    f"the file has {status.st_size >> 20:,} MiB, at most {MAX_BYTES >> 20:,} are allowed: "
                    "reduce it first"
                )
            return source.open("rb")
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError("cannot open the file: it is a folder; name a picture")
        if stat.S_ISFIFO(status.st_mode) and str(source).startswith(_PIPES):
            return io.BytesIO(read_bounded(source, most=MAX_STREAM))
    except (OSError, ValueError) as error:
        if isinstance(error, PhotoError):
            raise
        raise PhotoError(f"cannot open the file: {getattr(error, 'strerror', None) or error}") from error
    raise PhotoError("cannot open the file: it is no ordinary one; `classify -` reads what a pipe gives")
