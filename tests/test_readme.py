import doctest
import pathlib

import pytest

from knn_digits import errors

README = pathlib.Path(__file__).parents[1] / "README.md"


@pytest.mark.usefixtures("home")
def test_the_examples_of_the_readme_give_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(README.parent)
    result = doctest.testfile(str(README), module_relative=False)
    assert result.attempted > 5
    assert result.failed == 0


def test_the_readme_lists_every_exit_code() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.KnnDigitsError)}
    assert all(f"\n| {code} | " in README.read_text(encoding="utf-8") for code in codes | {0, 130})
