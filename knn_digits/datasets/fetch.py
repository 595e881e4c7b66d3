"""Stage 2′: mirrors or files on disk -> MNIST in the user's cache.

A file is checked by the SHA-256 of its decoded array while it is in memory, and only then put in place;
nothing here prints. This is the only place that goes out to the network.
"""

import contextlib
import gzip
import io
import pathlib
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from knn_digits import storage
from knn_digits.datasets import idx
from knn_digits.errors import DataError

if TYPE_CHECKING:
    from http.client import HTTPResponse

GENUINE = {  # file -> SHA-256 of its array of uint8, without the header
    "train-images-idx3-ubyte.gz": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "train-labels-idx1-ubyte.gz": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "t10k-images-idx3-ubyte.gz": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "t10k-labels-idx1-ubyte.gz": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
TIMEOUT = 10.0  # seconds: to connect, and between two pieces of a file
SLOWEST = 10_000  # bytes a second on average, once TIMEOUT is over: a slower mirror is given up
MAX_BYTES = 64 << 20  # of one file, packed or unpacked: the largest of MNIST unpacks to 47 MB
_CHUNK = 1 << 16

Progress: TypeAlias = Callable[[str, int, int], None]  # file, bytes so far, bytes in all (0: not known)


@dataclass(frozen=True, kw_only=True)
class FileCheck:
    """What a check of one file of the cache found; `message` says it in words."""

    name: str
    ok: bool
    message: str


def mnist_folder() -> pathlib.Path:
    """Return the folder of the user's cache for MNIST's four files; it may not exist yet."""
    return storage.cache_folder() / "mnist"


def mnist_is_cached() -> bool:
    """Tell whether the user's cache has the four files of MNIST (their content is not looked at).

    Raises
    ------
    DataError
        If the cache may not be looked into.
    """
    return all(_is_file(mnist_folder() / name) for name in GENUINE)


def fetch_mnist(
    *,
    progress: Progress | None = None,
    mirrors: Sequence[str] = MIRRORS,
    timeout: float = TIMEOUT,
    expected: Mapping[str, str] = GENUINE,
) -> pathlib.Path:
    """Download the files of MNIST that the cache lacks, each from the first mirror that gives it right.

    Parameters
    ----------
    progress : callable, optional
        Called with the file's name, the bytes received so far and in all (0 if not known).
    mirrors : sequence of str
        Addresses that a file's name is appended to, in the order to try. One that failed is tried last.
    timeout : float
        Seconds to connect, and between two pieces of a file.
    expected : mapping of str to str
        The files, and the SHA-256 of each one's decoded array.

    Returns
    -------
    path
        The folder with the files.

    Raises
    ------
    DataError
        If no mirror gives a file; the one line names each with its reason.
    StorageError
        If the cache cannot be written.
    """
    reasons: dict[str, str] = {}
    for check in verify_mnist(expected=expected):
        if not check.ok:
            content = _from_mirrors(check.name, expected[check.name], mirrors, reasons, (timeout, progress))
            _put(check.name, content)
    return mnist_folder()


def import_mnist(path: pathlib.Path, *, expected: Mapping[str, str] = GENUINE) -> pathlib.Path:
    """Copy MNIST's four files, gzipped or not, from a folder into the cache, if all of them are genuine.

    Returns
    -------
    path
        The folder with the files.

    Raises
    ------
    DataError
        If a file is missing or is not MNIST's; the cache is then as it was.
    StorageError
        If the cache cannot be written.
    """
    with _reading(path):
        if not path.is_dir():
            raise DataError(f"{path} is no folder; name the folder with MNIST's files")
    contents = {}
    for name, digest in expected.items():
        source = _spelled(path, name)
        contents[name] = _read_bounded(source)
        if wrong := _fault(name, contents[name], digest):
            raise DataError(f"{source} {wrong}; get the file again")
    for name, content in contents.items():
        packed = content.startswith(idx.GZIP_MAGIC)
        _put(name, content if packed else gzip.compress(content, mtime=0))
    return mnist_folder()


def verify_mnist(*, expected: Mapping[str, str] = GENUINE) -> list[FileCheck]:
    """Check each of MNIST's files in the cache by the SHA-256 of its decoded array.

    Raises
    ------
    DataError
        If a file is there but cannot be read.
    """
    return [_check(name, digest) for name, digest in expected.items()]


def _check(name: str, digest: str) -> FileCheck:
    path = mnist_folder() / name
    if not _is_file(path):
        return FileCheck(name=name, ok=False, message="is not in the cache")
    wrong = _fault(name, _read_bounded(path), digest)
    return FileCheck(name=name, ok=not wrong, message=wrong or "is right")


def _fault(name: str, content: bytes, digest: str) -> str:
    """Return what is wrong with a file's content, to follow its name; nothing if it is right."""
    try:
        dimensions = 3 if "images" in name else 1
        array = idx.decode(io.BytesIO(content), dimensions=dimensions, max_bytes=MAX_BYTES)
    except DataError as error:
        return str(error)
    return "" if storage.sha256(array) == digest else "is not MNIST's: its SHA-256 is another"


def _read_bounded(path: pathlib.Path) -> bytes:
    with _reading(path), path.open("rb") as file:
        return file.read(MAX_BYTES)


def _is_file(path: pathlib.Path) -> bool:
    """Tell whether a file is there; DataError where that may not be known."""
    with _reading(path):
        try:
            return stat.S_ISREG(path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False


@contextlib.contextmanager
def _reading(path: pathlib.Path) -> Iterator[None]:
    """Tell what keeps a file or folder from being read, or looked for, as an error of the data."""
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}; make it readable") from error


def _spelled(folder: pathlib.Path, name: str) -> pathlib.Path:
    """Return the file of a folder that has a name in any of its usual spellings."""
    stem = name.removesuffix(".gz")
    spellings = [s + end for s in (stem, stem.replace("-idx", ".idx")) for end in (".gz", "")]
    for spelling in spellings:
        if _is_file(folder / spelling):
            return folder / spelling
    raise DataError(f"{folder} has none of {', '.join(spellings)}; name the folder with MNIST's four files")


def _put(name: str, content: bytes) -> None:
    with storage.write_then_rename(mnist_folder() / name) as file:
        file.write(content)


def _from_mirrors(
    name: str,
    digest: str,
    mirrors: Sequence[str],
    reasons: dict[str, str],
    how: tuple[float, Progress | None],
) -> bytes:
    """Return the right content of a file; keep in `reasons` why a mirror failed."""
    for mirror in sorted(mirrors, key=lambda mirror: mirror in reasons):
        try:
            content = _download(mirror, name, *how)
            if not (wrong := _fault(name, content, digest)):
                return content
        except DataError as error:
            wrong = str(error)
        reasons[mirror] = f"{name} {wrong}"
    tried = "; ".join(f"{mirror} ({reasons[mirror]})" for mirror in mirrors)
    raise DataError(
        f"no mirror gave MNIST: {tried}; try again later, or import files that you have: "
        "`knn-digits data fetch mnist --from PATH`"
    )


def _download(mirror: str, name: str, timeout: float, progress: Progress | None) -> bytes:
    """Return what a mirror sends, or raise a DataError whose text follows the file's name."""
    import http.client
    import urllib.error
    import urllib.request

    if not mirror.startswith(("https://", "http://")):
        raise DataError("is not asked for: a mirror must begin with https:// or http://")
    request = urllib.request.Request(mirror + name, headers={"User-Agent": "knn-digits"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310 (scheme checked)
            return _receive(response, name, timeout, progress)
    except urllib.error.HTTPError as error:
        error.close()
        raise DataError(f"was answered by HTTP {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise DataError(f"got no answer within {timeout:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            raise DataError(f"got no connection within {timeout:g} s") from error
        said = getattr(reason, "strerror", None) or reason
        raise DataError(f"could not be had: {said}") from error


def _receive(response: "HTTPResponse", name: str, timeout: float, progress: Progress | None) -> bytes:
    total = response.length or 0
    content = bytearray()
    start = time.monotonic()
    while piece := response.read1(_CHUNK):
        content += piece
        if progress:
            progress(name, len(content), total)
        seconds = time.monotonic() - start
        if len(content) > MAX_BYTES:
            raise DataError(f"is more than {MAX_BYTES >> 20} MiB, so it is not MNIST's")
        if seconds > timeout and len(content) < SLOWEST * seconds:
            raise DataError(f"came slower than {SLOWEST / 1000:g} kB a second")
    return bytes(content)
