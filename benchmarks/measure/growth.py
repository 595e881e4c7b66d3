"""MNIST -> what a model of many digits costs, from 60,000 to millions: to fit, keep and ask; and its error.

The digits are MNIST's training digits and deformed ones, `benchmarks.data.infinite`; the error is that on
MNIST's test digits. Each size is fitted and asked by processes of its own, one after the other, until memory
or time does not suffice for the next one; then the record says which and why.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.data.infinite import write_digits
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run, say
from knn_digits.datasets import Dataset, load_dataset

SIZES = (60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000, 3_840_000, 8_100_000)
SEED = 1
BYTES = 2500  # a digit, at the peak of fitting, as it was measured: what is not there is not begun
DISK = 2000  # bytes a digit: the digits, and the model
SINGLE = 50  # digits asked one at a time
PROCESS = """
import json, pathlib, resource, sys, time
import numpy as np
from knn_digits.threads import limit_threads
limit_threads(int(sys.argv[1]))
def told(**more):
    used, status = resource.getrusage(resource.RUSAGE_SELF), pathlib.Path("/proc/self/status").read_text()
    sizes = {line.split(":")[0]: int(line.split()[1]) << 10 for line in status.splitlines() if "kB" in line}
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "peak": sizes["VmHWM"], **more}))
"""
FIT = (
    PROCESS
    + """
from knn_digits.cli import run
sys.exit(run(["fit", "--output", sys.argv[2], "--data", *sys.argv[3:]]) or told())
"""
)
ASK = (
    PROCESS
    + """
from knn_digits.classifiers.load import load_classifier
start = time.process_time()
model = load_classifier(sys.argv[2])
load = time.process_time() - start
asked = np.load(sys.argv[3])
digits, truth = asked["digits"], asked["labels"]
start = time.process_time()
wrong = int((model.classify(digits).labels != truth).sum())
batch = (time.process_time() - start) / len(digits)
single = []
for digit in digits[:int(sys.argv[4])]:
    start = time.process_time()
    model.classify(digit[None])
    single.append(time.process_time() - start)
told(load=load, wrong=wrong, asked=len(digits), batch=batch, single=float(np.median(single)))
"""
)


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", required=True, help="MNIST: mnist or a folder of its files")
    add("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="digits of each model")
    add("--asked", type=int, default=10_000, metavar="N", help="test digits that are asked (10,000)")
    add("--seconds", type=float, default=3600, help="CPU seconds for a size: a longer one is not begun")
    add("--threads", type=int, default=1, metavar="N", help="of each process (1)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    training, test = (load_dataset(options.data, split=split) for split in ("train", "test"))
    rows: list[dict[str, Any]] = []
    for size in options.sizes:
        if stopped := _why_not(size, rows, options.seconds):
            _write(rows, stopped, options)
            break
        try:
            rows.append(_measure(size, training, test, options))
        except subprocess.CalledProcessError as error:
            told = error.stderr.splitlines() or [f"exit code {error.returncode}"]  # none where it was killed
            _write(rows, f"{size:,} digits: {told[-1]}", options)
            break
        say(json.dumps(rows[-1]))
        _write(rows, f"as asked, at {size:,} digits", options)


def _write(rows: Sequence[dict[str, Any]], stopped: str, options: argparse.Namespace) -> None:
    """Write the raw results as far as they are measured."""
    sizes = " ".join(map(str, options.sizes))
    spelled = f"--data PATH --sizes {sizes} --asked {options.asked} --threads {options.threads}"
    result = {"seed": SEED, "rows": rows, "growth": _growth(rows), "stopped": stopped}
    print(write_record(options.output, record("growth", result, options=spelled)))


def _why_not(size: int, rows: Sequence[dict[str, Any]], seconds: float) -> str:
    """Return why a size is not begun; empty where it is."""
    memory, disk = _free_memory(), shutil.disk_usage(tempfile.gettempdir()).free
    if size * BYTES > memory:
        return f"{size:,} digits need {size * BYTES / 1e9:.1f} GB of memory, {memory / 1e9:.1f} GB are free"
    if size * DISK > disk:
        return f"{size:,} digits need {size * DISK / 1e9:.1f} GB of disk, {disk / 1e9:.1f} GB are free"
    expected = rows[-1]["fit_cpu"] * size / rows[-1]["digits"] if rows else 0.0
    if expected > seconds:
        return f"{size:,} digits would take about {expected:,.0f} CPU seconds to fit, of {seconds:,.0f}"
    return ""


def _free_memory() -> int:
    """Return the bytes that a process may take."""
    lines = pathlib.Path("/proc/meminfo").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))


def _measure(size: int, training: Dataset, test: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a model of so many digits costs, and its error."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        paths = write_digits(folder, training.digits, training.labels, n=size, seed=SEED)
        np.savez(
            folder / "asked.npz", digits=test.digits[: options.asked], labels=test.labels[: options.asked]
        )
        model = folder / "model.npz"
        fitted = _run(FIT, options.threads, model, *paths)
        answered = _run(ASK, options.threads, model, folder / "asked.npz", SINGLE)
        return {
            "digits": size,
            "fit_cpu": fitted["cpu"],
            "fit_peak": fitted["peak"],
            "file": model.stat().st_size,
            "load_cpu": answered["load"],
            "ask_peak": answered["peak"],
            "batch_ms": 1000 * answered["batch"],
            "single_ms": 1000 * answered["single"],
            "wrong": answered["wrong"],
            "asked": answered["asked"],
        }


def _run(program: str, *arguments: int | pathlib.Path) -> dict[str, Any]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _growth(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how costs grow with n: bytes a digit as a slope, and the power of n of each time."""
    if len(rows) < 2:
        return {}
    n = np.array([row["digits"] for row in rows], float)
    slopes = {
        f"{name}_bytes": float(np.polyfit(n, [row[name] for row in rows], 1)[0])
        for name in ("fit_peak", "ask_peak", "file")
    }
    powers = {
        f"{name}_power": float(np.polyfit(np.log(n), np.log([row[name] for row in rows]), 1)[0])
        for name in ("fit_cpu", "load_cpu", "batch_ms", "single_ms")
    }
    return slopes | powers


if __name__ == "__main__":
    run(main)
