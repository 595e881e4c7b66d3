import numpy as np

from benchmarks.models.readers import _digits_of, _in_lines, _threshold


def corners(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def test_texts_of_one_line_are_joined_from_left_to_right() -> None:
    boxes = [corners(200, 15, 300, 65), corners(10, 20, 100, 70), corners(10, 120, 90, 170)]
    assert _in_lines(["34", "12", "56"], np.array(boxes, np.float32)) == ["1234", "56"]


def test_lines_that_slope_stay_apart_though_their_boxes_overlap() -> None:
    first = [[0, 100], [1000, 0], [1000, 60], [0, 160]]
    second = [[0, 200], [1000, 100], [1000, 160], [0, 260]]
    assert _in_lines(["11", "22"], np.array([first, second], np.float32)) == ["11", "22"]


def test_only_the_digits_of_a_text_are_kept() -> None:
    assert _digits_of(["12 a3", "--", "O5"]) == ("123", "5")


def test_tesseract_gets_dark_ink_on_white_whatever_the_photo_has() -> None:
    photo = np.full((40, 60, 3), 30, np.uint8)
    photo[10:30, 20:25] = 220
    for pixels in (photo, 255 - photo):
        page = _threshold(pixels)
        assert set(np.unique(page)) == {0, 255}
        assert (page == 0).sum() < (page == 255).sum()
