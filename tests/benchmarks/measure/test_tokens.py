"""`benchmarks.measure.tokens`: how much text with signs is read right."""

import json
import pathlib
import re
import shutil

from benchmarks.data.truth import SAMPLES, TRUTH
from tests.benchmarks.conftest import Run

JOBS = SAMPLES / "jobs"
NAMES = ("sum.jpg", "date.jpg")


def test_text_with_signs_is_scored_as_shipped_and_as_read_with_sources_left_out(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    entries = [one for one in json.loads((JOBS / TRUTH).read_text("utf-8")) if one["file"] in NAMES]
    for entry in entries:
        shutil.copy(JOBS / entry["file"], tmp_path)
        entry["lines"] = [re.sub(r"\D", "", line) for line in entry["tokens"]]
    (tmp_path / TRUTH).write_text(json.dumps(entries), "utf-8")
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps({"sum.jpg": "", "date.jpg": "12/05/2024307.50"}), "utf-8")
    done = measure("tokens", tmp_path, "--texts", texts, "--no-peers", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    readers = json.loads((tmp_path / "tokens.json").read_text("utf-8"))["result"]["readers"]
    left_out, shipped = (one["all"] for one in readers.values())
    assert (shipped["right"], shipped["exact"], shipped["photos"]) == (1, 2, 2)
    assert (left_out["right"], left_out["exact"]) == (round(16 / shipped["marks"], 4), 1)
    assert "100.0%, 2" in tables(tmp_path / "tokens.json").stdout


def test_photos_without_signs_are_one_clear_line(measure: Run) -> None:
    done = measure("tokens", SAMPLES, "--no-peers")
    assert (done.returncode, done.stdout) == (3, "")
    assert "tells no photo with its signs: give some `tokens`" in done.stderr.splitlines()[-1]
