import json
import pathlib

import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.errors import PhotoError
from knn_digits.evaluation import add_scores, score_photo
from knn_digits.reading import Reader, read_photo
from tests.photo.scenes import (
    Sheet,
    shoot,
)
from tests.reading.readings import DIGITS, PHOTOS, comparable, save


def test_a_reader_made_once_reads_each_photo_as_read_photo_does(
    page: Sheet, row: Sheet, model: DigitKNN
) -> None:
    reader = Reader(model)
    assert reader.model is model
    for sheet in (page, row, page):
        photo = shoot(sheet.ink)
        assert comparable(reader.read(photo)) == comparable(read_photo(photo, model))
        assert reader.read(photo, min_probability=1.0).text.strip("?\n") == ""


def test_a_path_its_name_its_bytes_and_its_pixels_give_one_reading(
    tmp_path: pathlib.Path, page: Sheet, model: DigitKNN
) -> None:
    photo = shoot(page.ink)
    path = save(tmp_path / "page.png", photo)
    expected = comparable(read_photo(path, model))
    for source in (str(path), path.read_bytes(), photo):
        assert comparable(read_photo(source, model)) == expected


def test_grey_pixels_are_read_as_the_file_of_them(
    tmp_path: pathlib.Path, page: Sheet, model: DigitKNN
) -> None:
    grey = np.ascontiguousarray(shoot(page.ink)[:, :, 1])
    path = save(tmp_path / "grey.png", grey)
    assert comparable(read_photo(grey, model)) == comparable(read_photo(path, model))


def test_a_view_of_pixels_is_read_and_left_as_it_was(page: Sheet, model: DigitKNN) -> None:
    photo = np.asfortranarray(np.pad(shoot(page.ink), ((3, 3), (3, 3), (0, 0)), mode="edge"))
    photo.flags.writeable = False
    assert read_photo(photo[3:-3, 3:-3], model).text == DIGITS


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((100, 100), np.int64),
        np.zeros((100, 100, 2), np.uint8),
        np.zeros((2, 100, 100, 3), np.uint8),
        np.zeros(100, np.uint8),
        np.zeros((0, 100), np.uint8),
        np.zeros((100, 0, 3), np.uint8),
    ],
    ids=lambda photo: f"{photo.dtype} {photo.shape}",
)
def test_an_array_that_is_no_photo_is_told_in_one_line(photo: Pixels, model: DigitKNN) -> None:
    with pytest.raises(PhotoError) as caught:
        read_photo(photo, model)
    assert str(caught.value) == (
        "a photo must be uint8, float or bool of shape (height, width), or (height, width, 1, 3 or 4), with "
        f"at least one pixel, got {photo.dtype} of shape {photo.shape}"
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1, 3), (3, 3), (2, 400)])
def test_pixels_of_any_shape_are_read_even_if_there_is_nothing_to_read(
    shape: tuple[int, ...], model: DigitKNN
) -> None:
    reading = read_photo(np.full(shape, 200, np.uint8), model)
    assert (reading.height, reading.width, reading.text) == (*shape[:2], "")


def test_a_missing_file_is_told(tmp_path: pathlib.Path, model: DigitKNN) -> None:
    with pytest.raises(PhotoError, match=r"^cannot open the file: .+$"):
        read_photo(tmp_path / "none.jpg", model)


@pytest.mark.usefixtures("home")
def test_without_a_model_the_bundled_one_reads(page: Sheet, model: DigitKNN) -> None:
    photo = shoot(page.ink)
    assert comparable(read_photo(photo)) == comparable(read_photo(photo, model))


@pytest.mark.shared
def test_the_bundled_model_reads_94_percent_of_the_core_digits_of_the_first_photos(
    model: DigitKNN,
) -> None:
    if not PHOTOS.is_dir():
        pytest.skip(f"needs the photos in {PHOTOS}")
    truth = json.loads((PHOTOS / "truth.json").read_text("utf-8"))
    scores = []
    for photo in truth:
        if photo.get("core", True) and photo.get("set", "first") == "first":
            read = "".join(read_photo(PHOTOS / photo["file"], model).text.split())
            scores.append(score_photo("".join(photo["lines"]), read, ordered=photo.get("ordered", True)))
    total = add_scores(scores)
    assert total.digits > 0
    assert (total.accuracy or 0.0) >= 0.94, total
