import numpy as np

from knn_digits.arrays import SIDE
from knn_digits.datasets import Dataset
from knn_digits.images import Picture
from knn_digits.reading import read_photo
from knn_digits.reports.panels import ENLARGED, GAP, PANEL, draw_classes, draw_digits, draw_panels
from tests.pages import draw


def test_the_grid_holds_each_digit_enlarged_on_white(sample: Dataset) -> None:
    sheet = draw_digits(sample.digits[:23], sample.labels[:23])
    assert sheet.dtype == np.uint8
    assert (sheet[0] == 255).all()
    for digit in sample.digits[:23]:
        large = digit.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
        rows = np.lib.stride_tricks.sliding_window_view(sheet, large.shape[1], axis=1)
        found = (rows[: -len(large) + 1] == large[0]).all(axis=2)
        places = np.argwhere(found)
        assert any(
            (sheet[top : top + len(large), left : left + len(large)] == large).all() for top, left in places
        )


def test_one_digit_is_a_grid_of_one(sample: Dataset) -> None:
    assert draw_digits(sample.digits[:1], sample.labels[:1]).shape[1] < 2 * SIDE * ENLARGED


def test_data_of_one_class_after_the_other_is_shown_mixed(sample: Dataset) -> None:
    order = np.argsort(sample.labels, kind="stable")
    digits, labels = sample.digits[order], sample.labels[order]
    first = [int(np.argmax(labels == label)) for label in range(10)]
    assert (draw_classes(digits, labels, n=10) == draw_digits(digits[first], np.arange(10))).all()


def test_digits_as_classified_are_as_large_whatever_their_number(sample: Dataset) -> None:
    photo = draw(sample.digits, *[(3, 1, 4, 5, 7, 8, 0, 2)] * 9)
    picture = Picture(pixels=np.stack([photo] * 3, axis=2), full_width=photo.shape[1], full_height=len(photo))
    reading = read_photo(photo)
    assert len(reading.digits) > 64
    drawn = draw_panels(picture, reading)[..., 0]
    large = reading.digits[0].digit.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
    rows = np.lib.stride_tricks.sliding_window_view(drawn, large.shape[1], axis=1)
    assert (rows[:, 3 * (PANEL + 2 * GAP) :] == large[len(large) // 2]).all(axis=2).any()


def test_the_panels_are_the_photo_its_grey_its_negative_and_the_digits(sample: Dataset) -> None:
    photo = draw(sample.digits, (3, 1, 4))
    rgb = np.stack([photo] * 3, axis=2)
    picture = Picture(pixels=rgb, full_width=photo.shape[1], full_height=photo.shape[0])
    drawn = draw_panels(picture, read_photo(photo))
    width = PANEL + 2 * GAP
    grey, inverted = drawn[:, width : 2 * width, 0], drawn[:, 2 * width : 3 * width, 0]
    middle = slice(drawn.shape[0] // 2 - 20, drawn.shape[0] // 2 + 20), slice(20, PANEL - 20)
    assert (inverted[middle] == 255 - grey[middle]).all()
    assert not (drawn[:, :width, 0] == drawn[:, :width, 1]).all()  # boxes in color
    assert grey[middle].mean() > 128 > inverted[middle].mean()


def test_light_ink_on_dark_is_not_inverted_again(sample: Dataset) -> None:
    board = 255 - draw(sample.digits, (3, 1, 4))
    picture = Picture(
        pixels=np.stack([board] * 3, axis=2), full_width=board.shape[1], full_height=board.shape[0]
    )
    drawn = draw_panels(picture, read_photo(board))
    width = PANEL + 2 * GAP
    below = drawn[40:]
    assert (below[:, width : 2 * width] == below[:, 2 * width : 3 * width]).all()


def test_dark_ink_in_poor_light_is_inverted(sample: Dataset) -> None:
    photo = draw(sample.digits, (3, 1, 4)) // 2
    picture = Picture(
        pixels=np.stack([photo] * 3, axis=2), full_width=photo.shape[1], full_height=photo.shape[0]
    )
    drawn = draw_panels(picture, read_photo(photo))
    width = PANEL + 2 * GAP
    middle = slice(drawn.shape[0] // 2 - 20, drawn.shape[0] // 2 + 20), slice(20, PANEL - 20)
    grey, inverted = drawn[:, width : 2 * width, 0][middle], drawn[:, 2 * width : 3 * width, 0][middle]
    assert np.median(grey) < 128
    assert (inverted == 255 - grey).all()


def test_a_photo_without_digits_has_panels_too() -> None:
    blank = np.full((300, 400), 225, np.uint8)
    picture = Picture(pixels=np.stack([blank] * 3, axis=2), full_width=400, full_height=300)
    assert draw_panels(picture, read_photo(blank)).shape[2] == 3
