import cv2
import numpy as np
import pytest

from benchmarks.data.nondigits import crop
from benchmarks.data.strings import (
    ASPECT,
    HEIGHT,
    KINDS,
    Kind,
    cut_strokes,
    fade_strokes,
    make_strings,
    push_together,
)
from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def kind_of(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


def stroke(height: int = 60, width: int = 8) -> Pixels:
    return np.full((height, width), 255, np.uint8)


def pieces_of(ink: Pixels) -> int:
    return cv2.connectedComponents((ink > 127).astype(np.uint8))[0] - 1


@every_kind
def test_strings_are_drawn_the_same_again(kind: Kind, sample: Dataset) -> None:
    first, again = (make_strings(kind, 5, sample) for _ in range(2))
    assert [one.text for one in first] == [one.text for one in again]
    assert all((one.picture == other.picture).all() for one, other in zip(first, again, strict=True))


@every_kind
def test_a_string_is_dark_on_light_with_paper_all_around(kind: Kind, sample: Dataset) -> None:
    for one in make_strings(kind, 5, sample):
        inside = one.picture[HEIGHT:-HEIGHT, HEIGHT:-HEIGHT]
        edge = np.concatenate([one.picture[: HEIGHT // 2].ravel(), one.picture[-HEIGHT // 2 :].ravel()])
        assert inside.min() < edge.min() - 30


@pytest.mark.parametrize(
    ("name", "digits"), [("pairs that touch", 2), ("triples that touch", 3), ("broad single digits", 1)]
)
def test_a_string_has_as_many_digits_as_its_kind_says(name: str, digits: int, sample: Dataset) -> None:
    assert {len(one.text) for one in make_strings(kind_of(name), 10, sample)} == {digits}


def test_letters_have_no_digit_to_be_read(sample: Dataset) -> None:
    assert {one.text for one in make_strings(kind_of("letters"), 10, sample)} == {""}


def test_digits_are_pushed_together_until_their_ink_touches_and_no_further() -> None:
    first = np.hstack([stroke(), np.zeros((60, 5), np.uint8)])
    pushed = push_together(first, stroke(40), ink=128)
    assert pushed.shape == (60, 15)  # one column is shared
    assert pieces_of(pushed) == 1


@pytest.mark.parametrize("ink", [1, 128])
def test_digits_that_touch_are_one_piece(ink: int, sample: Dataset) -> None:
    pairs = zip(sample.digits[:30:2], sample.digits[1:30:2], strict=True)
    for first, second in pairs:
        pushed = push_together(crop(first), crop(second), ink=ink)
        parts = cv2.connectedComponents((pushed >= ink).astype(np.uint8))[0]
        alone = [cv2.connectedComponents((one >= ink).astype(np.uint8))[0] for one in (first, second)]
        assert parts < sum(alone)


def test_a_broad_digit_is_broader_than_high_and_no_1(sample: Dataset) -> None:
    for text, ink in (
        kind_of("broad single digits").draw(np.random.default_rng(seed), sample) for seed in range(20)
    ):
        assert text != "1"
        assert ASPECT[0] - 0.02 <= ink.shape[1] / ink.shape[0] <= ASPECT[1] + 0.02


def test_a_cut_goes_across_the_stroke_and_leaves_most_of_it() -> None:
    random = np.random.default_rng(1)
    ink = np.pad(stroke(), 20)
    for _ in range(10):
        cut = cut_strokes(ink, random)
        assert pieces_of(cut) >= 2
        assert (cut > 127).sum() > 0.6 * (ink > 127).sum()


def test_a_stroke_fades_and_keeps_its_darkness_elsewhere() -> None:
    for seed in range(10):
        faded = fade_strokes(stroke(60, 60), np.random.default_rng(seed))
        assert faded.max() > 240
        assert 0.3 * 255 - 1 <= faded.min() <= 0.6 * 255
