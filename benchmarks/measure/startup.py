"""Time the command line against what it cannot do without: cost.py [--data FOLDER] [--runs N].

Cold start: `knn-digits classify` with the bundled model, as a ratio to importing NumPy, OpenCV and Pillow.
Fit: `knn-digits fit --features pixels` as a ratio to reading the same IDX files with NumPy. The two commands
of a ratio run in turn, as whole processes; the median of the ratios counts. Raw seconds go to
results/cost.json.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
IMPORTS = "import numpy, cv2, PIL"
READ = """
import gzip, pathlib, sys, numpy as np
for file in sorted(pathlib.Path(sys.argv[1]).glob("train-*.gz")):
    content = gzip.decompress(file.read_bytes())
    np.frombuffer(content, np.uint8, offset=16 if "idx3" in file.name else 8).copy()
"""


def main() -> None:
    """Print the ratios and write the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=pathlib.Path, help="folder with MNIST's four .gz files, to time fit too"
    )
    parser.add_argument("--runs", type=int, default=7, help="runs of each command (default: 7)")
    arguments = parser.parse_args()
    if arguments.data is not None and not list(arguments.data.glob("train-*.gz")):
        parser.error(f"there are no train-*.gz files in {arguments.data}: name the folder of MNIST's files")
    python = [sys.executable, "-c"]
    command = [sys.executable, "-m", "knn_digits"]
    seconds = {}
    for sample in ("single.png", "note.jpg"):
        classify = [*command, "classify", str(ROOT / "samples" / sample)]
        seconds[f"classify {sample}"] = _alternate(classify, [*python, IMPORTS], arguments.runs)
    if arguments.data is not None:
        data = str(arguments.data)
        fit = [*command, "fit", "--features", "pixels", "--data", data]
        seconds["fit"] = _alternate(fit, [*python, READ, data], arguments.runs)
    for name, (ours, theirs) in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        print(f"{name}: ratio {ratio:.2f} (median {statistics.median(ours):.2f} s, {len(ours)} runs)")
    results = ROOT / "benchmarks" / "results" / "cost.json"
    results.write_text(
        json.dumps({"python": sys.version.split()[0], "cpus": os.cpu_count()} | seconds, indent=1)
    )


def _alternate(ours: list[str], theirs: list[str], runs: int) -> tuple[list[float], list[float]]:
    """Run both commands in turn, once uncounted, and return the seconds of each."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"KNN_DIGITS_HOME": home}
        pairs = [(_seconds(ours, environment), _seconds(theirs, environment)) for _ in range(runs + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
