import importlib
import json
import pathlib
import re

import pytest

from benchmarks.measure.photos import scores_alone
from benchmarks.records import read_record
from tests.benchmarks.conftest import BENCHMARKS, RESULTS, Run

HELPERS = {"__init__", "ask", "blame", "browser", "memory", "sources", "turns"}  # of several questions
QUESTIONS = sorted({path.stem for path in (BENCHMARKS / "measure").glob("*.py")} - HELPERS)
FILES = sorted(RESULTS.glob("*.json"), key=lambda path: path.name)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_says_in_its_help_how_it_is_asked(
    question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module(f"benchmarks.measure.{question}").main
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("usage: ")
    assert "--output" in shown


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_answers_an_unknown_option_in_one_line(
    question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module(f"benchmarks.measure.{question}").main
    with pytest.raises(SystemExit, match="2"):
        main(["--unknown"])
    assert capsys.readouterr().err.count("\n") == 1


def test_the_usage_is_what_a_person_types(measure: Run) -> None:
    done = measure("svc", "--help")
    assert done.stdout.startswith("usage: python -m benchmarks.measure.svc ")
    assert measure("svc", "--unknown").stderr.startswith("svc.py: ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_raw_results_say_by_which_command_they_were_made(path: pathlib.Path) -> None:
    raw = read_record(path)
    question = raw["question"]
    assert question in QUESTIONS
    known = (f"python -m benchmarks.measure.{question}", "python benchmarks/report.py")
    assert raw["run"]["command"].startswith(known)
    assert re.findall(r'[" =]/\w+/', json.dumps(raw)) == []  # no path of a machine


def test_no_question_has_two_files_but_for_photos_of_others() -> None:
    questions = [read_record(path)["question"] for path in FILES if path.stem != "photo_scores"]
    assert [path.stem for path in FILES if path.stem != "photo_scores"] == questions


def test_of_the_photos_of_others_scores_alone_are_kept() -> None:
    result = read_record(RESULTS / "photo_scores.json")["result"]
    assert result == scores_alone(result)
