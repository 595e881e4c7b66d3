import json
import pathlib
import re
import shutil
from typing import Any

import pytest

from benchmarks.data.truth import SAMPLES
from knn_digits.classifiers.load import BUNDLED
from tests.benchmarks.conftest import Run, run

TRUTH: list[dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text("utf-8"))


def make_folder(folder: pathlib.Path, *entries: dict[str, Any]) -> pathlib.Path:
    """Return a folder with truth.json and the samples that it names."""
    folder.mkdir(exist_ok=True)
    for entry in entries:
        if (SAMPLES / entry["file"]).is_file():
            shutil.copy(SAMPLES / entry["file"], folder)
    (folder / "truth.json").write_text(json.dumps(entries), "utf-8")
    return folder


def read_results(folder: pathlib.Path) -> dict[str, Any]:
    return dict(json.loads((folder / "photos.json").read_text("utf-8"))["result"])


def draw(output: pathlib.Path, photos: pathlib.Path) -> str:
    """Draw the page of the results and return it."""
    done = run("-m", "benchmarks.report.photos", output / "photos.json", "--photos", photos)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{output / 'photos.html'}\n", "")
    return (output / "photos.html").read_text("utf-8")


def test_the_samples_are_read_and_shown(measure: Run, tables: Run, tmp_path: pathlib.Path) -> None:
    done = measure("photos", SAMPLES, "--no-peers", "--output", tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'photos.json'}\n")
    results, page = read_results(tmp_path), draw(tmp_path, SAMPLES)
    (reader,) = results["readers"]
    assert reader["name"] == "knn-digits bundled"
    assert set(reader["model"]) >= {"feature", "options", "data", "versions"}
    assert reader["groups"]["all"]["digits"] == sum(photo["digits"] for photo in TRUTH)
    assert f"{reader['groups']['core']['accuracy']:.1%}" in tables(tmp_path / "photos.json").stdout
    assert [photo["file"] for photo in results["photos"]] == [photo["file"] for photo in TRUTH]
    assert page.count('href="data:image/jpeg;base64,') == len(TRUTH)
    assert page.count("<rect ") == sum(photo["digits"] for photo in TRUTH)
    assert not re.search(r"(src|href)=.?http|url\(|<script", page)
    for photo in TRUTH:
        assert f'aria-label="{photo["file"]}, ' in page


def test_what_stands_in_a_truth_is_text_on_the_page(measure: Run, tmp_path: pathlib.Path) -> None:
    entry = {"file": "single.png", "lines": ["5"], "medium": "<b>ink</b>", "source": "a & b"}
    folder = make_folder(tmp_path / "in", entry)
    assert measure("photos", folder, "--no-peers", "--output", tmp_path).returncode == 0
    page = draw(tmp_path, folder)
    assert "&lt;b&gt;ink&lt;/b&gt;" in page
    assert "a &amp; b" in page
    assert "<b>ink" not in page


def test_scores_alone_have_no_page(measure: Run, tmp_path: pathlib.Path) -> None:
    folder = make_folder(tmp_path / "in", {"file": "single.png", "lines": ["5"]})
    scores = tmp_path / "scores.json"
    measure("photos", folder, "--no-peers", "--output", tmp_path, "--scores", scores)
    done = run("-m", "benchmarks.report.photos", scores, "--photos", folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"photos\.py: .*scores\.json has scores alone.*\n", done.stderr)


def test_a_photo_read_wrong_comes_first(measure: Run, tables: Run, tmp_path: pathlib.Path) -> None:
    right = {"file": "single.png", "lines": ["5"]}
    wrong = {"file": "sideways.jpg", "lines": ["1111", "6034", "9477"]}
    folder = make_folder(tmp_path / "in", right, wrong)
    done = measure("photos", folder, "--no-peers", "--output", tmp_path)
    assert done.returncode == 0
    results, page = read_results(tmp_path), draw(tmp_path, folder)
    assert results["photos"][1]["readings"]["knn-digits bundled"]["wrong"] == 3
    assert re.findall(r"<h[23]>(.*?)</h", page) == [
        "Read wrong (1)",
        "sideways.jpg",
        "Read without a mistake (1)",
        "single.png",
    ]
    assert re.search(r"all \(2\) +\| +13 \| +76.9%  1/2", tables(tmp_path / "photos.json").stdout)


def test_scores_alone_have_nothing_of_the_photos(measure: Run, tmp_path: pathlib.Path) -> None:
    entry = {"file": "sideways.jpg", "lines": ["1825", "6034", "9477"], "source": "somebody/somewhere"}
    folder = make_folder(tmp_path / "in", entry)
    done = measure("photos", folder, "--no-peers", "--output", tmp_path, "--scores", tmp_path / "scores.json")
    assert done.returncode == 0
    text = (tmp_path / "scores.json").read_text("utf-8")
    (reader,) = json.loads(text)["result"]["readers"]
    assert reader["groups"]["all"] == read_results(tmp_path)["readers"][0]["groups"]["all"]
    assert not re.search("sideways|1825|somebody", text)


def test_a_photo_without_order_is_scored_without_order(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    entry = {"file": "sideways.jpg", "lines": ["9477", "6034", "1825"], "ordered": False}
    measure("photos", make_folder(tmp_path, entry), "--no-peers", "--output", tmp_path)
    shown = tables(tmp_path / "photos.json").stdout
    assert "100.0%  1/1" in shown


def test_digits_read_where_there_are_none_have_their_own_line(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    entries = ({"file": "single.png", "lines": []}, {"file": "tiny.png", "lines": TRUTH[3]["lines"]})
    measure("photos", make_folder(tmp_path, *entries), "--no-peers", "--output", tmp_path)
    shown = tables(tmp_path / "photos.json").stdout
    assert re.search(r"without digits \(1\) +\| +0 \| +1 wrong  0/1", shown)
    assert re.search(r"all \(1\) +\| +1 \| +100.0%  1/1", shown)


def test_a_file_that_is_no_picture_counts_as_empty(measure: Run, tables: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.png").write_text("no picture")
    folder = make_folder(tmp_path, {"file": "bad.png", "lines": ["12"]})
    done = measure("photos", folder, "--no-peers", "--output", tmp_path)
    shown = tables(tmp_path / "photos.json").stdout
    assert done.returncode == 0
    assert "1 of the photos could not be read" in shown
    assert "not a picture" in draw(tmp_path, folder)


def test_photos_of_a_set_are_scored_apart_and_the_core_of_each_set(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    right = {"file": "single.png", "lines": ["5"], "set": "first"}
    wrong = {"file": "tiny.png", "lines": ["1234"], "set": "second", "core": False}
    folder = make_folder(tmp_path / "in", right, wrong)
    measure("photos", folder, "--no-peers", "--output", tmp_path)
    shown = tables(tmp_path / "photos.json").stdout
    assert re.search(r"set first \(1\) +\| +1 \| +100.0%  1/1", shown)
    assert re.search(r"set first, core \(1\) +\| +1 \| +100.0%  1/1", shown)
    assert re.search(r"set second \(1\) +\| +4 \| +[0-9.]+%  0/1", shown)
    assert "set second, core" not in shown


def test_models_stand_side_by_side(measure: Run, tables: Run, tmp_path: pathlib.Path) -> None:
    shutil.copy(BUNDLED, tmp_path / "other.npz")
    models = ("--model", "bundled", "--model", tmp_path / "other.npz")
    folder = make_folder(tmp_path, {"file": "single.png", "lines": ["5"]})
    measure("photos", folder, *models, "--no-peers", "--output", tmp_path)
    shown = tables(tmp_path / "photos.json").stdout
    assert re.search(r"\| knn-digits bundled \| +knn-digits other \|", shown)


def test_a_peer_that_is_missing_is_said_to_be_skipped(
    measure: Run, tables: Run, tmp_path: pathlib.Path
) -> None:
    folder = make_folder(tmp_path, {"file": "single.png", "lines": ["5"]})
    measure("photos", folder, "--output", tmp_path, env={"PATH": ""})
    shown = tables(tmp_path / "photos.json").stdout
    assert "tesseract: skipped, not installed" in shown
    assert "tesseract" in read_results(tmp_path)["skipped"]


@pytest.mark.parametrize(
    ("truth", "code", "message"),
    [
        (None, 3, "cannot open"),
        ("{", 3, "is no JSON"),
        ("[]", 3, "must be a list of photos"),
        ('[{"lines": ["1"]}]', 3, "photo 1 of"),
        ('[{"file": "a.png", "lines": ["12"]}]', 3, "no such file"),
        ('[{"file": "a.png", "lines": ["1x"]}]', 3, "no digits: '1x'"),
    ],
)
def test_a_bad_truth_is_one_clear_line(
    measure: Run, tmp_path: pathlib.Path, truth: str | None, code: int, message: str
) -> None:
    if truth is not None:
        (tmp_path / "truth.json").write_text(truth)
    done = measure("photos", tmp_path, "--no-peers")
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"photos\.py: .*{re.escape(message)}.*\n", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "PHOTO_DIR"),
        ([SAMPLES, "--model", "missing.npz"], 4, "cannot open the model missing.npz"),
        ([SAMPLES, "--model", "bundled", "--model", "bundled"], 2, "two models are called bundled"),
        ([SAMPLES, "--unknown"], 2, "--unknown"),
    ],
)
def test_a_bad_option_is_one_clear_line(
    measure: Run, arguments: list[object], code: int, message: str
) -> None:
    done = measure("photos", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"photos\.py: .*{re.escape(message)}.*\n", done.stderr)
