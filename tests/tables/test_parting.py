import numpy as np
import pytest

from knn_digits.tables.parting import Strip, part_strips

STEP = 40.0  # pixels from line to line


def strips(lines: tuple[int, ...], *, columns: int, wander: float, full: float = 0.85) -> list[Strip]:
    """Return strips with so many lines each, whose marks stand so far from them, of a line's step."""
    random, top, found = np.random.default_rng(0), 0.0, []
    for count in lines:
        places = [(k, c) for k in range(count) for c in range(columns) if random.random() < full]
        middles = [top + STEP * (k + 0.5 + random.normal(0, wander)) for k, _ in places]
        held = np.array([column for _, column in places])
        found.append(Strip(top=top, bottom=top + STEP * count, middles=np.array(middles), columns=held))
        top += STEP * count
    return found


@pytest.mark.parametrize(
    ("lines", "columns"), [((5, 5, 5, 5), 25), ((1, 9), 12), ((2, 2, 2), 6), ((1, 1, 1), 4)]
)
@pytest.mark.parametrize("wander", [0.05, 0.18])
def test_lines_between_rules_are_told_though_marks_leave_no_gap(
    lines: tuple[int, ...], columns: int, wander: float
) -> None:
    found = part_strips(strips(lines, columns=columns, wander=wander), usual=0.6 * STEP, across=columns)
    assert [len(one) + 1 for one in found] == list(lines)


def test_lines_at_uneven_steps_part_half_way_between_them() -> None:
    middles, columns = np.tile([20.0, 60, 160], 8), np.repeat(np.arange(8), 3)
    (found,) = part_strips([Strip(top=0, bottom=200, middles=middles, columns=columns)], usual=20, across=8)
    np.testing.assert_allclose(found, [40, 110])


def test_dirt_and_a_mark_in_pieces_are_no_line() -> None:
    random = np.random.default_rng(1)
    rows = strips((1,) * 9, columns=8, wander=0.05)
    middles = np.concatenate([rows[3].middles, rows[3].top + STEP * np.array([0.2, 0.22])])
    columns = np.concatenate([rows[3].columns, random.integers(0, 8, 2)])
    rows[3] = Strip(top=rows[3].top, bottom=rows[3].bottom, middles=middles, columns=columns)
    assert [len(one) for one in part_strips(rows, usual=0.3 * STEP, across=8)] == [0] * 9


def test_a_strip_without_marks_is_one_row() -> None:
    none = np.zeros(0)
    (found,) = part_strips(
        [Strip(top=0, bottom=90, middles=none, columns=none.astype(int))], usual=9, across=3
    )
    assert len(found) == 0
