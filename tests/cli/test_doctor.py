import pathlib

from tests.cli.conftest import Call


def test_where_all_is_well_it_says_so(knn: Call) -> None:
    result = knn("doctor")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "all well"
    assert result.out.splitlines()[1].startswith("Python: 3.")


def test_what_is_to_do_is_listed_at_the_end_and_in_the_exit_code(knn: Call, home: pathlib.Path) -> None:
    home.write_text("a file")
    result = knn("doctor")
    assert result.code == 1
    told = result.out.split("\nto do:\n")[1].splitlines()
    assert [line.split(":")[0] for line in told] == ["- cache folder", "- data folder"]
