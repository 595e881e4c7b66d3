import pathlib

import numpy as np
import pytest

from knn_digits.arrays import SIDE
from knn_digits.images import Picture
from knn_digits.learning import Suggestion
from knn_digits.photo.boxes import Box
from knn_digits.reading import DigitReading
from knn_digits.reports.doubts import draw_suggestions

DIGIT = np.zeros((SIDE, SIDE), np.uint8)


def draw(name: str) -> bytes:
    """Return the bytes of the picture with one suggestion of a photo with this name."""
    read = DigitReading(
        label=7,
        probability=0.5,
        box=Box(left=10, top=10, width=20, height=30),
        strangeness=0.5,
        doubt=0.5,
        digit=DIGIT,
        neighbors=(),
    )
    suggestion = Suggestion(path=pathlib.Path(name), number=1, read=read, second=None, margin=0.5)
    photo = Picture(pixels=np.full((60, 80, 3), 255, np.uint8), full_width=80, full_height=60)
    return draw_suggestions([suggestion], [photo], DIGIT[None]).tobytes()


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
