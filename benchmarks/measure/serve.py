"""A server on loopback -> how long a drawing takes, one after the other, and from several clients at once.

Each drawing is one of the embedded digits, as a PNG. Clients ask at a steady rate; what takes longer than
there is time for is asked late, and counted as late. Count and time are bounded. Where there is a Chromium,
it is measured there, too, from the pen to the reading; and what axe-core says of the page is kept.
"""

import http.client
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.data.truth import SAMPLES
from benchmarks.measure.browser import check_access, follow, open_browser
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run
from knn_digits.datasets import load_dataset
from knn_digits.errors import MissingPartError

FEATURES = {
    "default": {},
    "default, k = 25": {"k": "25"},
    "blocks": {"features": "blocks"},
    "pixels": {"features": "pixels"},
    "hog": {"features": "hog"},
    "default, a network beside it": {"network": "cnn"},
}
LARGE = 10  # times: a digit as it is drawn
EDGE = 20  # pixels of paper around it
DRAWN = 6  # drawings of 60 events each for each feature, in the browser
LONGEST = 120.0  # seconds after which no client asks again
BOUNDARY = "drawing"


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--drawings", type=int, default=200, help="drawings for each feature (default: 200)")
    add("--clients", type=int, default=8, help="clients at once (default: 8)")
    add("--rate", type=float, default=50.0, help="drawings a second, of all clients (default: 50)")
    add("--seconds", type=float, default=20.0, help="of load, at most 120 (default: 20)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    drawings = [_drawing(digit) for digit in load_dataset("sample").digits[:: 5000 // options.drawings]]
    with _served() as port:
        result = {
            "alone": [_alone(port, name, fields, drawings) for name, fields in FEATURES.items()],
            "load": _load(port, drawings, options.clients, options.rate, min(options.seconds, LONGEST)),
            **_in_browser(f"http://127.0.0.1:{port}/"),
        }
    print(write_record(options.output, record("serve", result, options="")))


@contextmanager
def _served() -> Iterator[int]:
    """Yield the port of a server with the bundled model and nothing learned."""
    command = [sys.executable, "-m", "knn_digits", "serve", "--port", "0", "--model", "bundled"]
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"KNN_DIGITS_HOME": home}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            try:
                assert process.stdout is not None  # noqa: S101 (it is a pipe)
                yield int(process.stdout.readline().rpartition(":")[2].strip("/\n"))
            finally:
                process.kill()


def _in_browser(address: str) -> dict[str, Any]:
    """Return the milliseconds from pen to reading, and what axe-core says; nothing without a browser."""
    try:
        with open_browser() as browser:
            taken = {name: follow(browser, address, fields, DRAWN) for name, fields in FEATURES.items()}
            rows = [{"feature": name, "count": len(each), **_quantiles(each)} for name, each in taken.items()]
            access = check_access(browser, address, SAMPLES / "single.png")
            return {"browser": {"chromium": browser.version, "pen": rows}, "access": access}
    except MissingPartError as error:
        print(f"the page is not measured: {error}", file=sys.stderr)
        return {}


def _drawing(digit: np.ndarray[Any, Any]) -> bytes:
    paper = np.pad(255 - digit.repeat(LARGE, 0).repeat(LARGE, 1), EDGE, constant_values=255)
    stream = io.BytesIO()
    Image.fromarray(paper).save(stream, "PNG")
    return stream.getvalue()


def _form(drawing: bytes, fields: dict[str, str]) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    file = f'{head}"drawing"; filename="drawing.png"\r\n\r\n'.encode() + drawing
    return b"".join([*parts, file, f"\r\n--{BOUNDARY}--\r\n".encode()])


def _ask(connection: http.client.HTTPConnection, form: bytes) -> int:
    """Return the status of an answer that was read whole."""
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    connection.request("POST", "/api/draw", form, kind)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _alone(port: int, name: str, fields: dict[str, str], drawings: Sequence[bytes]) -> dict[str, Any]:
    """Return the milliseconds of one drawing after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    forms = [_form(drawing, fields) for drawing in drawings]
    _ask(connection, forms[0])  # the first one fits the model
    taken = []
    for form in forms:
        started = time.perf_counter()
        status = _ask(connection, form)
        taken.append(time.perf_counter() - started)
        if status != http.client.OK:
            raise RuntimeError(f"the server answers {status}")
    return {"feature": name, "count": len(taken), **_quantiles(taken)}


def _load(port: int, drawings: Sequence[bytes], clients: int, rate: float, seconds: float) -> dict[str, Any]:
    """Return the milliseconds of drawings that clients send at this rate, and how many were refused."""
    forms = [_form(drawing, {}) for drawing in drawings]
    answers: list[tuple[float, int]] = []  # seconds from when it was due, and the status
    start = time.perf_counter() + 0.5

    def work(client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for turn in range(int(rate * seconds / clients)):
            due = start + (turn * clients + client) / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            if time.perf_counter() > start + LONGEST:
                return
            status = _ask(connection, forms[(turn * clients + client) % len(forms)])
            answers.append((time.perf_counter() - due, status))

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = [taken for taken, status in answers if status == http.client.OK]
    return {
        "clients": clients,
        "rate": rate,
        "asked": len(answers),
        "read": len(read),
        "seconds": time.perf_counter() - start,
        **_quantiles(read),
    }


def _quantiles(taken: Sequence[float]) -> dict[str, float]:
    """Return milliseconds."""
    return {
        name: round(1000 * float(np.quantile(taken, share)), 1)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


if __name__ == "__main__":
    run(main)
