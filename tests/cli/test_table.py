"""What `table` prints of cells with signs, and why a cell was read so."""

import json
import pathlib
import shutil
from collections.abc import Callable

import cv2
import pytest
from PIL import Image

from tests.cli.conftest import Call
from tests.tables.scenes import draw


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("tables") / "prices.png"
    cv2.imwrite(str(path), draw([["3.14", "-7"], ["25", "12/5"]], side=170))
    return path


def test_signs_are_printed_where_they_are_asked_for(knn: Call, prices: pathlib.Path) -> None:
    assert knn("table", prices, "--model", "bundled").out == "3 14,7\n25,12 5\n"
    assert knn("table", "--signs", prices, "--model", "bundled").out == "3.14,-7\n25,12/5\n"


def test_json_has_the_digits_and_signs_of_each_cell(knn: Call, prices: pathlib.Path) -> None:
    (photo,) = json.loads(knn("table", "--json", "--signs", prices, "--model", "bundled").out)
    cell = photo["tables"][0]["cells"][0]
    assert cell["text"] == "3.14"
    assert [mark["text"] for mark in cell["marks"]] == list("3.14")
    assert [mark["label"] for mark in cell["marks"]] == [3, None, 1, 4]
    assert all(0 <= mark["probability"] <= 1 and mark["neighbors"] for mark in cell["marks"])


def test_the_example_of_the_help_explains_a_cell_that_holds_a_digit(
    knn: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pathlib.Path(__file__).parents[2])  # below which the samples are
    (example,) = (line for line in knn("table", "--help").out.splitlines() if "--explain 2," in line)
    result = knn(*example.split()[1:])
    assert result.code == 0
    assert result.out.startswith("digit 1, row 2 column 2: read as 7")


def test_the_digits_of_a_cell_are_explained(knn: Call, prices: pathlib.Path) -> None:
    result = knn("table", prices, "--explain", "2,1", "--model", "bundled")
    headings = [line for line in result.out.splitlines() if line.startswith("digit ")]
    assert [line.partition(",")[0] for line in headings] == ["digit 1", "digit 2"]
    assert all("row 2 column 1: read as " in line for line in headings)
    assert result.out.count("\nvotes: ") == 2


@pytest.mark.parametrize(
    ("place", "said"),
    [("9,1", "there is no row 9 column 1: the photo has 2 x 2"), ("0,1", "must be ROW,COLUMN")],
)
def test_a_cell_that_is_not_there_is_told(
    fails: Callable[..., str], prices: pathlib.Path, place: str, said: str
) -> None:
    assert said in fails(2, "table", prices, "--explain", place, "--model", "bundled")


def test_a_grid_that_is_none_is_told_what_it_may_be(
    fails: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    for grid in ("501x2", "0x9", "nine"):
        told = fails(2, "table", tmp_path, "--grid", grid)
        assert f"{grid} must be rows x columns, as 9x9, each at most 500" in told


def test_a_sign_that_stands_alone_in_a_grid_is_printed_where_signs_are_asked_for(
    knn: Call, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "grid.png"
    cv2.imwrite(str(path), draw([["3", "-", "7"], ["4", "5", "6"], ["2", "", "8"]], side=90))
    grid = ("table", path, "--grid", "3x3", "--model", "bundled")
    assert knn(*grid).out == "3?7\n456\n2.8\n"
    assert knn(*grid, "--signs").out == "3-7\n456\n2.8\n"


def test_a_cell_without_a_digit_is_not_explained(fails: Callable[..., str], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "gaps.png"
    cv2.imwrite(str(path), draw([["3", ""], ["", "7"]], side=90))
    said = fails(2, "table", path, "--explain", "1,2", "--model", "bundled")
    assert "nothing is read in row 1 column 2, so" in said


@pytest.mark.parametrize("option", ["--rows", "--columns"])
def test_a_grid_goes_with_no_other_numbers_of_rows_and_columns(
    fails: Callable[..., str], prices: pathlib.Path, option: str
) -> None:
    said = fails(2, "table", prices, "--grid", "9x9", option, "3")
    assert said == "--grid names rows and columns: leave --rows and --columns out"


def test_each_page_of_a_file_and_each_picture_of_a_folder_is_read(
    knn: Call, prices: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    with Image.open(prices) as page:
        page.save(tmp_path / "two.tif", save_all=True, append_images=[page.rotate(90, expand=True)])
    shutil.copy(prices, tmp_path)
    text = "3 14,7\n25,12 5\n"
    result = knn("table", tmp_path, "--model", "bundled")
    names = [tmp_path / "prices.png", f"{tmp_path / 'two.tif'}[1]", f"{tmp_path / 'two.tif'}[2]"]
    assert result == (0, "".join(f"{name}:\n{text}" for name in names), "")


def test_no_picture_of_a_table_takes_the_place_of_a_photo_or_of_another(
    knn: Call, prices: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "more").mkdir()
    paths = [tmp_path / "a.png", tmp_path / "more" / "a.png", tmp_path / "a.png.png"]
    for path in paths:
        shutil.copy(prices, path)
    result = knn("table", *paths, "--annotate", tmp_path, "--model", "bundled")
    assert result.code == 6
    assert result.out.count("3 14,7\n25,12 5\n") == 3
    assert result.err.count("\n") == 1
    assert "a.png.png: it is one of the photos; name another folder" in result.err
    assert all(path.read_bytes() == prices.read_bytes() for path in paths)
    assert (tmp_path / "a.png-2.png").is_file()


def test_json_is_whole_and_tells_what_cannot_be_read(
    knn: Call, prices: pathlib.Path, text_file: pathlib.Path
) -> None:
    result = knn("table", "--json", text_file, prices, "--model", "bundled")
    assert (result.code, result.err) == (1, "")
    error, photo = json.loads(result.out)
    assert error["error"].startswith("not a picture")
    assert (photo["tables"][0]["rows"], photo["tables"][0]["columns"]) == (2, 2)


def test_what_is_to_be_known_of_a_picture_is_told(
    knn: Call, prices: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    with Image.open(prices) as page:
        page.convert("RGB").save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole[: len(whole) * 19 // 20])
    told = f"{cut}: the file ends early: the last rows may be missing\n"
    assert knn("table", cut, "--model", "bundled").err.count(told) == 1
    assert knn("table", cut, "--explain", "1,1", "--model", "bundled").err.count(told) == 1
