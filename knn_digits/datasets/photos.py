"""Stage 2′: a folder's truth.json -> its photos and what is written in them.

The file is a list with an object a photo: `file`, its name; `lines`, what is written in it from top to
bottom, each a text of digits; and `ordered`, false where these have no reading order.
"""

import json
import pathlib
from dataclasses import dataclass
from typing import Any

from knn_digits.arrays import compared_by_content
from knn_digits.errors import DataError

TRUTH = "truth.json"


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class LabelledPhoto:
    """A photo and what is written in it."""

    path: pathlib.Path
    lines: tuple[str, ...]  # digits, from top to bottom
    ordered: bool  # False: the digits have no reading order
    entry: dict[str, Any]  # all that truth.json says of it

    @property
    def text(self) -> str:
        """The digits in reading order."""
        return "".join(self.lines)


def load_photos(folder: pathlib.Path) -> list[LabelledPhoto]:
    """Return the photos that the folder's truth.json names.

    Raises
    ------
    DataError
        If there is none, it is damaged, or it names a photo that is not there.
    """
    path = folder / TRUTH
    try:
        entries = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"cannot open {path}: {error.strerror}; it must name the folder's photos") from error
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise DataError(f"{path} must be a list of photos, with at least one in it")
    return [_photo(entry, number, path) for number, entry in enumerate(entries, 1)]


def _photo(entry: Any, number: int, path: pathlib.Path) -> LabelledPhoto:
    try:
        photo = LabelledPhoto(
            path=path.parent / entry["file"],
            lines=tuple(entry["lines"]),
            ordered=bool(entry.get("ordered", True)),
            entry=entry,
        )
        digits = photo.text
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"photo {number} of {path} needs a file name and lines of digits") from error
    if not all("0" <= letter <= "9" for letter in digits):
        raise DataError(f"photo {number} of {path} has lines that are no digits: {digits!r}")
    if not photo.path.is_file():
        raise DataError(f"{path} names {photo.path.name}, but there is no such file beside it")
    return photo
