"""Stage 2′: a folder's truth.json -> its photos and what is written in them.

The file is a list with an object a photo: `file`, its name; `lines`, what is written in it from top to
bottom, each a text of digits, with spaces or without; and `ordered`, false where these have no reading order.
"""

import os
import pathlib
from dataclasses import dataclass
from typing import Any

from knn_digits.arrays import compared_by_content
from knn_digits.errors import DataError
from knn_digits.images import split_page
from knn_digits.plain import plain
from knn_digits.storage import as_path, read_json

TRUTH = "truth.json"
# Bytes: 100,000 photos with 160 letters each; parsed, its worst takes some 50 times as much.
MAX_BYTES = 16 << 20
SHOWN = 60  # letters of what is quoted in a message, at most


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledPhoto:
    """A photo and what is written in it."""

    path: pathlib.Path
    lines: tuple[str, ...]  # digits without spaces, from top to bottom
    ordered: bool  # False: the digits have no reading order
    entry: dict[str, Any]  # all that truth.json says of it

    @property
    def text(self) -> str:
        """The digits in reading order."""
        return "".join(self.lines)


def load_photos(folder: pathlib.Path) -> list[LabelledPhoto]:
    """Return the photos that the folder's truth.json names, in its order.

    Raises
    ------
    DataError
        If there is none, it is damaged or too large, or it names a photo that is not there, or one twice.
    """
    path = as_path(folder, what="a folder of photos", error=DataError) / TRUTH
    try:
        entries = read_json(path, most=MAX_BYTES)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot open {path}: {reason}; it must name the folder's photos") from error
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {str(error).removeprefix('it is no JSON: ')}") from error
    if not isinstance(entries, list) or not entries:
        raise DataError(f"{path} must be a list of photos, with at least one in it")
    photos: dict[pathlib.Path, LabelledPhoto] = {}
    for number, entry in enumerate(entries, 1):
        photo = _photo(entry, f"photo {number} of {path}", path.parent)
        if photo.path in photos:
            raise DataError(
                f"photo {number} of {path} is there twice: {_beginning(photo.path.name)}; keep one"
            )
        photos[photo.path] = photo
    return list(photos.values())


def _photo(entry: Any, which: str, folder: pathlib.Path) -> LabelledPhoto:
    if not (isinstance(entry, dict) and isinstance(entry.get("file"), str) and _is_text(entry.get("lines"))):
        raise DataError(f"{which} needs a file name and lines of digits, a list of texts")
    lines = tuple("".join(line.split()) for line in entry["lines"])
    for line in lines:
        if not all("0" <= letter <= "9" for letter in line):
            raise DataError(f"{which} has lines that are no digits: '{_beginning(line)}'")
    ordered = entry.get("ordered", True)
    if not isinstance(ordered, bool):
        raise DataError(f"{which} has an `ordered` that is neither true nor false")
    path = _find_file(entry["file"], which, folder)
    return LabelledPhoto(path=path, lines=lines, ordered=ordered, entry=entry)


def _is_text(lines: Any) -> bool:
    return isinstance(lines, list) and all(isinstance(line, str) for line in lines)


def _find_file(name: str, which: str, folder: pathlib.Path) -> pathlib.Path:
    """Return the photo of this name, if it is a file in the folder or below it."""
    inside = pathlib.PurePath(name)
    if inside.is_absolute() or ".." in inside.parts:
        raise DataError(f"{which} names {_beginning(name)}, which is not in the folder")
    file, _ = split_page(folder / inside)
    if not os.path.isfile(file):  # noqa: PTH113 (pathlib's raises where a name is too long)
        raise DataError(f"{which} names {_beginning(name)}, but there is no such file beside it")
    return folder / inside


def _beginning(text: str) -> str:
    """Return the beginning of it in one line."""
    return plain(text[:SHOWN]) + ("..." if len(text) > SHOWN else "")
