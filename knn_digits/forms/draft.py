"""A blank or filled form -> a proposed template: boxes, combs and lines to write on, in reading order."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.blank import NEAR, Print, find_ink, find_print, straighten
from knn_digits.forms.photographed import lay_flat
from knn_digits.forms.place import find_marks
from knn_digits.forms.records import FREE, LIKE, Field, Rect, Template, TemplatePage
from knn_digits.forms.ruled import CROSSED, HIGH, LINE, drawn_on, find_runs
from knn_digits.forms.strokes import SPECK
from knn_digits.reports.canvas import write

PAPERS = ((210.0, 297.0), (215.9, 279.4))  # mm: A4, letter
UNKNOWN = 210.0  # mm: the width of a page of no such shape
WIDE = (2.5, 180.0)  # mm
FULL = 0.82  # of the rectangle around it: the paper within a box
BOX_ASPECT = 1.4  # width over height, at most, of a box for one digit
LEVEL = 0.35  # of a box's height: boxes of a row differ by less
GAP = 0.6  # of a box's width with its walls: what is farther apart is another field
STRAIGHT = 0.5  # of each side of a box, at least, is where a straight one is
EDGE = 0.05  # of a box's shorter side: how far within its sides may lie
ACROSS = 0.95  # of the width of all print: a longer line parts what is above it from what is below
BESIDE = 1.5  # mm: what is nearer adjoins, a rule and the paper beside it
INSIDE = 0.1  # of a box's shorter side: ink within is as far from its walls
SMALL = 0.5  # of a box's height: print in it is lower, what is written in it is mostly higher
SPACE = 7.0  # mm: room above a line, unless something is nearer
COLOR = (200, 30, 60)
NAME, ABOVE = 2.0, 1.5  # mm: how high names are drawn, and how far above their field


def draft(*pictures: Pixels, name: str = "form", resolution: float | None = None) -> Template:
    """Propose a template from pages, (height, width, 3) uint8 RGB each; `resolution` is in pixels a mm."""
    drafts = [_draft_page(picture, resolution) for picture in pictures]
    fields = [replace(one, page=page) for page, (_, own) in enumerate(drafts, 1) for one in own]
    return Template(
        name=name,
        unit="mm",
        pages=tuple(replace(one, picture=f"{name}-{page}.png") for page, (one, _) in enumerate(drafts, 1)),
        fields=tuple(replace(field, name=f"field{number}") for number, field in enumerate(fields, 1)),
    )


def _draft_page(picture: Pixels, resolution: float | None) -> tuple[TemplatePage, list[Field]]:
    height, width = picture.shape[:2]
    size = _size(width, height, resolution)
    scale = width / size[0]
    found = find_print(picture, scale, *HIGH)
    order = sorted(_places(found, scale), key=lambda one: (round(one[0][1] / 4), one[0][0]))
    fields = [Field(name="", box=box, cells=cells, digits=FREE) for box, cells in order]
    marks = find_marks(picture) if fields else None
    page = TemplatePage(
        picture="", width=size[0], height=size[1],
        marks=() if marks is None else tuple(tuple(mark) for mark in (marks / scale).tolist()),
    )  # fmt: skip
    return page, fields


def find_filled(picture: Pixels, template: Template, page: int = 1) -> list[str]:
    """Return the names of the fields of a page that is drafted in which something stands on its picture."""
    scale = picture.shape[1] / template.pages[page - 1].width
    ink = find_ink(picture, scale)
    places = ((field.name, field.cells or (field.box,)) for field in template.on_page(page))
    return [name for name, boxes in places if any(_is_filled(box, ink, scale) for box in boxes)]


def _is_filled(box: Rect, ink: Mask, scale: float) -> bool:
    """Tell whether something as high as writing stands in a box."""
    found = _print_in(box, ink, scale)
    return found is not None and found[1] - found[0] > SMALL


def lay_straight(picture: Pixels, resolution: float | None = None) -> Pixels:
    """Return the picture of a form, alone and turned so that its rules lie along its sides."""
    sheet = lay_flat(picture)
    height, width = sheet.shape[:2]
    return straighten(sheet, width / _size(width, height, resolution)[0])


def lies_on_its_side(picture: Pixels, resolution: float | None = None) -> bool:
    """Tell whether print runs along the columns: most letters are nearest to one above or below.

    Which way up it stands, if it runs along the rows, is not told.
    """
    height, width = picture.shape[:2]
    scale = width / _size(width, height, resolution)[0]
    found = cv2.connectedComponentsWithStats(find_ink(picture, scale).astype(np.uint8), connectivity=8)
    longer = found[2][:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1) / scale
    letters = found[3][(longer > LINE[1]) & (longer < HIGH[0])]
    if len(letters) < 2:
        return False
    nearest = letters[KDTree(letters).query(letters, k=2)[1][:, 1]]
    across, down = np.abs(nearest - letters).T
    return bool(np.median(down - across) > 0)


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
    """Return width and height of the page in mm; a mm is as many pixels high as wide."""
    if resolution:
        return round(width / resolution, 2), round(height / resolution, 2)
    for short, long in PAPERS:
        for across, down in ((short, long), (long, short)):
            if abs(height / width * across / down - 1) < LIKE:
                return across, round(across * height / width, 2)
    return UNKNOWN, round(UNKNOWN * height / width, 2)


def _places(found: Print, scale: float) -> list[tuple[Rect, tuple[Rect, ...]]]:
    """Return the boxes of fields, each with its cells."""
    ink = found.ink
    boxes = _find_boxes(found, scale)
    rows = [part for row in _rows(boxes, found.faint, scale) for part in _parted(row, found, scale)]
    rows = [row for row in rows if len(row) > 1 or not _is_head(row[0], boxes, ink, scale)]
    combs = [_comb(row, ink, scale) for row in rows]
    dashes = _dashes(found.faint, boxes, scale)
    frames = _enclosed(found.ink, scale)  # boxes may stand in them
    lines = _lines(found, [*boxes, *frames, *(box for box, _ in dashes)], scale)
    return [*combs, *dashes, *lines]


def _find_boxes(found: Print, scale: float) -> list[Rect]:
    """Return boxes to write in: those of clear print, of faint print, and areas of another shade."""
    ruled = drawn_on(found.ink, scale) | drawn_on(found.ink.T, scale).T
    boxes: list[Rect] = []
    for print_ in (found.ink | ruled, found.faint | ruled, found.edges):
        empty = print_ is found.edges
        for box in _innermost(_boxes(print_, scale)):
            taken = any(_overlap(box, other) for other in boxes)
            if not taken and _is_light(box, found.dark, scale, empty=empty):
                boxes.append(box)
    return sorted(boxes, key=lambda box: (box[1], box[0]))


def _boxes(ink: Mask, scale: float) -> list[Rect]:
    """Return what print encloses that is as large as a box to write in."""
    return [box for box in _enclosed(ink, scale) if box[2] <= WIDE[1] and box[3] <= HIGH[1]]


def _enclosed(ink: Mask, scale: float) -> list[Rect]:
    """Return paper that print encloses as a box, print in it or not, in mm, in reading order."""
    _, places, stats, _ = cv2.connectedComponentsWithStats((~ink).astype(np.uint8), connectivity=4)
    boxes = []
    for label, (left, top, width, height, _) in enumerate(stats.tolist()):
        wide, high = width / scale, height / scale
        if not label or wide < WIDE[0] or high < HIGH[0]:
            continue
        paper = _filled(places[top : top + height, left : left + width] == label)
        if paper.mean() >= FULL and _has_straight_sides(paper):
            boxes.append((left / scale, top / scale, wide, high))
    return sorted(boxes, key=lambda box: (box[1], box[0]))


def _filled(paper: Mask) -> Mask:
    """Return connected paper with what it encloses."""
    outlines, _ = cv2.findContours(paper.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = np.zeros(paper.shape, np.uint8)
    return np.asarray(cv2.drawContours(whole, outlines, -1, 1, cv2.FILLED) > 0)


def _innermost(boxes: Sequence[Rect]) -> list[Rect]:
    """Return the boxes that enclose no other."""
    return [box for box in boxes if not any(other is not box and _encloses(box, other) for other in boxes)]


def _encloses(box: Rect, other: Rect) -> bool:
    return all(box[k] <= other[k] and other[k] + other[k + 2] <= box[k] + box[k + 2] for k in (0, 1))


def _overlap(box: Rect, other: Rect) -> bool:
    return all(max(box[k], other[k]) < min(box[k] + box[k + 2], other[k] + other[k + 2]) for k in (0, 1))


def _is_light(box: Rect, dark: Mask, scale: float, *, empty: bool) -> bool:
    """Tell whether a pen could be seen in a box, in which nothing is printed if it is `empty`."""
    rows = slice(round(box[1] * scale), round((box[1] + box[3]) * scale))
    columns = slice(round(box[0] * scale), round((box[0] + box[2]) * scale))
    if dark[rows, columns].mean() > 1 - FULL:
        return False
    return not empty or _print_in(box, dark, scale) is None


def _has_straight_sides(paper: Mask) -> bool:
    """Tell a box, the corners of which may be round, from what a letter encloses."""
    edge = max(1, round(EDGE * min(paper.shape)))
    sides = paper[:edge], paper[-edge:], paper[:, :edge].T, paper[:, -edge:].T
    return all(side.any(axis=0).mean() >= STRAIGHT for side in sides)


def _rows(boxes: Sequence[Rect], ink: Mask, scale: float) -> list[list[Rect]]:
    """Return boxes beside each other together, if each is for one digit."""
    rows: list[list[Rect]] = []
    for box in sorted(boxes, key=lambda one: one[0]):
        fitting = [row for row in rows if _continues(row[-1], box, ink, scale)]
        if fitting:
            fitting[0].append(box)
        else:
            rows.append([box])
    return rows


def _continues(last: Rect, box: Rect, ink: Mask, scale: float) -> bool:
    high = last[3]
    small = max(box[2] / box[3], last[2] / last[3]) <= BOX_ASPECT
    same = abs(box[1] - last[1]) < LEVEL * high and abs(box[3] - high) < LEVEL * high
    alike = small and same and abs(box[2] - last[2]) < LEVEL * last[2]
    if not alike or box[0] < last[0] + last[2]:
        return False
    gap = _paper_between(last, box, ink, scale)
    return gap < GAP * (box[0] - last[0] - gap)


def _paper_between(last: Rect, box: Rect, ink: Mask, scale: float) -> float:
    """Return how many mm of paper are between two boxes beside each other, without their walls."""
    top, bottom = (round((last[1] + share * last[3]) * scale) for share in (0.25, 0.75))
    between = ink[top : bottom + 1, round((last[0] + last[2]) * scale) : round(box[0] * scale)]
    paper = np.flatnonzero(between.mean(axis=0) < STRAIGHT)  # a mark amid it widens no wall
    return float((paper[-1] - paper[0] + 1) / scale) if len(paper) else 0.0


def _comb(row: Sequence[Rect], ink: Mask, scale: float) -> tuple[Rect, tuple[Rect, ...]]:
    """Return the box around a row, and its cells; none where it is one wide box."""
    left, top = min(box[0] for box in row), min(box[1] for box in row)
    right, bottom = max(box[0] + box[2] for box in row), max(box[1] + box[3] for box in row)
    single = len(row) == 1 and row[0][2] > BOX_ASPECT * row[0][3]
    around = (left, top, right - left, bottom - top)
    return around, _between_teeth(row[0], ink, scale) if single else tuple(row)


def _between_teeth(box: Rect, ink: Mask, scale: float) -> tuple[Rect, ...]:
    """Return the cells of a comb: short strokes in even steps on one of the long walls of a box part them."""
    edge, left, wide = INSIDE * box[3], round(box[0] * scale), round(box[2] * scale)
    for first in (box[1] + edge, box[1] + box[3] - 2 * edge):
        strip = ink[max(0, round(first * scale)) : max(0, round((first + edge) * scale)), left : left + wide]
        cells = _even_cells(np.asarray(strip.all(axis=0)), box, scale) if strip.size else ()
        if cells:
            return cells
    return ()


def _even_cells(teeth: NDArray[np.bool_], box: Rect, scale: float) -> tuple[Rect, ...]:
    """Return what lies between teeth, if that is a row of boxes for single digits."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], teeth, [False]]).astype(np.int8)))
    starts, stops, thick = changes[::2], changes[1::2], LINE[1] * scale
    first, last = starts <= thick, stops >= len(teeth) - thick  # they end it and part nothing
    inner = ~(first | last)
    lefts = np.append(stops[first][-1:] if first.any() else 0, stops[inner]) / scale
    rights = np.append(starts[inner], starts[last][:1] if last.any() else len(teeth)) / scale
    cells = [
        (float(box[0] + one), box[1], float(other - one), box[3])
        for one, other in zip(lefts, rights, strict=True)
    ]
    widths = rights - lefts
    thin = bool((stops - starts <= thick).all())
    even = bool((np.abs(widths - np.median(widths)) < LEVEL / 2 * np.median(widths)).all())
    narrow = WIDE[0] <= float(np.median(widths)) <= BOX_ASPECT * box[3]
    return tuple(cells) if len(cells) > 1 and thin and even and narrow else ()


def _print_in(box: Rect, ink: Mask, scale: float) -> tuple[float, float] | None:
    """Return where the ink within the walls of a box begins and ends, of its height; None: there is none."""
    edge = INSIDE * min(box[2:])
    rows = slice(round((box[1] + edge) * scale), round((box[1] + box[3] - edge) * scale))
    inside = ink[rows, round((box[0] + edge) * scale) : round((box[0] + box[2] - edge) * scale)]
    stats = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)[2][1:]
    clear = stats[stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1) >= SPECK * box[3] * scale]
    if not len(clear):
        return None
    top, bottom = (
        clear[:, cv2.CC_STAT_TOP].min(),
        (clear[:, cv2.CC_STAT_TOP] + clear[:, cv2.CC_STAT_HEIGHT]).max(),
    )
    first, last = ((edge + place / scale) / box[3] for place in (top, bottom))
    return float(first), float(last)


def _parted(row: Sequence[Rect], found: Print, scale: float) -> list[list[Rect]]:
    """Return the parts of a row of boxes by printed marks between or in them: no digit stands so alone."""
    taken = [True, *(_print_in(box, found.ink, scale) is not None for box in row), True]
    parts: list[list[Rect]] = [[]]
    for place, box in enumerate(row, 1):
        if place > 1 and _is_mark_between(row[place - 2], box, found, scale):
            parts.append([])
        if taken[place] and not taken[place - 1] and not taken[place + 1]:
            parts.append([])
        else:
            parts[-1].append(box)
    return [part for part in parts if part]


def _is_mark_between(last: Rect, box: Rect, found: Print, scale: float) -> bool:
    """Tell whether something dark is printed between two places beside each other, and touches neither."""
    rows = slice(round(last[1] * scale), round((last[1] + last[3]) * scale))
    columns = slice(round((last[0] + last[2]) * scale), round(box[0] * scale))
    between, dark = found.ink[rows, columns], found.dark[rows, columns]
    _, places, stats, _ = cv2.connectedComponentsWithStats(between.astype(np.uint8), connectivity=8)
    left, width = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    apart = (left > 0) & (left + width < between.shape[1])
    clear = np.maximum(width, stats[:, cv2.CC_STAT_HEIGHT]) >= SPECK * last[3] * scale
    return bool((apart & clear)[places[dark & between]].any())


def _is_head(box: Rect, boxes: Sequence[Rect], ink: Mask, scale: float) -> bool:
    """Tell whether a box is a cell of a table with small print in its middle."""
    found = _print_in(box, ink, scale)
    if found is None or found[1] - found[0] > SMALL or not found[0] < 0.5 < found[1]:
        return False
    return any(_adjoin(box, other) for other in boxes)


def _adjoin(box: Rect, other: Rect) -> bool:
    """Tell whether two boxes have a wall in common."""
    gaps = [max(box[k], other[k]) - min(box[k] + box[k + 2], other[k] + other[k + 2]) for k in (0, 1)]
    return min(gaps) < -BESIDE and 0 <= max(gaps) < BESIDE


def _dashes(ink: Mask, boxes: Sequence[Rect], scale: float) -> list[tuple[Rect, tuple[Rect, ...]]]:
    """Return the room above short lines of one length in even steps, one for each digit."""
    across = np.ones((1, round(HIGH[0] * scale)), np.uint8)
    short = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, across)
    stats = cv2.connectedComponentsWithStats(short, connectivity=8)[2]
    cells = []
    for left, top, width, height, _ in stats[1:].tolist():
        place = left / scale, top / scale, width / scale
        if height > LINE[1] * scale or place[2] >= LINE[0] or any(_beside(box, *place) for box in boxes):
            continue
        side = round(EDGE * 2 * width)  # walls may stand at its ends
        inner = left + side, width - 2 * side
        room = _room(ink, *inner, top, scale)
        if room >= HIGH[0] and _is_clear(ink, inner, top + height, round(LINE[1] * scale)):
            cells.append((place[0], place[1] - room, place[2], room))
    return [_comb(row, ink, scale) for row in filter(lambda row: len(row) > 2, _rows(cells, ink, scale))]


def _is_clear(ink: Mask, across: tuple[int, int], top: int, high: int) -> bool:
    """Tell whether paper lies below a line, so many pixels; if not, it is of a line of print."""
    left, width = across
    below = ink[top + 1 : top + high, left : left + width]
    return bool(below.any(axis=0).mean() <= CROSSED)


def _lines(found: Print, boxes: Sequence[Rect], scale: float) -> list[tuple[Rect, tuple[Rect, ...]]]:
    """Return the room above lines that are no sides of boxes and part nothing, with cells between teeth."""
    ink = found.ink
    _, stats, crossed = find_runs(found.faint, LINE[0], scale)
    printed = np.flatnonzero(ink.any(axis=0))
    most = ACROSS * np.ptp(printed) if len(printed) else 0.0
    places = []
    for run, strokes in list(zip(stats[:, :4].tolist(), crossed, strict=True))[1:]:
        left, top, width, height = run
        aside = any(_beside(box, left / scale, top / scale, width / scale) for box in boxes)
        if height <= LINE[1] * scale and width <= most and not aside:
            places += _above(ink, run, float(strokes), scale)
    return places


def _above(
    ink: Mask, run: Sequence[int], strokes: float, scale: float
) -> list[tuple[Rect, tuple[Rect, ...]]]:
    """Return the room above a line, and its cells; nothing where it is of letters, as `strokes` cross it."""
    left, top, width, height = run
    place = left / scale, top / scale, width / scale
    teeth = _between_teeth((place[0], place[1] - SPACE, place[2], SPACE), ink, scale)
    if (not teeth and strokes > CROSSED) or not _is_clear(ink, (left, width), top + height, NEAR):
        return []
    steps = [(round(cell[0] * scale) + 1, round(cell[2] * scale) - 2) for cell in teeth] or [(left, width)]
    room = min(_room(ink, *step, top, scale) for step in steps)
    if room < HIGH[0]:
        return []
    cells = tuple((first, place[1] - room, wide, room) for first, _, wide, _ in teeth)
    return [((place[0], place[1] - room, place[2], room), cells)]


def _beside(box: Rect, left: float, top: float, width: float) -> bool:
    """Tell whether a line is a side of a box."""
    level = min(abs(top - box[1]), abs(top - box[1] - box[3])) < BESIDE
    return level and box[0] - BESIDE < left + width and left < box[0] + box[2] + BESIDE


def _room(ink: Mask, left: int, width: int, top: int, scale: float) -> float:
    """Return how many mm above a line are free, at most `SPACE`."""
    most = round(SPACE * scale)
    above = np.asarray(ink[max(0, top - most) : max(0, top - 2), left : left + width].any(axis=1))
    taken = np.flatnonzero(above)
    return (min(top, most) if not len(taken) else int(len(above) - 1 - taken[-1])) / scale
