"""truth.json -> photos, what is written in them, and what else the benchmarks ask of them."""

import pathlib
from dataclasses import dataclass

from knn_digits.datasets import photos
from knn_digits.datasets.photos import TRUTH, LabelledPhoto
from knn_digits.errors import DataError

__all__ = ["SAMPLES", "TRUTH", "Photo", "load_photos"]

SAMPLES = pathlib.Path(__file__).parents[2] / "samples"


@dataclass(frozen=True, kw_only=True)
class Photo(LabelledPhoto):
    """A photo, what is written in it and how it was taken."""

    core: bool  # one that any reader of digits ought to read
    set: str  # of photos that were gathered together; empty: of none
    background: str
    medium: str
    source: str
    light_on_dark: bool
    quarters: int  # turns counter-clockwise that bring the page upright; 0 in most


def load_photos(folder: pathlib.Path) -> list[Photo]:
    """Return the photos that the folder's truth.json names; DataError as `datasets.photos.load_photos`."""
    return [_photo(photo, number) for number, photo in enumerate(photos.load_photos(folder), 1)]


def _photo(photo: LabelledPhoto, number: int) -> Photo:
    entry = photo.entry
    try:
        quarters = int(entry.get("rotate_ccw", 0)) // 90 % 4
    except (TypeError, ValueError) as error:
        raise DataError(f"photo {number} needs degrees as rotate_ccw, not {entry['rotate_ccw']!r}") from error
    return Photo(
        path=photo.path,
        lines=photo.lines,
        ordered=photo.ordered,
        entry=entry,
        core=bool(entry.get("core", True)),
        set=str(entry.get("set", "")),
        background=str(entry.get("background", "unknown")),
        medium=str(entry.get("medium", "unknown")),
        source=str(entry.get("source", "unknown")),
        light_on_dark=entry.get("polarity") == "light-on-dark",
        quarters=quarters,
    )
