"""Stage 1: boxes -> lines of boxes in reading order, each followed from left to right as it drifts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knn_digits.photo.boxes import Boxes
from knn_digits.photo.numbers import numbers_of
from knn_digits.ranks import median

NUMBERS = numbers_of(__name__)
# of the usual height: marks this near tell the slope of their lines; blocks are farther apart
NEXT: float = NUMBERS["NEXT"]


def find_lines(boxes: Boxes) -> list[list[int]]:
    """Return the rows of boxes (n, 4), line by line, from top to bottom and left to right.

    Where an empty column parts two blocks that stand beside each other, and whose lines do not stand at the
    same heights, one is read after the other; where most do, they are the columns of a table, and read row by
    row.
    """
    if not len(boxes):
        return []
    blocks = _find_blocks(boxes)
    return [[int(block[row]) for row in line] for block in blocks for line in _lines_of_block(boxes[block])]


def _find_blocks(boxes: Boxes) -> list[NDArray[np.intp]]:
    """Return the rows of the boxes of each block, from left to right."""
    order = np.argsort(boxes[:, 0], kind="stable")
    ends = np.maximum.accumulate(boxes[order, 0] + boxes[order, 2])
    usual = usual_height(boxes[:, 3].astype(np.float64))
    gaps = boxes[order[1:], 0] - ends[:-1]
    slope = find_slope(boxes) if (gaps > NEXT * usual).any() else 0.0
    for place in np.argsort(-gaps, kind="stable").tolist():
        if gaps[place] <= NEXT * usual:
            break
        sides = order[: place + 1], order[place + 1 :]
        if _stand_apart(boxes[sides[0]], boxes[sides[1]], slope):
            return [side[block] for side in sides for block in _find_blocks(boxes[side])]
    return [np.arange(len(boxes))]


def _stand_apart(left: Boxes, right: Boxes, slope: float) -> bool:
    """Tell whether two blocks stand beside each other, most lines of that with fewer at other heights.

    So they must on the page as it lies, and along lines that fall by `slope`, rows per column: pages lie
    askew, but a hand may fall on a level page, too.
    """
    height = usual_height(np.concatenate([left[:, 3], right[:, 3]]).astype(np.float64))
    return all(
        _at_other_heights(_line_levels(left, fall), _line_levels(right, fall), height)
        for fall in (0.0, slope)
    )


def _at_other_heights(one: NDArray[np.float64], other: NDArray[np.float64], height: float) -> bool:
    """Tell whether most of the fewer lines stand at other heights, but not all above or all below."""
    few, many = sorted((one, other), key=len)
    if few.max() < many.min() or many.max() < few.min():
        return False
    away = np.abs(few[:, None] - many).min(axis=1)
    return bool((away > height / 2).mean() > 0.5)


def _line_levels(boxes: Boxes, slope: float) -> NDArray[np.float64]:
    """Return the rows of the middles of the lines, brought to column 0 along the slope."""
    x, y = _centers(boxes)
    return np.array([(y[line] - slope * x[line]).mean() for line in _lines_of_block(boxes)])


def _lines_of_block(boxes: Boxes) -> list[list[int]]:
    x, y, heights = *_centers(boxes), boxes[:, 3]
    levels = y - find_slope(boxes) * x  # rows of centers, brought to column 0 along the slope
    lines: list[list[int]] = []
    for row in np.argsort(boxes[:, 0], kind="stable").tolist():
        ends = [line[-1] for line in lines]  # where each line has got to
        away = np.abs(levels[row] - levels[ends])
        best = int(np.argmin(away)) if lines else 0
        if lines and away[best] <= (heights[row] + heights[ends[best]]) / 2:  # it shares rows with that mark
            lines[best].append(row)
        else:
            lines.append([row])
    return sorted(_with_raised(boxes, lines), key=lambda line: float(levels[line].mean()))


def _with_raised(boxes: Boxes, lines: Sequence[list[int]]) -> list[list[int]]:
    """Return the lines, what is a line by itself but raised beside a mark of another behind that mark."""
    kept = [list(line) for line in lines if len(line) > 1]
    alone = [line[0] for line in lines if len(line) == 1]
    for row in sorted(alone, key=lambda row: int(boxes[row, 0])):
        places = (
            (line, place)
            for line in kept
            for place, base in enumerate(line, 1)
            if is_raised(boxes[row], boxes[base])
        )
        line, place = next(places, ([], 0))
        line.insert(place, row)
        if not place:
            kept.append(line)
    return kept


def is_raised(box: NDArray[np.int64], base: NDArray[np.int64]) -> bool:
    """Tell whether a mark is raised beside another: smaller, near it, and all of it above its middle.

    Near is what is nearer than the two are high in the mean.
    """
    gap, above = box[0] - base[0] - base[2], base[1] - box[1] - box[3]
    near = -base[2] / 2 < gap <= (box[3] + base[3]) / 2 and above <= box[3]
    return bool(near and box[3] < base[3] and -above <= base[3] / 2)


def find_slope(boxes: Boxes) -> float:
    """Return the usual rise, in rows per column, from a box to the next one in its row; below 45 degrees."""
    if not len(boxes):
        return 0.0
    usual = usual_height(boxes[:, 3].astype(np.float64))
    x, y = _centers(boxes)
    rises = []
    for column, row in zip(x, y, strict=True):  # one by one, as all pairs at once would fill the memory
        across, down = x - column, y - row
        in_row = (across < NEXT * usual) & (abs(down) < across)
        if in_row.any():
            following = int(np.where(in_row, np.hypot(across, down), np.inf).argmin())
            rises.append(down[following] / across[following])
    return float(median(rises)) if rises else 0.0


def usual_height(heights: NDArray[np.float64]) -> float:
    """Return the median weighted by the square of the heights: a page has more crumbs than digits."""
    ordered = np.sort(heights)
    weights = (ordered**2).cumsum()
    return float(ordered[np.searchsorted(weights, weights[-1] / 2)])


def _centers(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
