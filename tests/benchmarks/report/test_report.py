import json
import pathlib
import re

import numpy as np
import pytest

from benchmarks.models.study import QUICK
from benchmarks.report.parts import PARTS
from knn_digits.datasets import load_dataset
from tests.benchmarks.conftest import BENCHMARKS, Run, run

FAST = "accuracy,votes,failures,trust,speed,search"


@pytest.fixture(scope="module")
def measured(report: Run, small_data: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder of a quick report on a few digits, without its slowest parts."""
    folder = tmp_path_factory.mktemp("report")
    wanted = ["--quick", "--only", FAST, "--threads", 1, "--output", folder]
    done = report("--data", small_data, *wanted)
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
        assert raw["question"] == name
        assert raw["run"]["command"] == f"python benchmarks/report.py --only {name} --data PATH --quick"
        assert raw["key"]["seed"] == 1
        assert (raw["key"]["training"], raw["key"]["test"]) == (300, 60)
        assert {"commit", "cpu", "cores", "date", "machine", "threads", "versions"} <= set(raw["run"])
        assert str(small_data.parent) not in text


def test_a_second_run_measures_nothing_and_drawing_alone_gives_the_same(
    report: Run, measured: pathlib.Path, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    before = files(measured, ".json")
    again = report("--data", small_data, "--quick", "--only", FAST, "--output", measured)
    assert again.stderr == "".join(
        f"{part.name}: done before\n" for part in PARTS if part.name in FAST.split(",")
    )
    assert files(measured, ".json") == before
    drawn = report("--from", measured, "--output", tmp_path)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    kinds = (".html", ".md", ".png")
    assert files(tmp_path, *kinds) == files(measured, *kinds)


def test_a_part_of_other_digits_is_measured_again_and_says_why(
    report: Run, measured: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "votes.json").write_bytes((measured / "votes.json").read_bytes())
    sample = load_dataset("sample")
    np.savez(tmp_path / "other.npz", digits=sample.digits[:200], labels=sample.labels[:200])
    wanted = ["--quick", "--only", "votes", "--threads", 1, "--output", tmp_path]
    done = report("--data", tmp_path / "other.npz", *wanted)
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
    report: Run, tmp_path: pathlib.Path, arguments: list[str], code: int, message: str
) -> None:
    done = report(*arguments, "--output", tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"report\.py: .*{re.escape(message)}.*\n", done.stderr)


def test_too_few_digits_are_refused_before_anything_is_measured(report: Run, tmp_path: pathlib.Path) -> None:
    sample = load_dataset("sample")
    np.savez(tmp_path / "few.npz", digits=sample.digits[:60], labels=sample.labels[:60])
    done = report("--data", tmp_path / "few.npz", "--output", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"report\.py: a report needs 100 digits .* gives 50 and 10: name more\n", done.stderr)


def test_a_damaged_part_is_named(report: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "votes.json").write_text('{"question": "votes"}', "utf-8")
    done = report("--from", tmp_path, "--output", tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"report\.py: .*votes\.json is no file of raw results.*\n", done.stderr)


def test_raw_results_and_drawings_may_lie_apart(
    report: Run, measured: pathlib.Path, small_data: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    wanted = ["--quick", "--only", "votes", "--raw", measured, "--output", tmp_path]
    done = report("--data", small_data, *wanted)
    assert (done.returncode, done.stderr) == (0, "votes: done before\n")
    assert not files(tmp_path, ".json")
    assert (tmp_path / "report.html").is_file()


def test_the_script_and_the_module_are_the_same_from_any_folder(report: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text("raise RuntimeError('another package')")
    from_elsewhere = report("--from", "missing", cwd=tmp_path)
    as_module = run("-m", "benchmarks.report", "--from", "missing")
    assert from_elsewhere.stderr == as_module.stderr
    assert from_elsewhere.stderr.startswith("report.py: there are no results in missing")


def test_no_module_changes_where_python_looks_for_modules() -> None:
    sources = {path: path.read_text("utf-8") for path in BENCHMARKS.rglob("*.py")}
    assert not [path for path, text in sources.items() if re.search(r"sys[.]path|path[.]insert", text)]
