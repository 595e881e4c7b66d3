import errno
import gzip
import http.server
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from knn_digits.datasets import fetch, idx, load_dataset, mnist_is_cached
from knn_digits.errors import DataError, StorageError

from .idx_files import idx_bytes, pictures, tiny_mnist

FILES, EXPECTED = tiny_mnist()
FIRST = "train-images-idx3-ubyte.gz"


class Mirror(http.server.ThreadingHTTPServer):
    """A real server on this machine; `asked` lists the files that were asked for."""

    daemon_threads = True

    def __init__(self, answer: Callable[[str], tuple[int, bytes]], *, pause: float = 0, piece: int = 1 << 20):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.pause, self.piece = answer, pause, piece
        self.asked: list[str] = []
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/mnist/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over clients that hang up, which some tests do."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        code, content = self.server.answer(name)
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for start in range(0, len(content), self.server.piece):
            self.wfile.write(content[start : start + self.server.piece])
            self.wfile.flush()
            if self.server.closing.wait(self.server.pause):
                return

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the library's name)
        pass


@pytest.fixture
def serve() -> Iterator[Callable[..., Mirror]]:
    mirrors: list[Mirror] = []

    def start(
        answer: Callable[[str], tuple[int, bytes]] = lambda name: (200, FILES[name]), **options: float
    ) -> Mirror:
        mirror = Mirror(answer, **options)  # type: ignore[arg-type]
        threading.Thread(target=mirror.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        mirrors.append(mirror)
        return mirror

    yield start
    for mirror in mirrors:
        mirror.closing.set()
        mirror.shutdown()
        mirror.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def closed_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def on_disk() -> list[str]:
    folder = fetch.mnist_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def put_in_cache() -> None:
    fetch.mnist_folder().mkdir(parents=True)
    for name, content in FILES.items():
        (fetch.mnist_folder() / name).write_bytes(content)


def test_the_files_are_fetched_verified_and_loaded(serve: Callable[..., Mirror]) -> None:
    assert not mnist_is_cached()
    folder = fetch.fetch_mnist(mirrors=[serve().url], expected=EXPECTED)
    assert folder == fetch.mnist_folder()
    assert on_disk() == sorted(FILES)
    assert mnist_is_cached()
    dataset = load_dataset("mnist")
    assert (dataset.digits == pictures(20, seed=1)).all()
    assert (dataset.name, dataset.split) == ("mnist", "train")
    assert len(load_dataset("mnist", split="test").digits) == 10


def test_progress_is_told_up_to_the_whole_of_each_file(serve: Callable[..., Mirror]) -> None:
    told: list[tuple[str, int, int]] = []
    mirror = serve(piece=1000)
    fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED, progress=lambda *now: told.append(now))
    for name, content in FILES.items():
        steps = [now[1:] for now in told if now[0] == name]
        assert steps == sorted(steps)
        assert steps[-1] == (len(content), len(content))


def test_a_second_fetch_downloads_nothing(serve: Callable[..., Mirror]) -> None:
    mirror = serve()
    fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)
    fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)
    assert mirror.asked == list(FILES)


def test_only_a_file_that_is_missing_or_wrong_is_fetched_again(serve: Callable[..., Mirror]) -> None:
    put_in_cache()
    (fetch.mnist_folder() / FIRST).write_bytes(b"<html>")
    (fetch.mnist_folder() / "t10k-labels-idx1-ubyte.gz").unlink()
    mirror = serve()
    fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)
    assert mirror.asked == [FIRST, "t10k-labels-idx1-ubyte.gz"]
    assert all(check.ok for check in fetch.verify_mnist(expected=EXPECTED))


OTHER = gzip.compress(idx_bytes(pictures(20, seed=9)))
BAD_ANSWERS = {
    "an HTTP error": ((404, b"none"), "was answered by HTTP 404"),
    "a server's error": ((503, b"busy"), "was answered by HTTP 503"),
    "a web page": ((200, b"<!DOCTYPE html>"), "is a web page"),
    "nothing": ((200, b""), "is no IDX file"),
    "a truncated file": ((200, FILES[FIRST][:-20]), "is truncated"),
    "other digits": ((200, OTHER), "is not MNIST's: its SHA-256 is another"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_mirror_that_gives_something_else_is_passed_over(serve: Callable[..., Mirror], kind: str) -> None:
    answer, _ = BAD_ANSWERS[kind]
    bad, good = serve(lambda name: answer), serve()
    fetch.fetch_mnist(mirrors=[bad.url, good.url], expected=EXPECTED)
    assert good.asked == list(FILES)
    assert bad.asked == [FIRST]  # once it failed it is tried last
    assert on_disk() == sorted(FILES)


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_what_is_wrong_is_never_put_in_place(serve: Callable[..., Mirror], kind: str) -> None:
    answer, reason = BAD_ANSWERS[kind]
    mirror = serve(lambda name: answer)
    with pytest.raises(DataError, match=reason):
        fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)
    assert on_disk() == []


def test_one_error_names_every_mirror_with_its_reason_and_the_way_out(serve: Callable[..., Mirror]) -> None:
    mirrors = [serve(lambda name: (404, b"none")).url, closed_address(), "file:///etc/"]
    with pytest.raises(DataError) as caught:
        fetch.fetch_mnist(mirrors=mirrors, expected=EXPECTED)
    text = str(caught.value)
    assert "\n" not in text
    assert all(mirror in text for mirror in mirrors)
    assert "HTTP 404" in text
    assert "could not be had: Connection refused)" in text
    assert "must begin with https://" in text
    assert text.endswith("`knn-digits data fetch mnist --from PATH`")


def test_a_file_cut_off_by_the_server_is_told(serve: Callable[..., Mirror]) -> None:
    mirror = serve(piece=500, pause=0.3)
    threading.Timer(0.1, mirror.closing.set).start()
    with pytest.raises(DataError, match=r"is truncated|could not be had"):
        fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)
    assert on_disk() == []


def test_a_mirror_that_does_not_answer_is_given_up_after_the_time_out(serve: Callable[..., Mirror]) -> None:
    with socket.socket() as silent:  # connections are taken and nothing is ever sent
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mirrors = [f"http://127.0.0.1:{silent.getsockname()[1]}/", serve().url]
        start = time.monotonic()
        fetch.fetch_mnist(mirrors=mirrors, expected=EXPECTED, timeout=0.3)
        assert time.monotonic() - start < 5
        with pytest.raises(DataError, match=r"got no answer within 0\.3 s"):
            fetch.fetch_mnist(mirrors=mirrors[:1], expected={"labels.gz": "0"}, timeout=0.3)


def test_a_mirror_that_stops_in_the_middle_is_given_up(serve: Callable[..., Mirror]) -> None:
    slow, good = serve(piece=5000, pause=30), serve()
    fetch.fetch_mnist(mirrors=[slow.url, good.url], expected=EXPECTED, timeout=0.3)
    assert good.asked == list(FILES)


def test_a_mirror_that_trickles_is_given_up(serve: Callable[..., Mirror]) -> None:
    slow = serve(piece=10, pause=0.05)
    start = time.monotonic()
    with pytest.raises(DataError, match="came slower than 10 kB a second"):
        fetch.fetch_mnist(mirrors=[slow.url], expected=EXPECTED, timeout=0.5)
    assert time.monotonic() - start < 5


def test_more_bytes_than_mnist_has_are_not_read(serve: Callable[..., Mirror]) -> None:
    mirror = serve(lambda name: (200, bytes(fetch.MAX_BYTES + 2)))
    with pytest.raises(DataError, match="is more than 64 MiB"):
        fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)


def test_a_cache_that_cannot_be_written_is_told(serve: Callable[..., Mirror], home: pathlib.Path) -> None:
    home.mkdir()
    (home / "cache").write_text("a file in the folder's place")
    with pytest.raises(StorageError, match="cannot write"):
        fetch.fetch_mnist(mirrors=[serve().url], expected=EXPECTED)


def test_a_stop_in_the_middle_leaves_nothing_half_written(serve: Callable[..., Mirror]) -> None:
    def stop(name: str, received: int, total: int) -> None:
        if name.startswith("t10k-images") and received > 1000:
            raise KeyboardInterrupt

    mirror = serve(piece=1000)
    with pytest.raises(KeyboardInterrupt):
        fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED, progress=stop)
    assert on_disk() == [FIRST, "train-labels-idx1-ubyte.gz"]
    fetch.fetch_mnist(mirrors=[mirror.url], expected=EXPECTED)
    assert mirror.asked.count(FIRST) == 1
    assert on_disk() == sorted(FILES)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_in_the_middle_leaves_the_old_file_whole(
    serve: Callable[..., Mirror], home: pathlib.Path, sent: signal.Signals
) -> None:
    put_in_cache()
    old = fetch.mnist_folder() / FIRST
    old.write_bytes(OTHER)
    mirror = serve(piece=5000, pause=20)
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from knn_digits.datasets import fetch\n"
        f"fetch.fetch_mnist(mirrors=[{mirror.url!r}], timeout=60, expected={EXPECTED!r},\n"
        "    progress=lambda *now: print('received', flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=pathlib.Path(__file__).parents[2],
        env={**os.environ, "KNN_DIGITS_HOME": str(home)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"received\n"
        process.send_signal(sent)
        assert process.wait(timeout=10) != 0
    assert old.read_bytes() == OTHER
    assert on_disk() == sorted(FILES)


def test_verify_tells_the_state_of_each_file() -> None:
    put_in_cache()
    folder = fetch.mnist_folder()
    (folder / FIRST).write_bytes(OTHER)
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(b"<html>")
    checks = {check.name: (check.ok, check.message) for check in fetch.verify_mnist(expected=EXPECTED)}
    assert checks == {
        FIRST: (False, "is not MNIST's: its SHA-256 is another"),
        "train-labels-idx1-ubyte.gz": (False, "is not in the cache"),
        "t10k-images-idx3-ubyte.gz": (False, "is a web page saved under the name of data"),
        "t10k-labels-idx1-ubyte.gz": (True, "is right"),
    }


def test_a_folder_that_may_not_be_looked_into_is_an_error_of_the_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    def refuse(path: pathlib.Path, **_: bool) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(pathlib.Path, "stat", refuse)
    told = r"cannot read {}.*: Permission denied; make it readable"
    for look in (mnist_is_cached, fetch.verify_mnist, fetch.fetch_mnist):
        with pytest.raises(DataError, match=told.format(fetch.mnist_folder())):
            look()
    with pytest.raises(DataError, match=told.format(tmp_path)):
        fetch.import_mnist(tmp_path)


def test_mnist_that_is_not_cached_tells_the_command() -> None:
    with pytest.raises(DataError, match="MNIST is not in the cache; run `knn-digits data fetch mnist`"):
        load_dataset("mnist")


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_files_on_disk_are_imported_in_any_spelling(
    tmp_path: pathlib.Path, packed: bool, dotted: bool
) -> None:
    for name, content in FILES.items():
        spelled = name.replace("-idx", ".idx") if dotted else name
        if packed:
            (tmp_path / spelled).write_bytes(content)
        else:
            (tmp_path / spelled.removesuffix(".gz")).write_bytes(gzip.decompress(content))
    fetch.import_mnist(tmp_path, expected=EXPECTED)
    assert all(check.ok for check in fetch.verify_mnist(expected=EXPECTED))
    assert {name: (fetch.mnist_folder() / name).read_bytes() for name in FILES} == FILES


def test_nothing_is_imported_if_one_file_is_wrong_or_missing(tmp_path: pathlib.Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    last = tmp_path / "t10k-labels-idx1-ubyte.gz"
    last.write_bytes(last.read_bytes()[:-3])
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte.gz is truncated.*; get the file again"):
        fetch.import_mnist(tmp_path, expected=EXPECTED)
    last.unlink()
    with pytest.raises(DataError, match=r"has none of t10k-labels-idx1-ubyte\.gz, t10k-labels-idx1-ubyte, "):
        fetch.import_mnist(tmp_path, expected=EXPECTED)
    with pytest.raises(DataError, match="is no folder"):
        fetch.import_mnist(tmp_path / FIRST, expected=EXPECTED)
    assert on_disk() == []


def test_digits_that_are_not_mnists_are_not_imported(tmp_path: pathlib.Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"is not MNIST's: its SHA-256 is another; get the file again"):
        fetch.import_mnist(tmp_path)
    assert on_disk() == []


@pytest.mark.shared
def test_genuine_mnist_is_imported_and_verified(mnist_files: pathlib.Path) -> None:
    fetch.import_mnist(mnist_files)
    assert [(check.name, check.message) for check in fetch.verify_mnist()] == [
        (name, "is right") for name in fetch.GENUINE
    ]
    images = idx.read_file(mnist_files / FIRST, dimensions=3)
    assert (load_dataset("mnist").digits == images).all()
