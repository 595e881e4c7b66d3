"""Hard pages -> CPU seconds and memory that each takes to read.

Each page is read in a process of its own by the bundled model, on one thread.
"""

import argparse
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.data.hard_pages import PAGES
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, progress, run
from knn_digits.images import encode_png

SECONDS = 60  # of CPU: a page that takes longer is given up
BYTES = 6_000_000_000  # of addresses that a process may have


def main(arguments: Sequence[str]) -> None:
    """Read the pages and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--page", action="append", choices=list(PAGES), help="measure this page alone; may be given again")
    add("--seconds", type=int, default=SECONDS, help=f"give a page up after so many (default: {SECONDS})")
    add_output_option(parser)
    add("--child", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(read_here(options.child, options.seconds)))
        return
    rows = [measure(name, options.seconds) for name in progress(options.page or list(PAGES), "pages")]
    rows.sort(key=lambda row: float(row["seconds"]))
    spelled = f"--seconds {options.seconds}" + "".join(f" --page {name!r}" for name in options.page or ())
    print(write_record(options.output, record("bounds", {"pages": rows}, options=spelled)))


def measure(name: str, seconds: int) -> dict[str, Any]:
    """Draw a page, read it in a process of its own, print what it took, and return it."""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "page.png")
        page.write_bytes(encode_png(PAGES[name]()))
        command = [sys.executable, "-m", "benchmarks.measure.bounds", "--child", str(page)]
        command += ["--seconds", str(seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode < 0:
            found = failed(f"not read in {seconds} s", seconds=seconds)
        elif done.returncode:
            found = failed(done.stderr.strip().splitlines()[-1])
        else:
            found = json.loads(done.stdout)
    return {"page": name, **found}


def failed(why: str, *, seconds: float = 0.0) -> dict[str, Any]:
    """Return the row of a page that was not read."""
    return {"seconds": seconds, "megabytes": 0, "digits": 0, "said": why}


def read_here(page: pathlib.Path, seconds: int) -> dict[str, Any]:
    """Read a page in this process, on one thread; return what that took."""
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.load import BUNDLED
    from knn_digits.errors import PhotoError
    from knn_digits.reading import model_for_photos, read_photo
    from knn_digits.threads import limit_threads

    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    limit_threads(1)
    model = model_for_photos(DigitKNN.load(BUNDLED))
    started = time.process_time()
    try:
        reading = read_photo(page, model)
        digits, said = sum(len(line.digits) for line in reading.lines), "; ".join(reading.warnings)
    except PhotoError as error:
        digits, said = 0, f"refused: {error}"
    return {
        "seconds": round(time.process_time() - started, 2),
        "megabytes": most_memory(),
        "digits": digits,
        "said": said,
    }


def most_memory() -> int:
    """Return the most megabytes that this process held; `getrusage` would count those of its parent, too."""
    status = pathlib.Path("/proc/self/status").read_text("utf-8")
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) // 1000


if __name__ == "__main__":
    run(main)
