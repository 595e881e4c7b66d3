"""What is printed and written: names that lead back to files, and one photo's fault at a time."""

import csv
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from knn_digits import cli
from knn_digits.cli.drawings import LONGEST, shorten
from knn_digits.cli.talk import whole
from knn_digits.datasets import Dataset
from knn_digits.reports.readings import csv_text, json_text
from tests.cli.conftest import Call
from tests.pages import draw, save

KNN = [sys.executable, "-m", "knn_digits"]
EVIL = (
    "a'b\nknn-digits: all is well\r\x1b]0;title\x07\u202e\u2028"  # quotes, forged lines, terminal's escapes
)
TEXT = "314\n278"
posix = pytest.mark.skipif(os.name != "posix", reason="such names are POSIX's")


@pytest.fixture
def evil(photo: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with one photo, whose name is as bad as names can be."""
    folder = tmp_path / "evil"
    folder.mkdir()
    shutil.copy(photo, folder / (EVIL + os.fsdecode(b"\xff") + ".png"))
    return folder


def run(*arguments: object, encoding: str = "cp1252") -> subprocess.CompletedProcess[bytes]:
    """Run a process of its own whose terminal has this encoding."""
    line = [*KNN, *map(str, arguments)]
    return subprocess.run(
        line, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": encoding}
    )


# forms


def test_jsonl_has_the_objects_of_json_one_a_line(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, text_file: pathlib.Path
) -> None:
    both = [knn("classify", form, photo, text_file, "--model", model) for form in ("--json", "--jsonl")]
    assert [(result.code, result.err) for result in both] == [(1, "")] * 2
    lines = both[1].out.splitlines()
    assert [json.loads(line) for line in lines] == json.loads(both[0].out)
    assert ": " not in lines[0].replace(str(photo), "")


@pytest.mark.parametrize("two", [("--json", "--csv"), ("--json", "--jsonl"), ("--jsonl", "--csv")])
def test_only_one_form_is_printed(two: tuple[str, str], fails: Callable[..., str]) -> None:
    assert "exclude each other" in fails(2, "classify", *two, "photo.jpg")


@pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv", "--probabilities"])
def test_each_photo_is_printed_before_the_next_is_read(
    form: str, photo: pathlib.Path, model: pathlib.Path
) -> None:
    line = [*KNN, "classify", form, str(photo), "-", "--model", str(model)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first = b""
        last = b",2,3,8," if form == "--csv" else b"278"  # of the first photo's second line
        while last not in first.replace(b" ", b""):
            first += process.stdout.read(4096)
        process.stdin.write(photo.read_bytes())
        process.stdin.close()
        rest = process.stdout.read()
    assert process.returncode == 0
    assert rest
    if form == "--json":
        assert len(json.loads(first + rest)) == 2


def test_json_that_python_makes_is_the_json_that_is_printed() -> None:
    content = [{"path": EVIL + "\udcff\U000e0001é数\u3000", "n": [1, None, 0.5]}]
    for indent in (None, 1):
        text = json_text(content, indent=indent)
        assert json.loads(text) == content
        assert text.replace("\n", "").isprintable()
        assert "é数" in text
    assert "\n" not in json_text(content)


def test_any_cell_comes_back_out_of_csv() -> None:
    rows = [["a", "b\rc", 'd"e', "f,g", "h\ni", EVIL, " j ", "'"], ["1", "2", "", "", "", "", "", ""]]
    assert list(csv.reader(io.StringIO(csv_text(rows), newline=""))) == rows


# names


@posix
@pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv"])
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
def test_results_are_utf_8_whatever_the_terminal_has(
    form: str, encoding: str, photo: pathlib.Path, model: pathlib.Path
) -> None:
    done = run("classify", form, photo, "--model", model, encoding=encoding)
    assert done.returncode == 0
    assert str(photo) in done.stdout.decode("utf-8")


@posix
@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_json_leads_back_to_any_file(form: str, evil: pathlib.Path, model: pathlib.Path) -> None:
    found = json.loads(run("classify", form, evil, "--model", model).stdout)
    path = pathlib.Path((found[0] if form == "--json" else found)["path"])
    assert list(evil.iterdir()) == [path]


@posix
def test_csv_leads_back_to_any_file_whose_name_is_text(photo: pathlib.Path, tmp_path: pathlib.Path) -> None:
    shutil.copy(photo, tmp_path / f"{EVIL}.png")
    out = run("classify", "--csv", tmp_path / f"{EVIL}.png").stdout.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert {row["path"] for row in rows} == {str(tmp_path / f"{EVIL}.png")}


@posix
def test_no_name_forges_a_line_or_acts_on_the_terminal(
    knn: Call, evil: pathlib.Path, model: pathlib.Path, photo: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (bad,) = evil.iterdir()
    broken = pathlib.Path(shutil.copy(__file__, tmp_path / f"broken{EVIL}.png"))
    results = [
        knn("classify", bad, broken, "--model", model),
        knn("suggest", evil, "--model", model, "--output", tmp_path / "s.png"),
        knn("learn", bad, "--box", "3=5", "--force", "--model", model),
        knn("learn", "--list"),
        knn("show", "photo", bad, "--model", model, "--output", tmp_path / f"{EVIL}.png"),
        knn("explain", broken, "--model", model),
        knn("explain", bad, "--model", model, "--output", tmp_path / f"{EVIL}.html"),
        knn("classify", photo, "--model", f"no{EVIL}"),
        knn("fit", "--data", f"no{EVIL}"),
        knn("classify", photo, "--annotate", broken, "--model", model),
        knn("learn", bad, "--box", EVIL),
    ]
    for result in results:
        assert result.out + result.err
        for line in [*result.out.split("\n"), *result.err.split("\n")]:
            assert line.isprintable()
            assert not line.startswith("knn-digits: all is well")


@posix
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_bash_finds_the_photos_and_the_model_that_the_script_of_suggest_names(
    encoding: str, evil: pathlib.Path, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    shutil.copy(photo, evil / "写真 $x `y`.png")
    own = pathlib.Path(shutil.copy(model, tmp_path / f"模型{EVIL}.npz"))
    done = run("suggest", evil, "--model", own, "--output", tmp_path / "s.png", encoding=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    script = b'knn-digits() { printf "%s\\0" "$2" "${!#}"; }\n' + done.stdout
    named = subprocess.run(["bash"], input=script, capture_output=True, check=True)
    assert named.stderr == b""
    assert {os.fsdecode(word) for word in named.stdout.split(b"\0") if word} == {
        *map(str, evil.iterdir()),
        str(own),
    }


@posix
def test_the_script_of_suggest_has_no_photo_that_looks_like_an_option(
    knn: Call,
    photo: pathlib.Path,
    model: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copy(photo, tmp_path / "-x.png")
    monkeypatch.chdir(tmp_path)
    out = knn("suggest", ".", "--model", model, "--output", tmp_path / "s.png").out
    assert "learn ./-x.png --box" in out


# pictures of readings


@pytest.mark.parametrize("option", ["--annotate", "--debug"])
@pytest.mark.parametrize("letter", ["n", "数"])
def test_long_names_are_shortened_and_stay_apart(
    option: str, letter: str, knn: Call, sample: Dataset, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    stem = letter * (250 // len(letter.encode()))
    paths = [
        save(tmp_path / folder / f"{stem}{end}.png", draw(sample.digits, (3, 1)))
        for folder, end in (("one", ""), ("one", "x"), ("two", ""))
    ]
    result = knn("classify", option, tmp_path / "out", *paths, "--model", model)
    assert (result.code, result.err) == (0, "")
    names = [path.name for path in (tmp_path / "out").iterdir()]
    if option == "--debug":
        names.remove("index.html")
    assert len(names) == (3 if option == "--annotate" else 21)
    assert all(len(name.encode()) < 256 and name.startswith(letter * 50) for name in names)


@pytest.mark.parametrize("option", ["--annotate", "--debug"])
def test_no_picture_is_drawn_into_a_folder_that_is_read(
    option: str, fails: Callable[..., str], photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "link").symlink_to(photo.parent)
    told = fails(2, "classify", photo.parent, option, tmp_path / "link", "--model", model)
    assert "is read, and its next reading would read its drawings" in told
    assert photo.parent.joinpath(f"{photo.name}.png").exists() is False


def test_a_name_of_the_longest_length_is_kept_and_others_are_told_apart() -> None:
    assert shorten("n" * LONGEST) == "n" * LONGEST
    cut = {shorten("数" * 100 + end) for end in ("a", "b")}
    assert len(cut) == 2
    assert all(len(name.encode()) <= LONGEST and name.startswith("数" * 60) for name in cut)


def test_a_picture_that_cannot_be_written_does_not_stop_the_rest(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    first, second = (shutil.copy(photo, tmp_path / name) for name in ("a.png", "b.png"))
    (tmp_path / "out" / "a.png.png").mkdir(parents=True)
    result = knn("classify", "--json", first, second, "--annotate", tmp_path / "out", "--model", model)
    assert result.code == 6
    assert [entry["text"] for entry in json.loads(result.out)] == [TEXT] * 2
    (line,) = result.err.splitlines()
    assert line.startswith(f"knn-digits: {first}: no picture of it is written: cannot write")
    assert (tmp_path / "out" / "b.png.png").is_file()


def test_no_photo_is_written_over(
    knn: Call, photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    first, second = (pathlib.Path(shutil.copy(photo, tmp_path / name)) for name in ("a.png", "a.png.png"))
    result = knn("classify", first, second, "--annotate", tmp_path, "--model", model)
    assert result.code == 6
    assert "a.png.png: it is one of the photos; name another folder" in result.err
    assert second.read_bytes() == photo.read_bytes()
    assert (tmp_path / "a.png.png.png").is_file()


def test_a_folder_that_cannot_be_written_is_told_before_photos_are_read(
    fails: Callable[..., str], photo: pathlib.Path, model: pathlib.Path, text_file: pathlib.Path
) -> None:
    for form in ("--json", "--jsonl", "--csv"):
        told = fails(6, "classify", form, photo, photo, "--debug", text_file, "--model", model)
        assert told == f"cannot write to {text_file}: File exists; name another folder"


# what must be whole


def test_a_signal_waits_until_what_is_printed_is_whole_and_a_second_one_does_not() -> None:
    done = []

    def interrupted(times: int) -> None:
        with whole():
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            done.append(times)

    for times in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            interrupted(times)
    assert done == [1]


# anything


def test_no_arguments_make_a_traceback(
    photo: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Any words are answered by a result or a line, with an exit code of the table."""
    chance = random.Random(13)
    odd = [
        "",
        "a\0b",
        "\ud800",
        "x" * 5000,
        "-",
        "--",
        "-1",
        "nan",
        "[]",
        "é\n",
        str(tmp_path),
        "1=7",
        os.devnull,
    ]
    given = [*odd, "--json", "--csv", "--jsonl", "--annotate", "--debug", "--model", "--min-probability"]
    given += [
        "--digit",
        "--truth",
        "--box",
        "--list",
        "--output",
        "--n",
        "--force",
        "--no-learned",
        "--export",
    ]
    given += [str(photo), str(model), str(tmp_path / "new.png"), "cnn", "bundled"]
    for _ in range(150):
        words = [chance.choice(("classify", "explain", "learn", "suggest", "show", "info", "photo"))]
        words += chance.choices(given, k=chance.randint(0, 4))
        if words[0] == "show":
            words.insert(1, "photo")
        assert cli.run(words) in {0, 1, 2, 3, 4, 5, 6}, words
        assert all(line.isprintable() for line in capfd.readouterr().err.split("\n")), words
