"""A seed and a pool -> a page and its marks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.data.pages import (
    camera,
    empty,
    extras,
    forms,
    layouts,
    mixed,
    numbered,
    signed,
    sums,
    surfaces,
    view,
)
from benchmarks.data.pages.ink import SEEN, Ink, Random, Range
from benchmarks.data.pages.pool import Pool
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Color, Picture, Placed, Sheet
from benchmarks.data.pages.view import Matrix, View
from benchmarks.data.pages.writing import CHALK, LIGHT, PENS, PenKind
from knn_digits.arrays import Pixels

Box = tuple[int, int, int, int]  # left, top, width, height in pixels
INSIDE = 0.9  # of its ink: how much of a digit must be on the page for it to be text


@dataclass(frozen=True, kw_only=True)
class DrawnMark:
    """Something that stands on a page."""

    label: int | None  # 0 to 9 for a digit of the text, None for anything else
    box: Box  # pixels of the page
    printed: bool
    text: str = ""  # what it is, as far as it is known: a digit, a sign, a letter, a printed word


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A drawn page and all that is known of it."""

    pixels: Pixels  # (height, width, 3) uint8: red, green, blue
    marks: tuple[DrawnMark, ...]
    lines: tuple[str, ...]  # the digits of the text, in the order of reading
    ordered: bool  # whether the lines have an order
    kind: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of page."""

    fill: Callable[[Scene], None]
    share: float  # of all pages
    long: Range = (500.0, 1500.0)  # pixels: the longer side
    tall: Range = (0.6, 1.5)  # height over width
    ruled: float = 0.15  # chance of ruled or squared paper
    extras: float = 0.12  # chance of doodles, words or a stamp beside the text
    board: float = 0.08  # chance of light ink on dark


KINDS: Mapping[str, Kind] = {
    "single": Kind(fill=layouts.single, share=0.07, long=(150, 1000), extras=0, ruled=0.1, board=0.2),
    "tiny": Kind(
        fill=layouts.single, share=0.04, long=(28, 90), tall=(0.9, 1.2), extras=0, ruled=0, board=0.3
    ),
    "line": Kind(fill=layouts.line, share=0.15, tall=(0.3, 1.2)),
    "lines": Kind(fill=layouts.lines, share=0.12, long=(500, 2000), ruled=0.3),
    "scattered": Kind(fill=layouts.scattered, share=0.06),
    "sums": Kind(fill=sums.sums, share=0.08, ruled=0.3),
    "equations": Kind(fill=sums.equations, share=0.09, ruled=0.35),
    "notes": Kind(fill=layouts.notes, share=0.08, ruled=0.4),
    "printed": Kind(fill=layouts.printed, share=0.06, long=(700, 1800), ruled=0, board=0),
    "table": Kind(fill=forms.table, share=0.07, long=(500, 1600), board=0.04),
    "dense": Kind(fill=forms.dense, share=0.03, long=(1400, 2400), board=0, ruled=0),
    "sudoku": Kind(fill=forms.sudoku, share=0.04, tall=(0.9, 1.5), board=0, ruled=0, extras=0),
    "form": Kind(fill=forms.form, share=0.06, long=(600, 1600), board=0, ruled=0),
    "empty": Kind(fill=empty.words, share=0.02, board=0.05, ruled=0.4),
    "string": Kind(fill=layouts.string, share=0.06, long=(100, 500), tall=(0.3, 0.9), extras=0, ruled=0.1),
    "word": Kind(fill=empty.word, share=0.04, long=(100, 500), tall=(0.3, 0.9), extras=0, ruled=0.1),
    "surface": Kind(fill=empty.nothing, share=0.03),
    "signed": Kind(fill=signed.signed, share=0, long=(200, 1500), tall=(0.3, 1.2)),  # drawn where it is named
    "code": Kind(fill=mixed.code, share=0, long=(150, 1000), tall=(0.2, 0.7), extras=0),  # as these are, too
    "stamped": Kind(fill=mixed.stamped, share=0, tall=(0.5, 1.2)),
    "exercises": Kind(fill=numbered.exercises, share=0, ruled=0.4),
    "labelled": Kind(fill=numbered.labelled, share=0, long=(150, 1000), tall=(0.2, 0.7)),
    "blotted": Kind(fill=mixed.blotted, share=0, tall=(0.5, 1.2)),
}
CAPTURES = {"photo": 0.7, "scan": 0.12, "screen": 0.1, "bilevel": 0.08}
SMALL = 100.0  # pixels: the longer side of pictures that are drawn rather than photographed
HAND_SIZED = 300  # pixels: the longer side of pictures with room for a finger
FOLDED, HELD = 0.12, 0.06  # of photos: with a fold, and with a finger
WHOLE = 0.25  # of photographed pages: the sheet is seen whole


def draw_page(seed: int, *, digits: Pool, kind: str | None = None) -> Page:
    """Draw a page.

    Parameters
    ----------
    seed : int
        The same seed gives the same page, where the same fonts are at hand.
    digits : Pool
        What is written with.
    kind : str, optional
        One of `KINDS`; chosen by chance otherwise.
    """
    random = np.random.default_rng(seed)
    names, shares = list(KINDS), np.array([one.share for one in KINDS.values()])
    chosen = str(random.choice(names, p=shares / shares.sum()))
    kind = kind or chosen
    capture = str(random.choice(list(CAPTURES), p=list(CAPTURES.values())))
    if KINDS[kind].long[1] < SMALL:
        capture = "screen" if random.random() < 0.7 else "scan"
    look = _choose_view(KINDS[kind], capture, random)
    scene = _make_scene(KINDS[kind], look, digits, random, capture=capture)
    KINDS[kind].fill(scene)
    if random.random() < KINDS[kind].extras:
        extras.add_extras(scene)
    return _capture(scene, look, capture, kind)


def _choose_view(kind: Kind, capture: str, random: Random) -> View:
    long = np.exp(random.uniform(*np.log(kind.long)))
    tall = np.exp(random.uniform(*np.log(kind.tall)))
    height, width = round(long * min(1, tall)), round(long / max(1, tall))
    if capture == "screen" or long < SMALL:
        return view.straight(height, width, random)
    if capture == "photo" and random.random() < WHOLE and kind.long[1] > 1000:
        return view.lying(height, width, random)
    return view.close(height, width, random, lean=view.LEAN if capture == "photo" else 0.0)


def _make_scene(kind: Kind, look: View, pool: Pool, random: Random, *, capture: str) -> Scene:
    height, width = look.sheet_height, look.sheet_width
    pens: Mapping[str, PenKind] = PENS
    color: Color = (0.08, 0.08, 0.09) if random.random() < 0.8 else tuple(random.uniform(0.1, 0.5, 3))
    dark = random.random() < kind.board and capture != "bilevel"
    if dark and (capture == "screen" or long_side(look) < SMALL):
        paper, pens, color = surfaces.plain(height, width, (0.0, 0.0, 0.0)), {"light": LIGHT}, (0.9, 0.9, 0.9)
    elif dark:
        paper, pens, color = surfaces.board(height, width, random), {"chalk": CHALK}, (0.85, 0.85, 0.8)
    elif capture == "screen":
        paper = surfaces.plain(height, width, (1.0, 1.0, 1.0))
    else:
        paper = surfaces.paper(height, width, random)
    sheet = Sheet(paper, look.area)
    if random.random() < kind.ruled and not dark:
        surfaces.rule_paper(sheet, random, max(height, width) * random.uniform(*surfaces.PITCH))
    return Scene(sheet=sheet, pool=pool, pens=pens, print_color=color, random=random)


def long_side(look: View) -> int:
    """Return the longer side of the page in pixels."""
    return max(look.height, look.width)


def _capture(scene: Scene, look: View, capture: str, kind: str) -> Page:
    page, hidden = _expose(scene, look, capture)
    seen = [(mark, _seen(mark, look, hidden)) for mark in scene.sheet.marks]
    marks = [(mark, one) for mark, one in seen if one]
    return Page(
        pixels=camera.CAPTURES[capture](page, scene.random),
        marks=tuple(one for _, one in marks),
        lines=_lines([(mark, one) for mark, one in marks if one.label is not None]),
        ordered=scene.sheet.ordered,
        kind=kind,
    )


def _expose(scene: Scene, look: View, capture: str) -> tuple[Picture, Pixels]:
    """Return the page as it lies before the camera, and where a finger hides it (1)."""
    random, pixels = scene.random, scene.sheet.pixels
    by_hand = capture == "photo"
    if by_hand and random.random() < FOLDED:
        pixels = camera.fold(pixels, random)
    page = _lay(pixels, look, random)
    if by_hand and long_side(look) > HAND_SIZED and random.random() < HELD:
        return camera.finger(page, random)
    return page, np.zeros(page.shape[:2], np.uint8)


def _lay(pixels: Picture, look: View, random: Random) -> Picture:
    """Return the sheet as it lies in the page, on something where its edges are seen."""
    size = (look.width, look.height)
    if not look.whole:
        if (look.matrix == np.eye(3)).all():
            return pixels
        seen = cv2.warpPerspective(pixels, look.matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.float32)
    under = surfaces.around(look.height, look.width, random)
    over = cv2.warpPerspective(pixels, look.matrix, size)
    cover = cv2.warpPerspective(np.ones(pixels.shape[:2], np.float32), look.matrix, size)[..., None]
    soft = cv2.GaussianBlur(cover, (0, 0), max(look.width, look.height) * 0.01)[..., None]
    return np.asarray(under * (1 - 0.4 * soft) * (1 - cover) + over, np.float32)


def _seen(mark: Placed, look: View, hidden: Pixels) -> DrawnMark | None:
    """Return a mark as it is on the page; None where nothing of it is seen."""
    place = np.array([[1, 0, mark.left], [0, 1, mark.top], [0, 0, 1.0]])
    ink, left, top = _warp(mark.ink, look.matrix @ place)
    whole = ink > SEEN * max(float(mark.ink.max()), 0.05)
    first, last = max(0, -top), max(0, -left)
    on = whole[first : max(first, look.height - top), last : max(last, look.width - left)]
    there = hidden[max(0, top) :, max(0, left) :][: on.shape[0], : on.shape[1]]
    on = on & (there == 0)
    x, y, width, height = cv2.boundingRect(on.astype(np.uint8))
    if not width:
        return None
    text = mark.label is not None and on.sum() >= INSIDE * whole.sum()
    box = (max(0, left) + x, max(0, top) + y, width, height)
    return DrawnMark(label=mark.label if text else None, box=box, printed=mark.printed, text=mark.text)


def _warp(ink: Ink, matrix: Matrix) -> tuple[Picture, int, int]:
    """Return warped ink, and the column and row of the page where it begins."""
    height, width = ink.shape
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    placed = cv2.perspectiveTransform(corners, matrix)[0]
    left, top = np.floor(placed.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(placed.max(axis=0)).astype(int) + 2
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    warped = cv2.warpPerspective(ink, shift @ matrix, (int(right - left), int(bottom - top)))
    return np.asarray(warped, np.float32), int(left), int(top)


def _lines(marks: list[tuple[Placed, DrawnMark]]) -> tuple[str, ...]:
    """Return the digits of each row of text from left to right."""
    rows: dict[int, list[tuple[int, str]]] = {}
    for placed, mark in marks:
        rows.setdefault(placed.row, []).append((placed.left, str(mark.label)))
    return tuple("".join(label for _, label in sorted(rows[row])) for row in sorted(rows))
