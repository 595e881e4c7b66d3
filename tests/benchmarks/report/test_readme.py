import pytest

from benchmarks.report.readme import README, make_tables, replace_table
from knn_digits.errors import DataError
from tests.benchmarks.conftest import RESULTS


def test_the_readmes_tables_are_those_of_the_raw_results() -> None:
    text = README.read_text("utf-8")
    for name, table in make_tables(RESULTS).items():
        assert replace_table(text, name, table) == text, (
            "run `python benchmarks/report.py --from benchmarks/results --readme`"
        )


def test_a_table_takes_the_place_of_the_old_one_alone() -> None:
    text = "a\n<!-- one -->\n| 1 |\n| - |\n\n| 2 |\n"
    assert replace_table(text, "one", "| 3 |") == "a\n<!-- one -->\n| 3 |\n\n| 2 |\n"
    with pytest.raises(DataError, match="<!-- two -->"):
        replace_table(text, "two", "| 3 |")
