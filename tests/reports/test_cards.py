import numpy as np

from knn_digits.reports.cards import Card, draw_cards

DIGIT = np.full((28, 28), 255, np.uint8)


def card(*lines: str, height: int = 28, width: int = 28) -> Card:
    picture = np.zeros((height, width), np.uint8)
    return Card(picture=picture, lines=lines, others=DIGIT[None], captions=["7"])


def test_cards_stand_in_rows_and_none_at_all_are_a_picture_too() -> None:
    one, two, three = (draw_cards([card("7")] * n, columns=2) for n in (1, 2, 3))
    assert one.shape[0] == two.shape[0] < three.shape[0]
    assert one.shape[1] < two.shape[1] == three.shape[1]
    assert draw_cards([], columns=2).size


def test_a_picture_of_any_size_has_the_same_room() -> None:
    usual = draw_cards([card()], columns=1).shape
    for height, width in ((1, 1), (500, 9), (3, 700), (200, 200)):
        assert draw_cards([card(height=height, width=width)], columns=1).shape == usual


def test_the_lines_are_written_above_the_picture() -> None:
    silent, said = draw_cards([card()], columns=1), draw_cards([card("index 7", "labelled 4 …")], columns=1)
    differs = np.flatnonzero((silent != said).any(axis=1))
    assert differs.size
    assert differs.max() < 60
