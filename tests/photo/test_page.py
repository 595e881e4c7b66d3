import cv2
import numpy as np
import pytest

from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo.page import find_page, paint_table
from tests.photo.scenes import enlarge

PAPER, TABLE = (230, 228, 220), (120, 80, 50)  # RGB


def picture(corners: list[tuple[int, int]], *, inside: tuple[int, int, int] = PAPER) -> Pixels:
    """Return 600 x 800 pixels of a table with a polygon on it, with strokes in its middle."""
    photo = np.full((600, 800, 3), TABLE, np.uint8)
    cv2.fillPoly(photo, [np.array(corners, np.int32)], inside)
    cv2.line(photo, (400, 250), (380, 350), (40, 40, 60), 9)
    return photo


ASKEW = [(150, 90), (640, 130), (600, 520), (110, 480)]


def test_a_page_that_lies_askew_is_found_without_its_edge() -> None:
    photo = picture(ASKEW)
    page = find_page(photo)
    assert page is not None
    truth = np.zeros(page.shape, np.uint8)
    cv2.fillPoly(truth, [np.array(ASKEW, np.int32)], 1)
    assert not (page & (truth == 0)).any()
    assert page.sum() > 0.9 * truth.sum()


def test_the_table_is_painted_as_paper_and_the_page_stays() -> None:
    photo = picture(ASKEW)
    page = find_page(photo)
    assert page is not None
    painted = paint_table(photo, page)
    assert (painted[page] == photo[page]).all()
    assert np.abs(painted[~page].astype(int) - PAPER).max() <= 3


def test_two_pages_side_by_side_are_both_found_and_the_table_between_them_is_not() -> None:
    photo = picture([(40, 60), (370, 60), (370, 540), (40, 540)])
    cv2.rectangle(photo, (430, 80), (760, 520), PAPER, -1)
    page = find_page(photo)
    assert page is not None
    assert page[300, 200]
    assert page[300, 600]
    assert not page[:, 370:430].any()


def test_a_page_that_the_picture_cuts_is_found() -> None:
    assert find_page(picture([(200, -50), (900, -50), (900, 450), (220, 470)])) is None  # one corner
    page = find_page(picture([(200, 60), (900, 80), (900, 480), (220, 470)]))
    assert page is not None
    assert page[300, 799]


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0), (500, 0), (300, 600), (0, 600)],  # one edge: perhaps of a shadow
        [(100, 100), (700, 100), (700, 500), (500, 500), (500, 250), (300, 250), (300, 500), (100, 500)],
        [(350, 250), (450, 250), (450, 350), (350, 350)],  # small: perhaps a box
        [(330, 10), (470, 10), (470, 590), (330, 590)],  # long: perhaps a broad stroke of chalk
    ],
)
def test_what_is_not_shaped_like_a_page_is_none(corners: list[tuple[int, int]]) -> None:
    assert find_page(picture(corners)) is None


def test_paper_in_a_frame_of_ink_is_no_page_on_a_table() -> None:
    photo = np.full((600, 800, 3), PAPER, np.uint8)
    cv2.rectangle(photo, (200, 120), (600, 480), (40, 40, 60), 25)
    assert find_page(photo) is None


def test_a_page_hardly_brighter_than_its_table_is_none() -> None:
    assert find_page(picture(ASKEW, inside=(135, 90, 58))) is None


@pytest.mark.parametrize("margin", [0, 40])
def test_a_large_light_digit_on_dark_is_no_page(sample: Dataset, margin: int) -> None:
    for digit in sample.digits[::25]:
        for width in (1, 25):  # pixels: of the pen beyond the digit's own
            drawn = cv2.dilate(enlarge(digit, 10), np.ones((width, width), np.uint8))
            part = drawn[margin : 280 - margin, margin : 280 - margin]
            grey = np.asarray(cv2.resize(part, (280, 280)), np.uint8)
            assert find_page(np.repeat(grey[..., None], 3, axis=2)) is None


def test_a_page_whose_corners_are_cut_off_is_none() -> None:
    assert find_page(picture([(250, 60), (550, 60), (700, 210), (700, 390), (550, 540), (250, 540)])) is None


@pytest.mark.parametrize("shape", [(20, 20), (255, 255), (4000, 100)])
def test_a_picture_too_small_or_too_narrow_shows_no_page(shape: tuple[int, int]) -> None:
    photo = np.full((*shape, 3), TABLE, np.uint8)
    photo[shape[0] // 4 : -(shape[0] // 4), shape[1] // 4 : -(shape[1] // 4)] = PAPER
    assert find_page(photo) is None
