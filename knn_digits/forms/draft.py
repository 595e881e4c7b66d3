"""A blank or filled form -> a proposed template: boxes, combs and lines to write on, in reading order."""

from collections.abc import Sequence

import cv2
import numpy as np

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.corners import find_corner_marks
from knn_digits.forms.flat import darkness
from knn_digits.forms.records import FREE, Field, Rect, Template, TemplatePage
from knn_digits.reports.canvas import write

PAPERS = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}  # mm; others of their shape are called so, too
LIKE = 0.015  # how far a picture's height over width may be from that of a paper
UNKNOWN = 210.0  # mm: the width of a page of no such shape
PRINT = 0.15  # darkness: print is darker
HIGH = (4.5, 25.0)  # mm: a box for digits
WIDE = (2.5, 180.0)  # mm
FULL = 0.82  # of the rectangle around it: the paper within a box
BOX_ASPECT = 1.4  # width over height, at most, of a box for one digit
LEVEL = 0.35  # of a box's height: boxes of a row differ by less
GAP = 0.6  # of a box's width: what is farther apart is another field
LINE = (12.0, 1.2)  # mm: a line to write on is as long at least, and as thick at most
SPACE = 7.0  # mm: room above a line, unless something is nearer
CLEAR = 0.5  # mm: room left below what is above a line
COLOR = (200, 30, 60)
NAME, ABOVE = 2.0, 1.5  # mm: how high names are drawn, and how far above their field


def draft(picture: Pixels, *, name: str = "form", resolution: float | None = None) -> Template:
    """Propose a template from a page, (height, width, 3) uint8 RGB; `resolution` is in pixels a mm."""
    height, width = picture.shape[:2]
    size = _size(width, height, resolution)
    scale = width / size[0]
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    ink = darkness(grey, round(6 * scale)) > PRINT
    boxes = _boxes(ink, scale)
    rows = _rows(boxes)
    found = [*(_comb(row) for row in rows), *((line, ()) for line in _lines(ink, boxes, scale))]
    order = sorted(found, key=lambda one: (round(one[0][1] / 4), one[0][0]))
    fields = tuple(
        Field(name=f"field{number}", box=box, cells=cells, digits=FREE)
        for number, (box, cells) in enumerate(order, 1)
    )
    marks = find_corner_marks(ink)
    page = TemplatePage(
        picture=f"{name}-1.png", width=size[0], height=size[1],
        marks=() if marks is None else tuple(tuple(mark) for mark in (marks / scale).tolist()),
    )  # fmt: skip
    return Template(name=name, unit="mm", pages=(page,), fields=fields)


def draw(picture: Pixels, template: Template, page: int = 1) -> Pixels:
    """Return the page with its fields drawn and named, and the marks in its corners."""
    drawn = picture.copy()
    about = template.pages[page - 1]
    across, down = picture.shape[1] / about.width, picture.shape[0] / about.height
    thick = max(1, round(picture.shape[1] / 800))
    fields = template.on_page(page)
    for box in (*about.marks, *(cell for field in fields for cell in field.cells or (field.box,))):
        corner = round(box[0] * across), round(box[1] * down)
        other = round((box[0] + box[2]) * across), round((box[1] + box[3]) * down)
        cv2.rectangle(drawn, corner, other, COLOR, thick)
    for field in fields:
        place = round(field.box[0] * across), round((field.box[1] - ABOVE) * down)
        write(drawn, field.name, place, height=NAME * down, color=COLOR)
    return drawn


def _size(width: int, height: int, resolution: float | None) -> tuple[float, float]:
    """Return width and height of the page in mm."""
    if resolution:
        return round(width / resolution, 2), round(height / resolution, 2)
    for short, long in PAPERS.values():
        for across, down in ((short, long), (long, short)):
            if abs(height / width * across / down - 1) < LIKE:
                return across, down
    return UNKNOWN, round(UNKNOWN * height / width, 2)


def _boxes(ink: Mask, scale: float) -> list[Rect]:
    """Return paper that print encloses as a box, in mm, in reading order."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((~ink).astype(np.uint8), connectivity=4)
    boxes = []
    for left, top, width, height, area in stats[1:].tolist():
        wide, high = width / scale, height / scale
        if HIGH[0] <= high <= HIGH[1] and WIDE[0] <= wide <= WIDE[1] and area >= FULL * width * height:
            boxes.append((left / scale, top / scale, wide, high))
    return sorted(boxes, key=lambda box: (box[1], box[0]))


def _rows(boxes: Sequence[Rect]) -> list[list[Rect]]:
    """Return boxes beside each other together, if each is for one digit."""
    rows: list[list[Rect]] = []
    for box in sorted(boxes, key=lambda one: one[0]):
        fitting = [row for row in rows if _continues(row[-1], box)]
        if fitting:
            fitting[0].append(box)
        else:
            rows.append([box])
    return rows


def _continues(last: Rect, box: Rect) -> bool:
    high = last[3]
    small = max(box[2] / box[3], last[2] / last[3]) <= BOX_ASPECT
    same = abs(box[1] - last[1]) < LEVEL * high and abs(box[3] - high) < LEVEL * high
    apart = box[0] - last[0] - last[2]
    return small and same and abs(box[2] - last[2]) < LEVEL * last[2] and 0 <= apart < GAP * last[2]


def _comb(row: Sequence[Rect]) -> tuple[Rect, tuple[Rect, ...]]:
    """Return the box around a row, and its cells; none where it is one wide box."""
    left, top = min(box[0] for box in row), min(box[1] for box in row)
    right, bottom = max(box[0] + box[2] for box in row), max(box[1] + box[3] for box in row)
    single = len(row) == 1 and row[0][2] > BOX_ASPECT * row[0][3]
    return (left, top, right - left, bottom - top), () if single else tuple(row)


def _lines(ink: Mask, boxes: Sequence[Rect], scale: float) -> list[Rect]:
    """Return the room above lines that are no sides of boxes, in mm."""
    long = np.ones((1, round(LINE[0] * scale)), np.uint8)
    rules = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, long)
    _, _, stats, _ = cv2.connectedComponentsWithStats(rules, connectivity=8)
    found = []
    for left, top, width, height, _ in stats[1:].tolist():
        if height > LINE[1] * scale or any(_beside(box, left / scale, top / scale) for box in boxes):
            continue
        room = _room(ink, left, top, width, round(SPACE * scale))
        if room / scale >= HIGH[0]:
            found.append((left / scale, (top - room) / scale, width / scale, room / scale))
    return found


def _beside(box: Rect, left: float, top: float) -> bool:
    """Tell whether a line is a side of a box."""
    near = 1.5  # mm: a rule and the paper beside it
    level = min(abs(top - box[1]), abs(top - box[1] - box[3])) < near
    return level and box[0] - box[2] < left + near * 100 and left < box[0] + box[2] + near


def _room(ink: Mask, left: int, top: int, width: int, most: int) -> int:
    """Return how many rows above a line are free."""
    above = np.asarray(ink[max(0, top - most) : max(0, top - 2), left : left + width].any(axis=1))
    taken = np.flatnonzero(above)
    return min(top, most) if not len(taken) else int(len(above) - 1 - taken[-1])
