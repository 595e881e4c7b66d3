import pathlib

from tests.benchmarks.conftest import RESULTS, Run


def test_the_table_of_the_raw_results_that_are_there_is_printed_again(tables: Run) -> None:
    done = tables(RESULTS / "doubts.json")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("| of 15 wrong labels ")
    assert last.endswith(" 9 |")


def test_other_digits_than_mnists_are_refused_in_one_line(measure: Run, small_data: pathlib.Path) -> None:
    done = measure("doubts", "--data", small_data)
    assert done.returncode == 3
    assert (
        done.stderr
        == f"doubts.py: {small_data} has not MNIST's test digits, of which the wrong labels are known\n"
    )
    assert measure("doubts").stderr == "doubts.py: the following arguments are required: --data; see --help\n"
