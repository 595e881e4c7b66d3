import numpy as np

from knn_digits.reports.canvas import enlarge, write


def test_each_pixel_becomes_a_square() -> None:
    assert enlarge(np.array([[1, 2]], np.uint8), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


def test_words_are_written_above_the_bottom_and_from_the_left() -> None:
    picture = np.full((40, 200), 255, np.uint8)
    write(picture, "4 at 10", 30, 25)
    rows, columns = np.nonzero(picture < 128)
    assert (rows.min() > 5, rows.max() <= 25) == (True, True)
    assert (30 <= columns.min() < 34, columns.max() < 120) == (True, True)


def test_words_have_the_color_that_is_asked_for() -> None:
    picture = np.zeros((40, 200, 3), np.uint8)
    write(picture, "4", 5, 25, color=(200, 0, 100))
    brightest = picture.reshape(-1, 3).max(axis=0).astype(int)
    assert np.abs(brightest - (200, 0, 100)).max() < 10


def test_what_is_no_ascii_is_a_question_mark() -> None:
    ours, theirs = (np.full((40, 100), 255, np.uint8) for _ in range(2))
    write(ours, "数", 5, 25)
    write(theirs, "?", 5, 25)
    assert (ours == theirs).all()
    assert (ours < 255).any()
