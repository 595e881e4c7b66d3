"""Stage 2′: a `.npz` file of NumPy arrays -> labelled 28×28 digits.

Only the two arrays of a part are unpacked, as `npy` reads them.
"""

import functools
import pathlib
import zipfile
from collections.abc import Mapping, Sequence

from knn_digits import storage
from knn_digits.datasets.npy import PARTS, WHOLE, Source, read_pair
from knn_digits.datasets.values import Labelled, Progress, Reader
from knn_digits.errors import DataError

_NAMED = 8  # keys that an error lists, the first ones


def find(path: pathlib.Path, *, default: str = "all") -> Mapping[str, Reader]:
    """Return a reader for each part of a `.npz` file.

    Parameters
    ----------
    path : path
        A file with x_train, y_train, x_test, y_test (or one of the two pairs, or named in another of the
        usual ways, `npy.PARTS`), or with digits and labels, X and y or another pair of `npy.WHOLE`.
    default : str
        The name of the part in a file that does not name its parts.

    Raises
    ------
    DataError
        If the file cannot be opened, or has none of these pairs whole.
    """
    with _open(path) as archive:
        keys = {name.removesuffix(".npy") for name in archive.namelist()}
    parts = {part: _pair(pairs, keys, path) for part, pairs in PARTS.items() if keys & set(sum(pairs, ()))}
    parts = parts or {default: _find_whole(keys, path)}
    return {part: functools.partial(_read, path, pair) for part, pair in parts.items()}


def _find_whole(keys: set[str], path: pathlib.Path) -> tuple[str, str]:
    """Return the first pair of names that is there; DataError if there is none, or others of other labels."""
    found = [pair for pair in WHOLE if keys.issuperset(pair)]
    if not found:
        allowed = ", ".join("/".join(pair) for pair in (*(pairs[0] for pairs in PARTS.values()), *WHOLE))
        raise DataError(f"{path} holds {_listed(keys)}; allowed are {allowed}")
    if len({labels for _, labels in found}) > 1:
        pairs = " and ".join("/".join(pair) for pair in found)
        raise DataError(
            f"{path} holds {pairs}, and which of them is meant is not told: save it with one pair"
        )
    return found[0]


def _listed(keys: set[str]) -> str:
    names = sorted(ascii(key[:40])[1:-1] for key in keys)
    return ", ".join(names[:_NAMED]) + " …" * (len(names) > _NAMED) or "nothing"


def _pair(pairs: Sequence[tuple[str, str]], keys: set[str], path: pathlib.Path) -> tuple[str, str]:
    """Return the pair of names that is there; DataError if one of the two is missing."""
    if found := next((pair for pair in pairs if keys.issuperset(pair)), None):
        return found
    have, lack = next(both for pair in pairs for both in (pair, pair[::-1]) if both[0] in keys)
    raise DataError(f"{path} has {have} but not {lack}; add it")


def _open(path: pathlib.Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}; name a readable file") from error
    except storage.DAMAGE as error:
        raise DataError(f"{path} is no .npz file, or its end is missing; get it again") from error


def _read(path: pathlib.Path, pair: tuple[str, str], progress: Progress) -> Labelled:
    with _open(path) as archive:
        images, labels = (_source(archive, key, path) for key in pair)
        return read_pair(images, labels, path, progress)


def _source(archive: zipfile.ZipFile, key: str, path: pathlib.Path) -> Source:
    found = [info for info in archive.infolist() if info.filename in (key, f"{key}.npy")]
    if len(found) > 1:
        raise DataError(f"{path} holds {key} {len(found)} times; save it anew with one")
    return Source(
        key,
        f"{key} of {path}",
        found[0].file_size,
        functools.partial(archive.open, found[0]),
        path,
        _start(found[0], path),
    )


def _start(info: zipfile.ZipInfo, path: pathlib.Path) -> int | None:
    """Return where a member begins in the file, if it is not packed."""
    if info.compress_type != zipfile.ZIP_STORED:
        return None
    try:
        with path.open("rb") as file:
            return storage.start_of(file, info)
    except (OSError, EOFError, ValueError):  # what is wrong is told when it is read
        return None
