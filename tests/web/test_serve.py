import contextlib
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from knn_digits.cli import run
from knn_digits.errors import UsageError
from knn_digits.web.app import make_app

ENDS_WITHIN = 1.0  # seconds, and as much again for a busy machine


@contextlib.contextmanager
def served(home: pathlib.Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Yield a running server and the address that it printed."""
    command = [sys.executable, "-m", "knn_digits", "serve", "--port", "0", "--model", "bundled", *options]
    environment = {**os.environ, "KNN_DIGITS_HOME": str(home)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_it_prints_its_address_and_ctrl_c_ends_it_though_a_photo_is_read(home: pathlib.Path) -> None:
    with served(home) as (process, address):
        host, _, port = address.removeprefix("http://").removesuffix("/").partition(":")
        assert host == "127.0.0.1"
        photo = pathlib.Path("samples/note.jpg").read_bytes()
        threading.Thread(target=_send_photo, args=(int(port), photo), daemon=True).start()
        time.sleep(0.5)  # it is being read: that takes some seconds
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = process.wait(10)
        took = time.monotonic() - started
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert code == 130
    assert took < 2 * ENDS_WITHIN


def _send_photo(port: int, photo: bytes) -> None:
    kind = "multipart/form-data; boundary=x"
    head = b'--x\r\ncontent-disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    connection = http.client.HTTPConnection("127.0.0.1", port)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("POST", "/api/read", head + photo + b"\r\n--x--\r\n", {"content-type": kind})
        connection.getresponse()


def test_with_a_host_the_address_has_a_token(home: pathlib.Path) -> None:
    with served(home, "--host", "localhost") as (_, address):
        assert address.startswith("http://localhost:")
        assert len(address.partition("/?token=")[2]) > 16


def test_a_port_that_is_taken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = run(["serve", "--port", str(taken.getsockname()[1])])
    assert code == 2
    assert "choose another --port" in capsys.readouterr().err


def test_a_network_alone_cannot_be_served() -> None:
    with pytest.raises(UsageError, match="a network names no neighbors"):
        make_app("cnn")


def test_without_the_extra_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert run(["serve"]) == 5
    assert "pip install 'knn-digits[web]'" in capsys.readouterr().err
