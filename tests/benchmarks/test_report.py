import json
import pathlib
import re

import numpy as np
import pytest

from benchmarks.measure.answers import compare, count, pack, unpack
from benchmarks.models.study import QUICK, open_study
from benchmarks.report.__main__ import PARTS
from benchmarks.report.chapter_cost import frontier
from benchmarks.report.document import Block, Document, Figure, Section, Table, Text, to_html, to_markdown
from benchmarks.report.parts import compact
from benchmarks.report.readme import README, make_tables, replace_table
from knn_digits.datasets import load_dataset
from knn_digits.errors import DataError
from knn_digits.images import write_png
from tests.benchmarks.conftest import Script

RESULTS = pathlib.Path(__file__).parents[2] / "benchmarks" / "results" / "report"
FAST = "accuracy,votes,failures,trust,speed,search"


@pytest.fixture(scope="module")
def measured(
    script: Script, small_data: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> pathlib.Path:
    """The folder of a quick report on a few digits, without its slowest parts."""
    folder = tmp_path_factory.mktemp("report")
    wanted = ["--quick", "--only", FAST, "--threads", 1, "--output", folder]
    done = script("report.py", "--data", small_data, *wanted)
    assert (done.returncode, done.stdout) == (0, f"{folder / 'report.html'}\n"), done.stderr
    return folder


def files(folder: pathlib.Path, *endings: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in endings}


# the run


def test_each_part_says_where_when_and_on_what_it_was_measured(
    measured: pathlib.Path, small_data: pathlib.Path
) -> None:
    assert sorted(files(measured, ".json")) == sorted(f"{name}.json" for name in FAST.split(","))
    for name in FAST.split(","):
        text = (measured / f"{name}.json").read_text("utf-8")
        raw = json.loads(text)
        assert raw["part"] == name
        assert raw["key"]["seed"] == 1
        assert (raw["key"]["training"], raw["key"]["test"]) == (300, 60)
        assert {"commit", "cpu", "cores", "date", "machine", "threads", "versions"} <= set(raw["run"])
        assert str(small_data.parent) not in text


def test_a_second_run_measures_nothing_and_drawing_alone_gives_the_same(
    script: Script, measured: pathlib.Path, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    before = files(measured, ".json")
    again = script("report.py", "--data", small_data, "--quick", "--only", FAST, "--output", measured)
    assert again.stderr == "".join(
        f"{part.name}: done before\n" for part in PARTS if part.name in FAST.split(",")
    )
    assert files(measured, ".json") == before
    drawn = script("report.py", "--from", measured, "--output", tmp_path)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    kinds = (".html", ".md", ".png")
    assert files(tmp_path, *kinds) == files(measured, *kinds)


def test_a_part_of_other_digits_is_measured_again_and_says_why(
    script: Script, measured: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "votes.json").write_bytes((measured / "votes.json").read_bytes())
    sample = load_dataset("sample")
    np.savez(tmp_path / "other.npz", digits=sample.digits[:200], labels=sample.labels[:200])
    wanted = ["--quick", "--only", "votes", "--threads", 1, "--output", tmp_path]
    done = script("report.py", "--data", tmp_path / "other.npz", *wanted)
    assert "votes: what is there has other data and training" in done.stderr
    assert json.loads((tmp_path / "votes.json").read_text("utf-8"))["key"]["data"] == "other.npz"


def test_the_errors_are_those_of_the_confusion_matrix(measured: pathlib.Path) -> None:
    models = json.loads((measured / "accuracy.json").read_text("utf-8"))["result"]["models"]
    for one in models.values():
        confusion = np.array(one["confusion"])
        assert confusion.sum() - np.trace(confusion) == one["errors"] == len(one["wrong"])
        assert one["interval"][0] <= one["error_rate"] <= one["interval"][1]
    assert "bundled" not in models  # it was fitted on these digits


def test_every_search_is_timed_in_each_turn_and_the_exact_ones_find_all(measured: pathlib.Path) -> None:
    found = json.loads((measured / "search.json").read_text("utf-8"))["result"]
    assert {len(turns) for turns in found["batch_seconds"].values()} == {QUICK.rounds}
    exact = [name for name in found["recall"] if name.startswith(("knn-digits", "FAISS", "scikit"))]
    assert [found["recall"][name] for name in exact] == [1.0] * len(exact)


# the page


def test_the_page_needs_no_other_file_and_tells_its_pictures_in_words(measured: pathlib.Path) -> None:
    page = (measured / "report.html").read_text("utf-8")
    images = re.findall(r"<img [^>]*>", page)
    assert len(images) > 8
    assert all('src="data:image/png;base64,' in image for image in images)
    assert all(re.search(r'alt="[^"]{10,}"', image) for image in images)
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    anchors = re.findall(r'href="#([^"]+)"', page)
    assert len(anchors) > 4
    assert all(f'id="{anchor}"' in page for anchor in anchors)
    assert "These are not MNIST's 10,000 test digits" in page
    assert "Not measured yet: <code>grids</code>" in page


def test_what_stands_in_a_document_is_text_not_html(tmp_path: pathlib.Path) -> None:
    write_png(tmp_path / "dot.png", np.zeros((3, 5), np.uint8))
    blocks: list[Block] = [
        Text("a < b & `c`"),
        Table(header=["x", "y"], rows=[["<b>", "1"]], caption="t"),
        Figure(file="dot.png", alt='a "dot"', caption="dot"),
    ]
    document = Document(title="T", facts="f", sections=[Section(title="One & two", blocks=blocks)])
    page = to_html(document, tmp_path)
    assert "a &lt; b &amp; <code>c</code>" in page
    assert '<th scope="row">&lt;b&gt;</th><td>1</td>' in page
    assert 'width="5" height="3" alt="a &quot;dot&quot;"' in page
    assert '<a href="#one-two">' in page
    assert '![a "dot"](dot.png)' in to_markdown(document)


# what is counted


def test_pictures_are_the_same_after_they_were_packed() -> None:
    digits = load_dataset("sample").digits[:6].reshape(2, 3, 28, 28)
    assert (unpack(pack(digits), 2) == digits).all()


def test_models_are_compared_on_the_digits_that_only_one_gets_wrong() -> None:
    labels = np.array([0, 1, 2, 3, 4])
    ours = count(np.array([0, 1, 9, 9, 9]), labels)
    theirs = count(np.array([9, 1, 2, 3, 8]), labels)
    assert compare(ours, theirs) == {"alone": 2, "cnn_alone": 1, "both": 1, "p": 1.0}
    assert (ours["precision"][9], ours["recall"][3], ours["recall"][9]) == (0.0, 0.0, None)


def test_on_the_frontier_is_what_nothing_beats_in_both() -> None:
    models = {
        name: {"kind": "k-NN", "error_rate": error}
        for name, error in (("a", 3), ("b", 2), ("c", 2), ("d", 1))
    }
    timed = {"batch_seconds": {"a": [1.0], "b": [2.0], "c": [3.0], "d": [4.0]}}
    points = frontier(models, timed, None)
    assert [(point["name"], point["frontier"]) for point in points] == [
        ("a", True),
        ("b", True),
        ("c", False),
        ("d", True),
    ]


def test_lists_stand_in_one_line_and_are_read_as_they_were() -> None:
    raw = {"a": [1, 2.5, None], "b": [[1], ["x [y]", "z"]], "c": {"d": []}}
    assert json.loads(compact(raw)) == raw
    assert '"a": [1, 2.5, null]' in compact(raw)


def test_data_of_one_part_is_split_by_its_last_sixth(tmp_path: pathlib.Path) -> None:
    study = open_study("sample", scale=QUICK, photos=README.parent / "samples")
    assert (len(study.training.labels), len(study.test.labels)) == (4170, 830)
    assert "held out" in study.about_test
    assert "bundled" not in study.entrants()


# the README


def test_the_readmes_tables_are_those_of_the_raw_results() -> None:
    text = README.read_text("utf-8")
    for name, table in make_tables(RESULTS).items():
        assert replace_table(text, name, table) == text, (
            f"run `python benchmarks/report.py --from {RESULTS} --readme`"
        )


def test_a_table_takes_the_place_of_the_old_one_alone() -> None:
    text = "a\n<!-- one -->\n| 1 |\n| - |\n\n| 2 |\n"
    assert replace_table(text, "one", "| 3 |") == "a\n<!-- one -->\n| 3 |\n\n| 2 |\n"
    with pytest.raises(DataError, match="<!-- two -->"):
        replace_table(text, "two", "| 3 |")


# what it cannot do


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--data"),
        (["--data", "sample", "--only", "votes,vots"], 2, "there is no part 'vots': allowed are accuracy, "),
        (["--data", "sample", "--threads", "0"], 2, "must be at least 1"),
        (["--data", "missing"], 3, "missing"),
        (["--data", "sample", "--photos", "missing"], 3, "missing"),
        (["--from", "missing"], 3, "measure first"),
        (["--readme"], 2, "--from"),
    ],
)
def test_what_it_cannot_do_is_one_clear_line(
    script: Script, tmp_path: pathlib.Path, arguments: list[str], code: int, message: str
) -> None:
    done = script("report.py", *arguments, "--output", tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"report\.py: .*{re.escape(message)}.*\n", done.stderr)


def test_too_few_digits_are_refused_before_anything_is_measured(
    script: Script, tmp_path: pathlib.Path
) -> None:
    sample = load_dataset("sample")
    np.savez(tmp_path / "few.npz", digits=sample.digits[:60], labels=sample.labels[:60])
    done = script("report.py", "--data", tmp_path / "few.npz", "--output", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"report\.py: a report needs 100 digits .* gives 50 and 10: name more\n", done.stderr)


def test_a_damaged_part_is_named(script: Script, tmp_path: pathlib.Path) -> None:
    (tmp_path / "votes.json").write_text('{"part": "votes"}', "utf-8")
    done = script("report.py", "--from", tmp_path, "--output", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"report\.py: .*votes\.json is no part of a report.*\n", done.stderr)
