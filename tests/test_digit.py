from typing import Any

import cv2
import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from knn_digits.arrays import Digits
from knn_digits.datasets import Dataset
from knn_digits.digit import (
    STROKE_RANGE,
    STROKE_SCALE,
    find_blank,
    match_stroke,
    normalize,
    stroke_width,
)
from knn_digits.errors import DataError

Pixels = NDArray[np.uint8]


@st.composite
def full_inks(draw: st.DrawFn, *, largest: int = 60) -> Pixels:
    """Pictures of full ink (255) on paper, sides 1..largest, that touch all four edges."""
    shape = draw(st.tuples(st.integers(1, largest), st.integers(1, largest)))
    seed = draw(st.integers(0, 2**32 - 1))
    share = draw(st.sampled_from([0.02, 0.2, 0.7, 1.0]))
    generator = np.random.default_rng(seed)
    ink = (generator.random(shape) < share).astype(np.uint8) * np.uint8(255)
    rows, columns = generator.integers(0, shape[0], 2), generator.integers(0, shape[1], 2)
    ink[[0, -1], columns] = ink[rows, [0, -1]] = 255
    return ink


def ink_box(digit: Pixels) -> tuple[int, int]:
    """Return height and width of the box around the pixels above 0."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def center_of_mass(digit: Pixels) -> tuple[float, float]:
    mass = digit.sum(dtype=np.float64)
    row, column = (
        float((digit.sum(axis=axis, dtype=np.float64) * np.arange(28)).sum() / mass) for axis in (1, 0)
    )
    return row, column


def exceptions(digits: Digits) -> list[tuple[int, int]]:
    """Return (row, longest side of its ink) of the digits that normalizing changes."""
    changed = np.flatnonzero((normalize(digits) != digits).any(axis=(1, 2)))
    return [(int(row), max(ink_box(digits[row]))) for row in changed]


# MNIST comes back bit for bit


def test_the_samples_digits_come_back_bit_for_bit_where_their_ink_is_20_pixels(sample: Dataset) -> None:
    assert exceptions(sample.digits) == [(997, 19)]


@pytest.mark.shared
def test_mnists_training_digits_come_back_bit_for_bit_but_for_14(mnist_train: Dataset) -> None:
    found = exceptions(mnist_train.digits)
    assert len(mnist_train.digits) == 60_000
    assert len(found) == 14
    assert sum(side != 20 for _, side in found) == 13
    # The other one's center of mass lies on a half, which theirs and ours round apart.
    (row,) = (row for row, side in found if side == 20)
    (again,) = normalize(mnist_train.digits[row : row + 1])
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert any((np.roll(again, shift, (0, 1)) == mnist_train.digits[row]).all() for shift in shifts)


@pytest.mark.shared
def test_mnists_test_digits_come_back_bit_for_bit_but_for_3(mnist_test: Dataset) -> None:
    found = exceptions(mnist_test.digits)
    assert len(mnist_test.digits) == 10_000
    assert len(found) == 3
    assert all(side != 20 for _, side in found)


# laws


@hypothesis.given(full_inks())
def test_the_longest_side_of_the_ink_is_20_pixels_and_the_aspect_is_kept(ink: Pixels) -> None:
    height, width = ink_box(normalize([ink])[0])
    assert max(height, width) == 20
    scale = 20 / max(ink.shape)
    assert abs(height - max(1, ink.shape[0] * scale)) <= 0.5
    assert abs(width - max(1, ink.shape[1] * scale)) <= 0.5


@hypothesis.given(full_inks())
def test_the_center_of_mass_is_in_the_middle_unless_the_edge_is_in_the_way(ink: Pixels) -> None:
    digit = normalize([ink])[0]
    for axis, center in zip((0, 1), center_of_mass(digit), strict=True):
        profile = digit.any(axis=1 - axis)
        at_the_edge = bool(profile[0] or profile[-1])
        assert abs(center - 14.0) <= 0.5 + 1e-9 or at_the_edge


@hypothesis.given(full_inks(), st.tuples(*[st.integers(0, 40)] * 4))
def test_where_the_ink_is_on_the_paper_changes_nothing(ink: Pixels, margins: tuple[int, ...]) -> None:
    top, bottom, left, right = margins
    moved = np.pad(ink, ((top, bottom), (left, right)))
    assert (normalize([moved]) == normalize([ink])).all()


@hypothesis.given(full_inks(largest=20), st.integers(2, 5), st.booleans())
def test_magnifying_a_digit_of_20_pixels_changes_nothing(ink: Pixels, times: int, upright: bool) -> None:
    ink = np.pad(ink, ((0, 20 - len(ink)), (0, 0)) if upright else ((0, 0), (0, 20 - ink.shape[1])))
    ink[-1, -1] = 255
    magnified = np.kron(ink, np.ones((times, times), np.uint8))
    assert (normalize([magnified]) == normalize([ink])).all()


@hypothesis.given(full_inks(), st.integers(2, 4))
def test_the_size_of_the_picture_hardly_matters(ink: Pixels, times: int) -> None:
    hypothesis.assume(max(ink.shape) >= 20)  # below, it is drawn from points, above from areas
    small, large = normalize([ink])[0], normalize([np.kron(ink, np.ones((times, times), np.uint8))])[0]
    shifts = [np.roll(large, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert min(np.abs(shifted.astype(int) - small).max() for shifted in shifts) <= 2


@hypothesis.given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=50)))
def test_any_picture_gives_a_digit_and_is_left_as_it_was(picture: Pixels) -> None:
    before = picture.copy()
    digits = normalize([picture])
    assert digits.shape == (1, 28, 28)
    assert digits.dtype == np.uint8
    assert (picture == before).all()
    assert digits.any() or max(picture.shape) > 20 or not picture.any()


@pytest.mark.parametrize("times", [1, 3])
def test_normalizing_twice_is_normalizing_once(sample: Dataset, times: int) -> None:
    magnified = np.kron(sample.digits[:500], np.ones((1, times, times), np.uint8))
    once = normalize(magnified)
    assert (normalize(once) == once).all()
    assert (once == sample.digits[:500]).all()


# the corners


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (300, 7), (0, 0), (0, 5), (5, 0)])
def test_a_blank_picture_gives_a_blank_digit(shape: tuple[int, int]) -> None:
    assert not normalize([np.zeros(shape, np.uint8)]).any()


def test_many_pictures_of_any_size_are_brought_one_by_one() -> None:
    generator = np.random.default_rng(0)
    sizes = generator.integers(1, 90, (20, 2))
    pictures = [generator.integers(0, 256, size, dtype=np.uint8) for size in sizes]
    one_by_one = np.concatenate([normalize([picture]) for picture in pictures])
    assert (normalize(pictures) == one_by_one).all()
    assert normalize([]).shape == (0, 28, 28)


def test_a_view_of_a_picture_is_read_as_what_it_shows() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 40), dtype=np.uint8)
    for view in (picture.T, picture[::-1, ::-1], picture[::2, 3:30:3], np.asfortranarray(picture)):
        assert (normalize([view]) == normalize([np.ascontiguousarray(view)])).all()


def test_a_single_dot_becomes_a_square_of_20_pixels_in_the_middle() -> None:
    dot = np.zeros((50, 50), np.uint8)
    dot[3, 45] = 255
    digit = normalize([dot])[0]
    assert ink_box(digit) == (20, 20)
    assert (digit[4:24, 4:24] == 255).all()


@pytest.mark.parametrize(("shape", "box"), [((400, 1), (20, 1)), ((1, 400), (1, 20)), ((3, 1), (20, 7))])
def test_a_line_stays_a_line(shape: tuple[int, int], box: tuple[int, int]) -> None:
    assert ink_box(normalize([np.full(shape, 255, np.uint8)])[0]) == box


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28)),
        np.zeros((28, 28), bool),
        np.zeros((28, 28, 3), np.uint8),
        np.zeros(784, np.uint8),
        [[0, 255], [255, 0]],
        None,
    ],
)
def test_what_is_no_grey_picture_is_told(picture: Any) -> None:
    with pytest.raises(DataError, match=r"must be a uint8 array of shape \(height, width\)"):
        normalize([picture])


@pytest.mark.parametrize("other", [None, 5, "7", b"7"])
def test_what_is_no_pictures_is_told(other: Any) -> None:
    with pytest.raises(DataError, match=f"ink 255 on paper 0, got {type(other).__name__}"):
        normalize(other)


# strokes


def pen(width: int, *, grey: int = 255, side: int = 100) -> Pixels:
    """A 7 of `side` pixels, drawn with a pen of this width."""
    ink = np.zeros((side + 80, side + 80), np.uint8)
    points = np.array([(40, 40), (40 + 7 * side // 10, 40), (40 + 3 * side // 10, 40 + side)], np.int32)
    cv2.polylines(ink, [points], False, grey, width, cv2.LINE_AA)
    return ink


def matched(ink: Pixels) -> float:
    """Return the width of the strokes once they are matched, in pixels of a 28×28 digit."""
    return stroke_width(match_stroke(ink) > 127) / STROKE_SCALE


@pytest.mark.parametrize("width", [2, 3, 5])
def test_a_thin_stroke_becomes_thicker(width: int) -> None:
    assert matched(pen(width)) > 1.3 * width / STROKE_SCALE
    assert matched(pen(width)) == pytest.approx(STROKE_RANGE[0], abs=0.35)


@pytest.mark.parametrize("width", [18, 22, 28])
def test_a_thick_stroke_becomes_thinner(width: int) -> None:
    assert matched(pen(width)) < 0.85 * width / STROKE_SCALE
    assert matched(pen(width)) == pytest.approx(STROKE_RANGE[1], abs=0.35)


@pytest.mark.parametrize("side", [40, 100, 400])
def test_strokes_are_measured_by_the_size_of_the_digit(side: int) -> None:
    assert matched(pen(side // 8, side=side)) == pytest.approx(2.05, abs=0.35)


def test_usual_digits_stay_about_as_they_are(sample: Dataset) -> None:
    digits = sample.digits[:300]
    again = normalize([match_stroke(digit) for digit in digits])
    similar = [float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in zip(digits, again, strict=True)]
    assert np.median(similar) > 0.93
    assert np.quantile(similar, 0.05) > 0.8


def test_grey_ink_is_brought_to_full_contrast() -> None:
    faint, full = match_stroke(pen(10, grey=70)), match_stroke(pen(10))
    assert faint.max() == full.max() == 255
    assert faint.shape == full.shape
    assert np.abs(faint.astype(int) - full).mean() < 3


def test_the_matched_ink_has_a_longest_side_of_about_100_pixels_and_keeps_its_aspect() -> None:
    for height, width in [(30, 10), (400, 100), (7, 20)]:
        ink = np.full((height, width), 255, np.uint8)
        rows, columns = ink_box(match_stroke(ink))
        assert max(rows, columns) <= 110
    tall = ink_box(match_stroke(pen(10)))
    assert tall[0] == pytest.approx(100, abs=6)
    assert tall[1] / tall[0] == pytest.approx(80 / 110, abs=0.08)


@hypothesis.given(ink=full_inks())
def test_any_ink_can_be_matched_and_is_still_there(ink: Pixels) -> None:
    before = ink.copy()
    found = match_stroke(ink)
    assert found.dtype == np.uint8
    assert found.max() > 127
    assert (ink == before).all()


def test_a_picture_without_ink_stays_without() -> None:
    assert match_stroke(np.zeros((20, 20), np.uint8)).size == 0
    assert match_stroke(np.zeros((0, 5), np.uint8)).size == 0


@pytest.mark.parametrize("width", [2, 4, 8, 15])
def test_the_width_of_a_stroke_is_measured_to_about_a_tenth(width: int) -> None:
    mask = pen(width, side=400) > 127
    assert stroke_width(mask) == pytest.approx(width, abs=max(1.0, 0.1 * width))
    assert stroke_width(mask.astype(np.uint8)) == stroke_width(mask)


def test_no_ink_has_strokes_of_no_width() -> None:
    assert stroke_width(np.zeros((9, 9), bool)) == 0


# blanks


def test_a_digit_is_blank_unless_a_pixel_of_it_is_half_full_of_ink(sample: Dataset) -> None:
    assert not find_blank(sample.digits).any()
    levels = np.zeros((3, 28, 28), np.uint8)
    levels[1:, 3, 4] = 127, 128
    assert find_blank(levels).tolist() == [True, True, False]
    assert find_blank(levels[:0]).shape == (0,)


def test_no_stroke_is_wider_than_its_picture() -> None:
    full = np.ones((30, 400), bool)
    assert stroke_width(full) == 30
