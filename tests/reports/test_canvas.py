import numpy as np
import pytest

from knn_digits.reports.canvas import enlarge, plain, text_width, write


def test_each_pixel_becomes_a_square() -> None:
    assert enlarge(np.array([[1, 2]], np.uint8), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


def test_words_are_written_above_the_bottom_and_from_the_left() -> None:
    picture = np.full((40, 200), 255, np.uint8)
    write(picture, "4 at 10", (30, 25))
    rows, columns = np.nonzero(picture < 128)
    assert (rows.min() > 5, rows.max() <= 25) == (True, True)
    assert (30 <= columns.min() < 34, columns.max() < 120) == (True, True)


def test_words_have_the_color_that_is_asked_for() -> None:
    picture = np.zeros((40, 200, 3), np.uint8)
    write(picture, "4", (5, 25), color=(200, 0, 100))
    brightest = picture.reshape(-1, 3).max(axis=0).astype(int)
    assert np.abs(brightest - (200, 0, 100)).max() < 10


NAMES = {
    "写真.png": r"\u5199\u771f.png",
    "é✓": r"\xe9\u2713",
    "صورة": r"\u0635\u0648\u0631\u0629",
    "😀": r"\U0001f600",
    "scan\udcff.png": r"scan\udcff.png",
    "two\nlines\t\0\x1b[0m": r"two\nlines\t\x00\x1b[0m",
    "\u202egnp.exe": r"\u202egnp.exe",
    "15° “a” 3±1 …": "15° “a” 3±1 …",
    "": "",
}


@pytest.mark.parametrize(("name", "written"), NAMES.items())
def test_what_the_font_lacks_is_written_as_python_writes_it(name: str, written: str) -> None:
    assert plain(name) == written
    ours, theirs = (np.full((40, 300), 255, np.uint8) for _ in range(2))
    write(ours, name, (5, 25))
    write(theirs, written, (5, 25))
    assert (ours == theirs).all()
    assert (ours < 255).any() == bool(name)
    assert text_width(name) == text_width(written)


def test_a_sign_of_division_is_a_bar_between_dots() -> None:
    picture = np.full((60, 60), 255, np.uint8)
    write(picture, "÷", (5, 45), height=30)
    ink = picture < 128
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    parts = np.split(rows, 1 + np.flatnonzero(np.diff(rows) > 1))
    wide = [np.ptp(np.flatnonzero(ink[part].any(axis=0))) for part in parts]
    assert len(parts) == 3  # a dot, a bar, a dot
    assert wide[1] > 2 * max(wide[0], wide[2])
    assert np.ptp(columns) == wide[1]
    assert 5 <= columns[0] < columns[-1] < 5 + text_width("÷", height=30)


@pytest.mark.parametrize("letters", ["i", "W", "写", "\n"])
def test_a_name_of_any_length_ends_with_dots_where_the_picture_does(letters: str) -> None:
    picture = np.full((40, 200), 255, np.uint8)
    write(picture, letters * 3_000_000, (5, 25))
    assert (picture < 255).any()
    assert (picture[:18, -8:] == 255).all()  # the dots alone
    shorter = np.full((40, 200), 255, np.uint8)
    write(shorter, letters * 200, (5, 25))
    assert (picture == shorter).all()


@pytest.mark.parametrize(
    "place", [(-30, 25), (195, 25), (5, -3), (5, 90), (5, 3), (5, 43), (-900, -900), (900, 900)]
)
def test_words_that_pass_the_edges_are_cut_there(place: tuple[int, int]) -> None:
    small, large = np.full((40, 200), 255, np.uint8), np.full((140, 500), 255, np.uint8)
    write(small, "7", place, stroke=2)
    write(large, "7", (place[0] + 100, place[1] + 50), stroke=2)
    if place[0] < 195:
        assert (small == large[50:90, 100:300]).all()
