import errno
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from knn_digits.classifiers.learned import learned_folder, load_learned
from knn_digits.datasets import Dataset, load_dataset
from tests.cli.conftest import Call
from tests.pages import draw, save

TEXT = "314\n278"
TAUGHT = "315\n278"


@pytest.fixture
def taught(knn: Call, model: pathlib.Path, photo: pathlib.Path) -> pathlib.Path:
    """The photo, of which the third digit is learned as a 5."""
    result = knn("learn", photo, "--box", "3=5", "--force", "--model", model)
    assert result.code == 0, result.err
    return photo


def test_a_correction_is_said_and_classify_uses_it_until_told_not_to(
    knn: Call, model: pathlib.Path, photo: pathlib.Path
) -> None:
    assert knn("classify", "--model", model, photo).out == f"{TEXT}\n"
    result = knn("learn", photo, "--box", "3=5", "--force", "--model", model)
    assert result.code == 0
    assert result.out == f"{photo}: learned 1 digit (5); read as 315 278, before as 314 278\n"
    assert "of the model's digits near it, read one by one without themselves" in result.err
    assert knn("classify", "--model", model, photo).out == f"{TAUGHT}\n"
    assert knn("classify", "--no-learned", "--model", model, photo).out == f"{TEXT}\n"


def test_a_picture_of_stdin_is_learned_from(
    knn: Call, model: pathlib.Path, photo: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    result = knn("learn", "-", "--box", "3=5", "--force", "--model", model)
    assert (result.code, result.out) == (0, "-: learned 1 digit (5); read as 315 278, before as 314 278\n")
    assert knn("classify", "--model", model, photo).out == f"{TAUGHT}\n"


def test_what_is_learned_stands_beside_every_model(knn: Call, taught: pathlib.Path) -> None:
    assert knn("classify", "--model", "bundled", taught).out == f"{TAUGHT}\n"


def test_a_network_learns_nothing_and_is_left_alone(
    knn: Call, fails: Callable[..., str], taught: pathlib.Path
) -> None:
    assert "name a k-NN model" in fails(2, "learn", taught, "--box", "3=5", "--model", "cnn")
    assert knn("classify", "--model", "cnn", taught).out == f"{TEXT}\n"


def test_evaluate_uses_what_is_learned_only_when_asked(
    knn: Call, model: pathlib.Path, taught: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "own.npz"
    assert knn("learn", "--export", path).out == f"{path}: 1 digit\n"
    plain, asked = (
        json.loads(knn("evaluate", "--json", "--model", model, "--data", path, *more).out)
        for more in ((), ("--learned",))
    )
    assert (plain["errors"], plain["seen"]) == (1, 0)
    assert (asked["errors"], asked["seen"]) == (0, 1)


def test_an_export_is_written_under_the_name_of_data(
    fails: Callable[..., str], taught: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "own.csv"
    assert fails(2, "learn", "--export", path) == f"--export {path} must end in .npz"
    assert not path.exists()


def test_a_cell_is_not_two_texts(fails: Callable[..., str], photo: pathlib.Path) -> None:
    told = fails(2, "learn", photo, "--cell", "1,1=12", "--cell", "1,1=13")
    assert "cell 1,1 is named twice, as two texts" in told


def test_list_undo_and_export_tell_what_they_find(
    knn: Call, fails: Callable[..., str], taught: pathlib.Path, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    knn("learn", taught, "--truth", "314 278", "--model", model)
    lines = knn("learn", "--list").out.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines] == [
        f"5  digits 3 of {taught}",
        f"314278  digits 1,2,3,4,5,6 of {taught}",
    ]
    assert knn("learn", "--export", tmp_path / "own.npz").code == 0
    assert sorted(load_dataset(tmp_path / "own.npz").labels.tolist()) == [1, 2, 3, 4, 7, 8]
    assert knn("fit", "--data", tmp_path / "own.npz", "--k", "1", "--output", tmp_path / "m.npz").code == 0
    assert knn("learn", "--undo").out.startswith(f"taken back: 314278 of {taught}, learned 2")
    assert knn("learn", "--undo").out.startswith(f"taken back: 5 of {taught}")
    assert "nothing is learned" in fails(3, "learn", "--undo")
    assert "nothing is learned" in fails(3, "learn", "--export", tmp_path / "own.npz")
    assert knn("learn", "--list") == (0, "", "nothing is learned\n")


def test_what_harms_is_refused_with_the_option_that_keeps_it(
    knn: Call, model: pathlib.Path, photo: pathlib.Path
) -> None:
    result = knn("learn", photo, "--box", "3=5", "--model", model)
    assert result.code == 3
    assert result.err.endswith("so it is not kept. Look at the truth again, or keep it by --force\n")


def test_what_is_known_already_is_said(knn: Call, taught: pathlib.Path, model: pathlib.Path) -> None:
    again = knn("learn", taught, "--box", "3=5", "--force", "--model", model)
    assert (again.code, again.out) == (0, f"{taught}: known already; read as 315 278\n")


def test_a_folder_is_learned_by_its_truth_and_what_fails_is_told(
    knn: Call, model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    save(tmp_path / "good.png", draw(sample.digits, (3, 1, 4)))
    save(tmp_path / "few.png", draw(sample.digits, (5, 6)))
    save(tmp_path / "loose.png", draw(sample.digits, (5, 6)))
    (tmp_path / "none.png").write_text("no picture")
    truth = [
        {"file": "good.png", "lines": ["314"]},
        {"file": "few.png", "lines": ["567"]},
        {"file": "none.png", "lines": ["5"]},
        {"file": "loose.png", "lines": ["65"], "ordered": False},
    ]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    result = knn("learn", tmp_path, "--model", model)
    assert result.code == 1
    assert result.out == f"{tmp_path}/good.png: learned 3 digits (314); read as 314, before as 314\n"
    assert "few.png: the truth has 3 digits, but 2 are read" in result.err
    assert "none.png: not a picture" in result.err
    assert "loose.png: passed over, it has no digits in reading order" in result.err
    assert len(load_learned().additions) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "learn takes one of"),
        (("--list", "--undo"), "learn takes one of"),
        (("--list", "--truth", "7"), "learn takes one of"),
        (("--undo", "a.png"), "learn takes one of"),
        (("a.png",), "say in one way what is written in a.png"),
        (("a.png", "--truth", "7", "--box", "1=7"), "say in one way what is written in a.png"),
        (("a.png", "--box", "7"), "'7' is not NUMBER=DIGIT, such as 3=7"),
        (("a.png", "--box", "1=x"), "is not NUMBER=DIGIT"),
        (("a.png", "--box", "1=12"), "is not NUMBER=DIGIT"),
        (("a.png", "--box", "1=2", "--box", "01=3"), "digit 1 is named twice"),
        ((".", "--truth", "7"), "a folder has its truth.json"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(
    arguments: tuple[str, ...], said: str, fails: Callable[..., str]
) -> None:
    assert said in fails(2, "learn", *arguments)


def test_what_cannot_be_learned_from_is_told(
    fails: Callable[..., str],
    model: pathlib.Path,
    photo: pathlib.Path,
    text_file: pathlib.Path,
    tmp_path: pathlib.Path,
) -> None:
    assert "8 are read" in fails(2, "learn", photo, "--truth", "1" * 5, "--model", model).replace("6", "8")
    assert "1 digit, but 6 are" in fails(2, "learn", photo, "--truth", "1", "--model", model)
    assert "name single ones by --box N=DIGIT" in fails(2, "learn", photo, "--truth", "1", "--model", model)
    assert "not a picture" in fails(1, "learn", text_file, "--truth", "1", "--model", model)
    assert "No such file" in fails(1, "learn", tmp_path / "x.png", "--truth", "1", "--model", model)
    assert "truth.json" in fails(3, "learn", tmp_path, "--model", model)


def test_a_damaged_file_is_told_in_one_line_and_the_rest_is_used(
    knn: Call, taught: pathlib.Path, model: pathlib.Path
) -> None:
    (kept,) = load_learned().additions
    assert kept.path is not None
    broken = kept.path.with_name("0-broken.npz")
    broken.write_bytes(b"PK")
    result = knn("classify", "--model", model, taught)
    assert (result.code, result.out) == (0, f"{TAUGHT}\n")
    (line,) = result.err.splitlines()
    assert line.startswith(f"warning: {broken} is no knn-digits learned digits")


def test_a_folder_that_may_not_be_read_is_told_with_what_the_command_can_do(
    fails: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    model: pathlib.Path,
    photo: pathlib.Path,
) -> None:
    look = pathlib.Path.iterdir

    def look_elsewhere(folder: pathlib.Path) -> Iterator[pathlib.Path]:
        if folder == learned_folder():
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return look(folder)

    monkeypatch.setattr(pathlib.Path, "iterdir", look_elsewhere)
    told = f"cannot look for learned digits in {learned_folder()}: Permission denied; make it readable"
    for of_all in (["--list"], ["--undo"], ["--export", tmp_path / "own.npz"], [photo, "--box", "3=5"]):
        assert fails(3, "learn", *of_all) == told
    assert fails(3, "classify", "--model", model, photo) == f"{told}, or leave them out by --no-learned"


def test_two_commands_at_the_same_time_lose_nothing(
    model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    processes = []
    for number in range(2):
        rows = np.arange(100, 103) + 3 * number
        photo = save(tmp_path / f"{number}.png", draw(sample.digits, rows.tolist()))
        truth = "".join(map(str, sample.labels[rows]))
        command = [sys.executable, "-m", "knn_digits", "learn", str(photo), "--truth", truth]
        command += ["--model", str(model), "--force"]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0, 0]
    learned = load_learned()
    assert not learned.damaged
    assert sorted(addition.text for addition in learned.additions) == ["012", "345"]


@pytest.mark.skipif(os.name != "posix", reason="SIGINT as a terminal sends it is POSIX's")
def test_ctrl_c_ends_with_one_line_and_leaves_what_was_learned(
    model: pathlib.Path, sample: Dataset, tmp_path: pathlib.Path
) -> None:
    entries = []
    for number in range(40):
        save(tmp_path / f"{number}.png", draw(sample.digits, (number, number + 1, number + 2)))
        entries.append(
            {"file": f"{number}.png", "lines": ["".join(str((number + i) % 10) for i in range(3))]}
        )
    (tmp_path / "truth.json").write_text(json.dumps(entries))
    command = [sys.executable, "-m", "knn_digits", "learn", str(tmp_path), "--model", str(model)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not load_learned().additions and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "knn-digits: interrupted"
    learned = load_learned()
    assert 1 <= len(learned.additions) < 40
    assert not learned.damaged


def test_an_explanation_shows_the_learned_digit(knn: Call, taught: pathlib.Path, model: pathlib.Path) -> None:
    said = knn("explain", taught, "--digit", "3", "--model", model).out
    assert "learned digit" in said
    assert "learned digit" not in knn("explain", "--no-learned", taught, "--digit", "3", "--model", model).out
