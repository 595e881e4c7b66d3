import pytest

from tests.benchmarks.conftest import RESULTS, Run

OWN = (
    "calibration",
    "corrections",
    "corruptions",
    "estimators",
    "forms",
    "photo_scores",
    "photos",
    "refinement",
)


@pytest.mark.parametrize("name", [*OWN, "refusal", "startup", "strings", "tables"])
def test_the_tables_of_the_raw_results_are_printed(tables: Run, name: str) -> None:
    done = tables(RESULTS / f"{name}.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n| ") >= 3


def test_a_question_of_the_report_is_drawn_there(tables: Run) -> None:
    done = tables(RESULTS / "votes.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "benchmarks/report.py --from" in done.stderr
