"""Scale and ground: converted and told where the pictures agree, refused where they do not."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.arrays import Digits
from knn_digits.datasets import Dataset, values
from knn_digits.errors import DataError

Array = NDArray[Any]
SCALED, INVERTED = "which are scaled to 0..255", "dark ink on light paper, which was inverted"
SIZED = "has pictures of {0}x{0} pixels, brought to MNIST's size and strokes"
GREY = "paper that is neither black nor white, which was made black"


@pytest.fixture(scope="module")
def digits(sample: Dataset) -> Digits:
    return sample.digits[:300]


def shares(digits: Digits) -> NDArray[np.float64]:
    return digits / 255


def overshot(digits: Digits, most: float) -> NDArray[np.float64]:
    return np.where(digits == 254, most, digits / 255)


def standardized(pictures: Array) -> Array:
    middle, spread = (pick(axis=(1, 2), keepdims=True) for pick in (pictures.mean, pictures.std))
    return np.asarray((pictures - middle) / spread)


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x,
        lambda x: x.astype(np.float32),
        lambda x: x.astype(">u2"),
        np.asfortranarray,
        lambda x: np.asfortranarray(x.reshape(-1, 784)),
    ],
)
def test_light_ink_on_black_of_0_to_255_is_taken_as_it_is_and_without_a_word(
    digits: Digits, form: Callable[[Digits], Array]
) -> None:
    found, notes = values.to_digits(form(digits), name="X")
    assert (found == digits).all()
    assert found.flags.c_contiguous
    assert notes == ()


@pytest.mark.parametrize(
    ("form", "steps"),
    [
        (lambda x: x / 255, 0),
        (lambda x: (x / 255).astype(np.float32), 0),
        (lambda x: overshot(x, 1.003), 1),
        (lambda x: np.where(x == 0, -0.003, x / 255), 0),
        (lambda x: np.rint(x / 255 * 16), 8),
        (lambda x: np.rint(x / 255 * 15).astype(np.uint8), 9),
        (lambda x: np.rint(x / 255 * 100).astype(np.int64), 2),
        (lambda x: x / 255 * 16 / 255, 0),
        (lambda x: x.astype(np.uint16) * 257, 0),
        (lambda x: x.astype(np.uint16) << 8, 0),
        (lambda x: x.astype(np.int32) * 16, 0),
        (lambda x: x.astype(np.uint64) << 56, 0),
        (lambda x: (x / 255 - 0.1307) / 0.3081, 0),
        (lambda x: x / 127.5 - 1, 0),
        (lambda x: x / 255 - 0.5, 0),
        (lambda x: (x.astype(np.int16) - 128).astype(np.int8), 0),
    ],
)
def test_a_scale_that_the_pictures_agree_on_is_taken_and_told(
    digits: Digits, form: Callable[[Digits], Array], steps: int
) -> None:
    for pictures, told in ((form(digits), [SCALED]), (form(255 - digits), [SCALED, INVERTED])):
        found, notes = values.to_digits(pictures, name="X")
        assert np.abs(found.astype(int) - digits).max() <= max(steps, 1)
        assert len(notes) == len(told)
        assert all(note.startswith("X ") and words in note for note, words in zip(notes, told, strict=True))


@pytest.mark.parametrize("form", [lambda x: x > 127, lambda x: (x > 127).astype(np.uint8)])
def test_masks_are_full_ink(digits: Digits, form: Callable[[Digits], Array]) -> None:
    assert (values.to_digits(form(digits), name="X")[0] == (digits > 127) * np.uint8(255)).all()
    assert (values.to_digits(1 - form(digits).astype(np.uint8), name="X")[0] == (digits > 127) * 255).all()


@pytest.mark.parametrize(
    "form",
    [
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 14, 200, np.rint(x / 255 * 16)),
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 14, 60_000, x.astype(np.uint16)),
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 14, -255.0, x),
        lambda x: standardized(x / 255),
        lambda x: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-3),
        lambda x: x * 1e305,
        lambda x: x * 1e-310,
        lambda x: x * 0.0 + 1e6,
        lambda x: np.where(x == 0, np.nan, x),
        lambda x: np.where(x == 0, -np.inf, x),
    ],
)
def test_a_scale_in_doubt_is_refused_with_the_remedy(digits: Digits, form: Callable[[Digits], Array]) -> None:
    with pytest.raises(DataError, match=r"X h(as values from|olds NaN).* (to|be) 0\.\.255 or 0\.\.1$"):
        values.to_digits(form(digits), name="X")


def test_dark_ink_on_white_is_inverted_and_told(digits: Digits) -> None:
    found, notes = values.to_digits(255 - digits, name="X")
    assert (found == digits).all()
    assert notes == (f"X has {INVERTED} to light ink on black",)


def test_ink_that_touches_the_border_hides_no_paper(digits: Digits) -> None:
    crops = digits[:, 4:24, 4:24]
    found, notes = values.to_digits(crops, name="X")
    assert notes == (f"X {SIZED.format(20)}",)
    inverted, notes = values.to_digits(255 - crops, name="X")
    assert len(notes) == 2
    assert (inverted == found).all()


@pytest.mark.parametrize(
    ("paper", "ink", "told"),
    [(250, 0, [GREY, INVERTED]), (220, 60, [GREY, INVERTED]), (150, 20, [GREY, INVERTED]), (90, 220, [GREY])],
)
@pytest.mark.parametrize("side", [28, 56])
def test_grey_paper_is_made_black_and_told(
    digits: Digits, side: int, paper: int, ink: int, told: list[str]
) -> None:
    grains = np.random.default_rng(0).normal(0, 2, digits.shape)
    pictures = (paper + (ink - paper) * shares(digits) + grains).clip(0, 255).astype(np.uint8)
    larger = pictures.repeat(side // 28, axis=1).repeat(side // 28, axis=2)
    found, notes = values.to_digits(larger, name="X")
    pairs = zip(found.reshape(300, -1), digits.reshape(300, -1), strict=True)
    assert np.median([np.corrcoef(*pair)[0, 1] for pair in pairs]) > 0.9
    assert [words for words in (GREY, INVERTED) if any(words in note for note in notes)] == told


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_inverted_pictures_among_others_are_refused_with_their_number(digits: Digits, share: float) -> None:
    some = np.arange(300) < 300 * share
    mixed = np.where(some[:, None, None], 255 - digits, digits)
    with pytest.raises(DataError, match=rf"light paper in {some.sum()} .* in {300 - some.sum()}; invert the"):
        values.to_digits(mixed, name="X")


def test_a_few_stray_pictures_are_told_and_change_nothing(digits: Digits) -> None:
    mixed = digits.copy()
    mixed[:3] = 255 - mixed[:3]
    found, notes = values.to_digits(mixed, name="X")
    assert (found == mixed).all()
    assert notes == (
        "X has 3 pictures that look like dark ink on light paper among 300: they are taken as the others",
    )


def test_where_no_paper_is_seen_usual_scales_alone_are_taken_and_that_is_told() -> None:
    noise = np.random.default_rng(0).integers(0, 17, (20, 28, 28))
    with pytest.raises(DataError, match="no paper is seen at the pictures' borders"):
        values.to_digits(noise, name="X")
    found, notes = values.to_digits(noise * 15, name="X")
    assert (found == noise * 15).all()
    assert "shows no paper at the border of 20 pictures" in notes[0]


def test_blank_pictures_say_nothing_of_the_ground(digits: Digits) -> None:
    pictures = np.concatenate([255 - digits[:20], np.full((200, 28, 28), 255, np.uint8)])
    found, _ = values.to_digits(pictures, name="X")
    assert not found[20:].any()
    assert not values.to_digits(np.zeros((5, 28, 28)), name="X")[0].any()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((9_000_000, 1, 1), "holds 9000000 pictures, at most"),
        ((6_000_000, 28, 28), "holds 6000000 pictures, at most"),
        ((10, 1, 1), "has pictures of 1x1 pixels; 5x3 to 4096x4096 are allowed"),
        ((10, 16), "has pictures of 4x4 pixels"),
        ((10, 28, 2), "has pictures of 28x2 pixels"),
        ((2, 5000, 5), "has pictures of 5000x5 pixels"),
        ((300, 4096, 4096), "takes 4.7 GiB, at most 4 are allowed"),
    ],
)
def test_pictures_too_many_too_small_or_too_large_take_no_memory(shape: tuple[int, ...], words: str) -> None:
    pictures = np.broadcast_to(np.uint8(9), shape)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=words):
            values.to_digits(pictures, name="X")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_what_is_needed_beside_the_result_is_bounded(digits: Digits) -> None:
    pictures = np.repeat(digits, 30, axis=0).astype(np.float32)
    tracemalloc.start()
    try:
        result = values.to_digits(pictures, name="X")[0]
        assert tracemalloc.get_traced_memory()[1] < result.nbytes + (32 << 20)
    finally:
        tracemalloc.stop()


def test_paper_that_is_not_quite_black_is_no_part_of_a_digit(digits: Digits) -> None:
    large = digits.repeat(2, axis=1).repeat(2, axis=2)
    clean, notes = values.to_digits(large, name="X")
    assert notes == (f"X {SIZED.format(56)}",)
    found, notes = values.to_digits(np.maximum(large, 4), name="X")
    assert GREY in notes[0]
    pairs = zip(found.reshape(300, -1), clean.reshape(300, -1), strict=True)
    assert np.median([np.corrcoef(*pair)[0, 1] for pair in pairs]) > 0.95


def test_overshooting_ink_is_full_ink(digits: Digits) -> None:
    found, notes = values.to_digits(overshot(digits, 1.05), name="X")
    assert np.abs(found.astype(int) - digits).max() <= 13
    assert notes == ("X has values from 0 to 1.05, which are scaled to 0..255",)
