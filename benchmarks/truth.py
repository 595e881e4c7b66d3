"""truth.json -> photos and what is written in them."""

import json
import pathlib
from dataclasses import dataclass
from typing import Any

from knn_digits.errors import DataError

TRUTH = "truth.json"


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A photo and what is written in it."""

    path: pathlib.Path
    lines: tuple[str, ...]  # digits, from top to bottom
    core: bool  # one that any reader of digits ought to read
    ordered: bool  # False: the digits have no reading order
    background: str
    medium: str
    source: str
    light_on_dark: bool
    quarters: int  # turns counter-clockwise that bring the page upright; 0 in most

    @property
    def text(self) -> str:
        """The digits in reading order."""
        return "".join(self.lines)


def load_photos(folder: pathlib.Path) -> list[Photo]:
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


def _photo(entry: Any, number: int, path: pathlib.Path) -> Photo:
    try:
        photo = Photo(
            path=path.parent / entry["file"],
            lines=tuple(entry["lines"]),
            core=bool(entry.get("core", True)),
            ordered=bool(entry.get("ordered", True)),
            background=str(entry.get("background", "unknown")),
            medium=str(entry.get("medium", "unknown")),
            source=str(entry.get("source", "unknown")),
            light_on_dark=entry.get("polarity") == "light-on-dark",
            quarters=int(entry.get("rotate_ccw", 0)) // 90 % 4,
        )
        digits = photo.text
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"photo {number} of {path} needs a file name and lines of digits") from error
    if not all("0" <= letter <= "9" for letter in digits):
        raise DataError(f"photo {number} of {path} has lines that are no digits: {digits!r}")
    if not photo.path.is_file():
        raise DataError(f"{path} names {photo.path.name}, but there is no such file beside it")
    return photo
