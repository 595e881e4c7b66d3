"""Probabilities of the digits in a sudoku's cells -> the likeliest filling that breaks no rule."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIDE, BOX = 9, 3
MOST = 200_000  # fillings that are looked at, at most
FEWEST = 17  # digits: of fewer no sudoku has one solution

Place = tuple[int, int]  # row, column
Chances = Mapping[Place, NDArray[np.float64]]  # of each cell that is read: (10,) probabilities of its digit


def clashes(rows: Sequence[str]) -> list[Place]:
    """Return the places whose digit stands a second time in its row, column or box.

    Examples
    --------
    >>> clashes(["5...5....", *[9 * "."] * 8])
    [(0, 0), (0, 4)]
    """
    places = [(row, column) for row in range(SIDE) for column in range(SIDE) if rows[row][column].isdigit()]
    return [
        one
        for one in places
        if any(one != other and _meet(one, other) and _at(rows, one) == _at(rows, other) for other in places)
    ]


def may_be_solved(rows: Sequence[str]) -> bool:
    """Tell whether enough digits stand in enough places for a sudoku to have one solution.

    Where two rows of a band of boxes are empty, or two columns, these may be exchanged.

    References
    ----------
    G. McGuire, B. Tugemann, G. Civario (2014), There is no 16-clue sudoku.

    Examples
    --------
    >>> may_be_solved(["123456789", "456789123", "........."] * 3)
    True
    >>> may_be_solved([".........", "456789123", "........."] * 3)
    False
    """
    held = np.array([[text.isdigit() for text in row] for row in rows])
    bands = [lines.reshape(SIDE // BOX, BOX).sum(axis=1) for lines in (held.any(axis=1), held.any(axis=0))]
    return bool(held.sum() >= FEWEST and min(map(min, bands)) >= BOX - 1)


def _at(rows: Sequence[str], place: Place) -> str:
    return rows[place[0]][place[1]]


def _meet(one: Place, other: Place) -> bool:
    """Tell whether two cells may not hold the same digit."""
    (row, column), (y, x) = one, other
    return row == y or column == x or (row // BOX == y // BOX and column // BOX == x // BOX)


def suggest(rows: Sequence[str], chances: Chances) -> tuple[str, ...]:
    """Return the likeliest rows without a clash, of digits in the cells that were read; none without a clash.

    Parameters
    ----------
    rows : sequence of 9 str
        As read.
    chances : mapping
        Of the cells that hold a digit.
    """
    if not clashes(rows):
        return ()
    order = sorted(chances, key=lambda place: -float(chances[place].max()))
    logs = [np.log(np.maximum(chances[place][1:], 1e-4)) for place in order]
    earlier = [[k for k in range(n) if _meet(order[k], order[n])] for n in range(len(order))]
    best = _search(logs, earlier)
    if best is None:
        return ()
    filled = [list(row) for row in rows]
    for (row, column), digit in zip(order, best, strict=True):
        filled[row][column] = str(digit + 1)
    return tuple(map("".join, filled))


def _search(logs: Sequence[NDArray[np.float64]], earlier: Sequence[Sequence[int]]) -> list[int] | None:
    """Return the likeliest digits, 0 to 8, by branch and bound, within so many steps."""
    rest = np.concatenate([np.cumsum([one.max() for one in logs][::-1])[::-1], [0.0]])
    best: tuple[float, list[int]] | None = None
    stack: list[tuple[float, list[int]]] = [(0.0, [])]
    for _ in range(MOST):
        if not stack:
            break
        sum_, chosen = stack.pop()
        n = len(chosen)
        if best is not None and sum_ + rest[n] <= best[0]:
            continue
        if n == len(logs):
            best = sum_, chosen
        else:
            stack += _next(logs[n], (sum_, chosen), earlier[n])
    return None if best is None else best[1]


def _next(
    logs: NDArray[np.float64], way: tuple[float, list[int]], met: Sequence[int]
) -> list[tuple[float, list[int]]]:
    """Return what may follow on a way, the likeliest last."""
    sum_, chosen = way
    taken = {chosen[k] for k in met}
    likeliest_last = np.argsort(logs, kind="stable").tolist()
    return [(sum_ + float(logs[d]), [*chosen, d]) for d in likeliest_last if d not in taken]
