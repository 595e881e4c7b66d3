import json
import pathlib
import re
import shutil
from typing import Any

import pytest

from knn_digits.classifiers.load import BUNDLED
from tests.benchmarks.conftest import Script

SAMPLES = pathlib.Path(__file__).parents[2] / "samples"
TRUTH: list[dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text("utf-8"))


def make_folder(folder: pathlib.Path, *entries: dict[str, Any]) -> pathlib.Path:
    """Return a folder with truth.json and the samples that it names."""
    folder.mkdir(exist_ok=True)
    for entry in entries:
        if (SAMPLES / entry["file"]).is_file():
            shutil.copy(SAMPLES / entry["file"], folder)
    (folder / "truth.json").write_text(json.dumps(entries), "utf-8")
    return folder


def read_results(folder: pathlib.Path) -> tuple[dict[str, Any], str]:
    return json.loads((folder / "photos.json").read_text("utf-8")), (folder / "photos.html").read_text(
        "utf-8"
    )


def test_the_samples_are_read_and_shown(script: Script, tmp_path: pathlib.Path) -> None:
    done = script("photos.py", SAMPLES, "--no-peers", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    results, page = read_results(tmp_path)
    (reader,) = results["readers"]
    assert reader["name"] == "knn-digits bundled"
    assert set(reader["model"]) >= {"feature", "options", "data", "versions"}
    assert reader["groups"]["all"]["digits"] == sum(photo["digits"] for photo in TRUTH)
    assert f"{reader['groups']['core']['accuracy']:.1%}" in done.stdout
    assert [photo["file"] for photo in results["photos"]] == [photo["file"] for photo in TRUTH]
    assert page.count('src="data:image/jpeg;base64,') == len(TRUTH)
    assert not re.search(r"(src|href)=.?http|url\(|<script", page)
    for photo in TRUTH:
        assert f'alt="{photo["file"]}, ' in page


def test_a_photo_read_wrong_comes_first(script: Script, tmp_path: pathlib.Path) -> None:
    right = {"file": "single.png", "lines": ["5"]}
    wrong = {"file": "sideways.jpg", "lines": ["1111", "6034", "9477"]}
    folder = make_folder(tmp_path / "in", right, wrong)
    done = script("photos.py", folder, "--no-peers", "--output", tmp_path)
    results, page = read_results(tmp_path)
    assert results["photos"][1]["readings"]["knn-digits bundled"]["wrong"] == 3
    assert re.findall(r"<h[23]>(.*?)</h", page) == [
        "Read wrong (1)",
        "sideways.jpg",
        "Read without a mistake (1)",
        "single.png",
    ]
    assert re.search(r"all \(2\) +\| +13 \| +76.9%  1/2", done.stdout)


def test_scores_alone_have_nothing_of_the_photos(script: Script, tmp_path: pathlib.Path) -> None:
    entry = {"file": "sideways.jpg", "lines": ["1825", "6034", "9477"], "source": "somebody/somewhere"}
    folder = make_folder(tmp_path / "in", entry)
    done = script(
        "photos.py", folder, "--no-peers", "--output", tmp_path, "--scores", tmp_path / "scores.json"
    )
    assert done.returncode == 0
    text = (tmp_path / "scores.json").read_text("utf-8")
    (reader,) = json.loads(text)["readers"]
    assert reader["groups"]["all"] == read_results(tmp_path)[0]["readers"][0]["groups"]["all"]
    assert not re.search("sideways|1825|somebody", text)


def test_a_photo_without_order_is_scored_without_order(script: Script, tmp_path: pathlib.Path) -> None:
    entry = {"file": "sideways.jpg", "lines": ["9477", "6034", "1825"], "ordered": False}
    done = script("photos.py", make_folder(tmp_path, entry), "--no-peers", "--output", tmp_path)
    assert "100.0%  1/1" in done.stdout


def test_digits_read_where_there_are_none_have_their_own_line(script: Script, tmp_path: pathlib.Path) -> None:
    entries = ({"file": "single.png", "lines": []}, {"file": "tiny.png", "lines": TRUTH[3]["lines"]})
    done = script("photos.py", make_folder(tmp_path, *entries), "--no-peers", "--output", tmp_path)
    assert re.search(r"without digits \(1\) +\| +0 \| +1 wrong  0/1", done.stdout)
    assert re.search(r"all \(1\) +\| +1 \| +100.0%  1/1", done.stdout)


def test_a_file_that_is_no_picture_counts_as_empty(script: Script, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.png").write_text("no picture")
    folder = make_folder(tmp_path, {"file": "bad.png", "lines": ["12"]})
    done = script("photos.py", folder, "--no-peers", "--output", tmp_path)
    assert done.returncode == 0
    assert "1 of the photos could not be read" in done.stdout
    assert "not a picture" in read_results(tmp_path)[1]


def test_models_stand_side_by_side(script: Script, tmp_path: pathlib.Path) -> None:
    shutil.copy(BUNDLED, tmp_path / "other.npz")
    models = ("--model", "bundled", "--model", tmp_path / "other.npz")
    folder = make_folder(tmp_path, {"file": "single.png", "lines": ["5"]})
    done = script("photos.py", folder, *models, "--no-peers", "--output", tmp_path)
    assert re.search(r"\| knn-digits bundled \| +knn-digits other \|", done.stdout)


def test_a_peer_that_is_missing_is_said_to_be_skipped(script: Script, tmp_path: pathlib.Path) -> None:
    folder = make_folder(tmp_path, {"file": "single.png", "lines": ["5"]})
    done = script("photos.py", folder, "--output", tmp_path, env={"PATH": ""})
    assert "tesseract: skipped, not installed" in done.stdout
    assert "tesseract" in read_results(tmp_path)[0]["skipped"]


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
    script: Script, tmp_path: pathlib.Path, truth: str | None, code: int, message: str
) -> None:
    if truth is not None:
        (tmp_path / "truth.json").write_text(truth)
    done = script("photos.py", tmp_path, "--no-peers")
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
    script: Script, arguments: list[object], code: int, message: str
) -> None:
    done = script("photos.py", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"photos\.py: .*{re.escape(message)}.*\n", done.stderr)
