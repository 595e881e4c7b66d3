import re

import pytest

from tests.benchmarks.conftest import Run


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--threads", "0"], ["--threads", "-1"]])
def test_what_it_cannot_do_is_one_clear_line(measure: Run, arguments: list[str]) -> None:
    done = measure("estimators", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"estimators\.py: .*must be at least 1.*\n", done.stderr)
