import json
import pathlib
import re

import cv2
import numpy as np

from benchmarks.data.foreign import load_sheet
from tests.benchmarks.conftest import Run


def make_sheet(path: pathlib.Path) -> pathlib.Path:
    sheet = np.zeros((200, 40), np.uint8)
    for label in range(10):
        for column in (0, 20):
            at = (column + 3, 20 * label + 17)
            cv2.putText(sheet, str(label), at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2)
    cv2.imwrite(str(path), sheet)
    return path


def test_a_sheet_is_cut_into_digits_in_order(tmp_path: pathlib.Path) -> None:
    path = make_sheet(tmp_path / "sheet.png")
    pictures, labels = load_sheet(path)
    assert (pictures.shape, labels.tolist()) == ((20, 20, 20), np.repeat(np.arange(10), 2).tolist())
    assert (pictures[::2] == pictures[1::2]).all()


def test_it_measures_each_corruption_and_says_what_it_leaves_out(
    measure: Run, tables: Run, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    sheet = make_sheet(tmp_path / "sheet.png")
    wanted = ["--n", 12, "--sheet", sheet, "--usps", tmp_path / "none.npz"]
    done = measure("corruptions", "--data", small_data, *wanted, "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "USPS, test part: left out, there is no none.npz\n")
    text = (tmp_path / "corruptions.json").read_text("utf-8")
    raw = json.loads(text)["result"]
    assert len(raw["corruptions"]) == 16
    assert set(raw["severity"]) | {"clean"} == {one["digits"] for one in raw["corruptions"]}
    assert all(one["cnn"]["n"] == raw["n"] == 12 for one in raw["corruptions"])
    assert [(one["digits"], one["default"]["n"]) for one in raw["transfer"]] == [("OpenCV's sheet", 20)]
    assert str(tmp_path) not in text
    assert "| mean of the 15 " in tables(tmp_path / "corruptions.json").stdout


def test_what_it_cannot_do_is_one_clear_line(measure: Run, tmp_path: pathlib.Path) -> None:
    assert re.fullmatch(r"corruptions\.py: .*--data.*\n", measure("corruptions").stderr)
    done = measure("corruptions", "--data", "sample", "--n", "0")
    assert (done.returncode, done.stdout) == (2, "")
