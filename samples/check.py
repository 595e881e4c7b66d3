"""Read every sample with an installed `knn-digits` and compare with the truth: check.py [COMMAND]."""

import json
import pathlib
import subprocess
import sys

SAMPLES = pathlib.Path(__file__).parent


def main() -> int:
    """Print what is read wrong and how many photos are right; return 1 if any is not."""
    command = sys.argv[1] if len(sys.argv) > 1 else "knn-digits"
    truth = json.loads((SAMPLES / "truth.json").read_text())
    paths = [str(SAMPLES / photo["file"]) for photo in truth]
    run = subprocess.run([command, "classify", "--json", *paths], capture_output=True, text=True, check=True)
    failed = 0
    for photo, reading in zip(truth, json.loads(run.stdout), strict=True):
        lines = [line["text"].replace(" ", "") for line in reading["lines"]]
        if lines != photo["lines"]:
            failed += 1
            print(f"{photo['file']}: want {photo['lines']}, got {lines}")
    print(f"{len(truth) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
