import pathlib
import tracemalloc

import numpy as np
import pytest

from knn_digits.arrays import SIDE
from knn_digits.images import Picture
from knn_digits.learning import Suggestion
from knn_digits.photo.boxes import Box
from knn_digits.reading import DigitReading
from knn_digits.reports.doubts import draw_suggestions

DIGIT = np.zeros((SIDE, SIDE), np.uint8)


def suggest(name: str) -> Suggestion:
    read = DigitReading(
        label=7,
        probability=0.5,
        box=Box(left=10, top=10, width=20, height=30),
        strangeness=0.5,
        doubt=0.5,
        digit=DIGIT,
        neighbors=(),
    )
    return Suggestion(path=pathlib.Path(name), number=1, read=read, second=None, margin=0.5)


def white(height: int, width: int) -> Picture:
    return Picture(pixels=np.full((height, width, 3), 255, np.uint8), full_width=width, full_height=height)


def draw(name: str) -> bytes:
    """Return the bytes of the picture with one suggestion of a photo with this name."""
    return draw_suggestions([suggest(name)], [white(60, 80)]).tobytes()


def test_many_suggestions_hold_their_cuts_and_no_photo() -> None:
    photo = white(1200, 1600)
    tracemalloc.start()
    try:
        draw_suggestions([suggest("a.png")] * 20, [photo] * 20)
        assert tracemalloc.get_traced_memory()[1] < 5 * 1200 * 1600
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("写真.png", r"\u5199\u771f.png"),
        ("写" * 80 + ".png", "...写写.png"),
        ("scan\udcff.png", r"scan\udcff.png"),
        ("a" * 200 + "z.png", "..." + "a" * 14 + "z.png"),
        ("n" * 5_000_000, "..." + "n" * 19),
    ],
)
def test_a_name_of_any_letters_and_length_is_written_or_its_end(name: str, written: str) -> None:
    assert draw(name) == draw(written)
