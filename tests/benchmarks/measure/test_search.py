import re

import pytest

from tests.benchmarks.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--data"),
        (["--data", "missing"], 3, "missing"),
        (["--data", "missing", "--threads", "-1"], 2, "must be at least 1"),
        (["--data", "missing", "--threads", "0"], 2, "must be at least 1"),
    ],
)
def test_what_it_cannot_do_is_one_clear_line(
    measure: Run, arguments: list[str], code: int, message: str
) -> None:
    done = measure("search", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.fullmatch(rf"search\.py: .*{re.escape(message)}.*\n", done.stderr)
