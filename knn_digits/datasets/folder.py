"""Stage 2′: a folder with one sub-folder of pictures a class -> labelled 28×28 digits.

Each picture shows one digit, in dark ink on light paper or light on dark: the paper's grey is what the
border shows.
"""

import functools
import pathlib
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits import digit, images
from knn_digits.arrays import CLASSES, SIDE, Digits, Labels, Pixels
from knn_digits.errors import DataError, PhotoError

BLANK = 16  # of 255: a picture whose strongest ink is weaker than this is blank
FAINT = (26, 80)  # of 255: weaker ink than this, after stretching, is noise; least and most of the cut
SPREAD = 10  # the cut is so many median deviations of the border's greys: over six sigma of noise
LARGEST = 560  # pixels: a larger picture is reduced to about this while it is decoded
_CLASSES = [str(label) for label in range(CLASSES)]
_PARTS = ("train", "test")


def find(folder: pathlib.Path) -> Mapping[str, Callable[[], tuple[Digits, Labels]]]:
    """Return a reader for each part of a folder of pictures.

    Parameters
    ----------
    folder : path
        A folder with sub-folders named 0..9, or with `train` and `test` (or one of them) that have these.
        Hidden sub-folders, and files that are no pictures by their endings, are passed over.

    Raises
    ------
    DataError
        If there are others beside `train` and `test`. What is wrong in a part is told when it is read.
    """
    names = _subfolders(folder)
    parts = {part: folder / part for part in _PARTS if part in names} or {"all": folder}
    rest = names - set(parts)
    if "all" not in parts and rest:
        raise DataError(f"{folder} has {_some(rest)} beside {' and '.join(parts)}; move it away")
    return {part: functools.partial(_read, path) for part, path in parts.items()}


def read_digit(path: pathlib.Path) -> Pixels:
    """Read a picture of one digit.

    A 28×28 picture with light ink on dark is taken as it is. In any other the paper's grey is subtracted,
    the ink stretched to 255, faint ink cut, and the rest normalized. A blank picture gives zeros.

    Returns
    -------
    (28, 28) uint8

    Raises
    ------
    DataError
        If the file is no picture that can be read, or has several pages.
    """
    return digit_of(open_digit(path))


def open_digit(path: pathlib.Path) -> images.Picture:
    """Open a picture of one digit; its notes are what is to be said of it. Raises as `read_digit` does."""
    try:
        picture = images.read_picture(path, largest=LARGEST)
    except PhotoError as error:
        raise DataError(f"{path}: {error}; replace or remove it") from error
    if picture.pages > 1:
        raise DataError(
            f"{path} has {picture.pages} pages, but a digit is one picture; split it or remove it"
        )
    return picture


def digit_of(picture: images.Picture) -> Pixels:
    """Return the (28, 28) uint8 digit in a picture, as `read_digit` describes."""
    grey = np.asarray(cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    paper, spread = _paper(grey)
    light = grey.mean() > paper
    if grey.shape == (SIDE, SIDE) and light and paper < FAINT[0]:
        return grey
    return np.asarray(digit.normalize([_ink(grey.astype(np.float32) - paper, spread, light=light)])[0])


def _paper(grey: Pixels) -> tuple[float, float]:
    """Return the median grey of the border, and the median distance from it."""
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    paper = float(np.median(border))
    return paper, float(np.median(np.abs(border - paper)))


def _ink(contrast: NDArray[np.float32], spread: float, *, light: bool) -> Pixels:
    ink = (contrast if light else -contrast).clip(0)
    strongest = float(ink.max())
    if strongest < BLANK:
        return np.zeros(ink.shape, np.uint8)
    stretched = np.rint(ink * (255 / strongest)).astype(np.uint8)
    least, most = FAINT
    stretched[stretched < min(max(least, SPREAD * spread * 255 / strongest), most)] = 0
    return stretched


def _subfolders(folder: pathlib.Path) -> set[str]:
    """Return the names of the sub-folders that are not hidden."""
    return {
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path.name[0] != "." and path.name[:2] != "__"
    }


def _files(folder: pathlib.Path) -> list[tuple[pathlib.Path, int]]:
    """Return the pictures and labels below a folder, sorted by class, then by name."""
    names = _subfolders(folder)
    if not names & set(_CLASSES):
        raise DataError(
            f"{folder} has no data: a folder needs IDX files (train-images-idx3-ubyte …) or a sub-folder "
            "of pictures for each of 0..9; a .npz file is named itself"
        )
    if rest := names - set(_CLASSES):
        raise DataError(f"{folder} has {_some(rest)}, but its sub-folders must be named 0..9; rename or move")
    return [
        (path, label)
        for label, name in enumerate(_CLASSES)
        if name in names
        for path in images.list_pictures(folder / name)
    ]


def _some(names: set[str]) -> str:
    first = ", ".join(sorted(names)[:3])
    return (
        f"the sub-folder {first}" if len(names) == 1 else f"the sub-folders {first}" + " …" * (len(names) > 3)
    )


def _read(folder: pathlib.Path) -> tuple[Digits, Labels]:
    files = _files(folder)
    if not files:
        raise DataError(f"the class folders of {folder} hold no pictures; put some there")
    digits = np.empty((len(files), SIDE, SIDE), np.uint8)
    for row, (path, _) in zip(digits, files, strict=True):
        row[:] = read_digit(path)
    return digits, np.array([label for _, label in files], np.int64)
