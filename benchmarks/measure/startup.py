"""Whole commands -> what `classify` and `fit` cost beside what they cannot do without.

Cold start: `knn-digits classify` with the bundled model, beside importing NumPy, OpenCV and Pillow. Fit,
with --data: `knn-digits fit --features pixels` beside reading the same IDX files with NumPy. Each is a
whole process, whose modules were compiled before, as those of an installed package are.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from benchmarks.data.truth import SAMPLES
from benchmarks.measure.turns import seconds_of
from benchmarks.records import add_output_option, record, write_record
from benchmarks.script import Parser, run

IMPORTS = "import numpy, cv2, PIL"
READ = """
import gzip, pathlib, sys, numpy as np
for file in sorted(pathlib.Path(sys.argv[1]).glob("train-*.gz")):
    content = gzip.decompress(file.read_bytes())
    np.frombuffer(content, np.uint8, offset=16 if "idx3" in file.name else 8).copy()
"""


def main(arguments: Sequence[str]) -> None:
    """Measure and write the raw results."""
    parser = Parser(description=__doc__)
    add = parser.add_argument
    add("--data", type=pathlib.Path, help="folder with MNIST's four .gz files, to time fit too")
    add("--runs", type=int, default=7, help="runs of each command (default: 7)")
    add_output_option(parser)
    options = parser.parse_args(arguments)
    if options.data is not None and not list(options.data.glob("train-*.gz")):
        parser.error(f"there are no train-*.gz files in {options.data}: name the folder of MNIST's files")
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    result = {"seconds": measure(options.data, options.runs)}
    spelled = "--data FOLDER" if options.data is not None else ""
    print(write_record(options.output, record("startup", result, options=spelled)))


def measure(data: pathlib.Path | None, runs: int) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each command and of what it cannot do without, by run."""
    python, command = [sys.executable, "-c"], [sys.executable, "-m", "knn_digits"]
    seconds = {}
    for sample in ("single.png", "note.jpg"):
        classify = [*command, "classify", str(SAMPLES / sample)]
        seconds[f"classify {sample}"] = _alternate(classify, [*python, IMPORTS], runs)
    if data is not None:
        fit = [*command, "fit", "--features", "pixels", "--data", str(data)]
        seconds["fit"] = _alternate(fit, [*python, READ, str(data)], runs)
    return seconds


def _alternate(ours: list[str], least: list[str], runs: int) -> dict[str, list[float]]:
    """Run both commands in turn, once uncounted, and return the seconds of each."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"KNN_DIGITS_HOME": home, "PYTHONPYCACHEPREFIX": f"{home}/compiled"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        pairs = [
            (seconds_of(_call, ours, environment), seconds_of(_call, least, environment))
            for _ in range(runs + 1)
        ][1:]
    return {"ours": [pair[0] for pair in pairs], "least": [pair[1] for pair in pairs]}


def _call(command: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run(command, check=True, env=environment, capture_output=True)


if __name__ == "__main__":
    run(main)
