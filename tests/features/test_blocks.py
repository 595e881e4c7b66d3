import itertools
from typing import Any

import hypothesis
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import strategies as st

from knn_digits.arrays import Digits
from knn_digits.errors import UsageError
from knn_digits.features import describe_feature, make_feature
from knn_digits.features.blocks import Blocks

DIVISORS = {20: (1, 2, 4, 5, 10, 20), 28: (1, 2, 4, 7, 14, 28)}
GRIDS = sorted(
    set(itertools.product(DIVISORS[20], repeat=2)) | set(itertools.product(DIVISORS[28], repeat=2))
)


def count_slowly(digits: Digits, *, rows: int, columns: int, ink: str) -> list[list[int]]:
    """Return the blocks' ink, pixel by pixel."""
    side = 20 if 20 % rows == 20 % columns == 0 else 28
    margin = (28 - side) // 2
    vectors = []
    for digit in digits.tolist():
        vector = [0] * (rows * columns)
        for row in range(side):
            for column in range(side):
                block = (row * rows // side) * columns + column * columns // side
                value = digit[margin + row][margin + column]
                vector[block] += value if ink == "grey" else int(value > 0)
        vectors.append(vector)
    return vectors


@hypothesis.given(
    grid=st.sampled_from(GRIDS),
    ink=st.sampled_from(["count", "grey"]),
    digits=hnp.arrays(np.uint8, (2, 28, 28), elements=st.integers(0, 255), fill=st.sampled_from([0, 1, 255])),
)
def test_the_blocks_are_those_of_a_count_pixel_by_pixel(
    grid: tuple[int, int], ink: str, digits: Digits
) -> None:
    rows, columns = grid
    expected = count_slowly(digits, rows=rows, columns=columns, ink=ink)
    assert Blocks(rows=rows, columns=columns, ink=ink)(digits).tolist() == expected


def test_the_textbooks_grid_is_5_rows_by_4_columns_of_the_central_square() -> None:
    digit = np.zeros((1, 28, 28), np.uint8)
    digit[0, 4, 4] = 1  # the faintest ink, in the first block
    digit[0, 23, 23] = 255  # the last block
    digit[0, 3, :] = digit[0, :, 24] = 255  # outside the central 20×20
    vector = Blocks()(digit)[0]
    assert vector.tolist() == [1, *[0] * 18, 1]
    assert Blocks(ink="grey")(digit)[0].tolist() == [1, *[0] * 18, 255]


@pytest.mark.parametrize(
    ("grid", "window"),
    [((5, 4), 20), ((1, 1), 20), ((2, 4), 20), ((20, 20), 20), ((7, 7), 28), ((7, 4), 28), ((28, 1), 28)],
)
def test_the_grid_lies_over_the_central_square_if_it_fits_there(grid: tuple[int, int], window: int) -> None:
    assert Blocks(rows=grid[0], columns=grid[1]).window == window


@pytest.mark.parametrize(
    "grid",
    [
        (0, 4),
        (-5, 4),
        (3, 3),
        (5, 7),
        (7, 5),
        (10, 14),
        (21, 1),
        (29, 29),
        (5.0, 4),
        (True, 1),
        ("5", 4),
        (None, 1),
    ],
)
def test_a_grid_that_does_not_fit_is_told_with_the_rule(grid: tuple[Any, Any]) -> None:
    rows, columns = grid
    with pytest.raises(UsageError) as caught:
        Blocks(rows=rows, columns=columns)
    assert str(caught.value) == (
        f"a grid of {rows!r}x{columns!r} does not fit: rows and columns must both divide "
        "20 (such as 5x4, 10x10) or both divide 28 (such as 7x7, 14x14)"
    )


def test_exactly_the_grids_that_divide_one_square_are_allowed() -> None:
    allowed = []
    for rows, columns in itertools.product(range(31), repeat=2):
        try:
            Blocks(rows=rows, columns=columns)
        except UsageError:
            continue
        allowed.append((rows, columns))
    assert allowed == GRIDS


@pytest.mark.parametrize("ink", ["", "Count", "sum", None, 1])
def test_another_word_for_the_ink_is_told_with_those_allowed(ink: Any) -> None:
    with pytest.raises(UsageError, match=rf"^ink must be one of count, grey, got {ink!r}$"):
        Blocks(ink=ink)


def test_options_that_are_not_the_defaults_come_back_too() -> None:
    feature = Blocks(rows=14, columns=7, ink="grey")
    assert make_feature(**describe_feature(feature)) == feature
    with pytest.raises(UsageError, match="does not fit"):
        make_feature("blocks", {"rows": 3})


def test_the_sums_of_the_darkest_digit_are_exact() -> None:
    digit = np.full((1, 28, 28), 255, np.uint8)
    assert Blocks(rows=1, columns=1, ink="grey")(digit).tolist() == [[400 * 255]]
