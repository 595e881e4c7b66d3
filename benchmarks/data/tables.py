"""A seed and a pool -> a table or a sudoku as people photograph it, with the text of every cell.

Sheets, pens and cameras are those of `benchmarks.data.pages`.
"""

import json
import pathlib
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.data.pages import camera, surfaces, view
from benchmarks.data.pages.forms import FILLED, ruled
from benchmarks.data.pages.ink import Points, Random
from benchmarks.data.pages.pool import Pool
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Picture, Sheet
from benchmarks.data.pages.view import View
from benchmarks.data.pages.writing import PENS
from benchmarks.data.table_cells import Grid, fill_cells, put_row
from knn_digits.arrays import Pixels

TRUTH = pathlib.Path(__file__).with_suffix(".json")  # the texts of the cells of photos
SINGLE = ("sudoku", "grid")  # kinds whose cells hold one digit at most
USUAL = (600.0, 1600.0)  # pixels: the longer side
LONG = {"sudoku": (450.0, 1400.0), "grid": USUAL, "table": USUAL, "dense": (2400.0, 3200.0)}
SLIM = (-0.4, 0.4)  # log of height over width
TALL = {"sudoku": SLIM, "grid": SLIM, "table": SLIM, "dense": (0.1, 0.35)}
CAPTURES = {"photo": 0.7, "scan": 0.2, "bilevel": 0.1}
LYING = 0.4  # of photos: the sheet is seen whole, on something
TURNED = 0.15  # of sudokus: by a quarter or more
BY_HAND = 0.3  # of tables and sudokus: the rules
SHAKEN = 0.03  # of a cell: how far a rule drawn by hand is off
RULED = {"all": 0.6, "inner": 0.25, "outer rows": 0.15}  # which rules a table has
STRENGTH = (0.25, 1.0)  # of full ink: a rule
GIVEN = (0.25, 0.5)  # of a sudoku's cells: printed
SOLVED = (0.0, 0.3, 0.6, 1.0)  # of the others: written
UNEVEN = 0.35  # of a column's width, standard deviation


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnTable:
    """A drawn table and what stands in it."""

    pixels: Pixels  # (height, width, 3) uint8: red, green, blue
    texts: tuple[tuple[str, ...], ...]  # of the cells, row by row; `UNKNOWN` for words
    printed: tuple[tuple[bool, ...], ...]
    corners: Points  # (4, 2), column and row on the picture as it stands upright, clockwise
    quarters: int  # by which it is turned, counter-clockwise
    kind: str


def photo_texts() -> dict[str, list[list[str]]]:
    """Return the texts of the cells of photos, by the photo's name."""
    stored = json.loads(TRUTH.read_text(encoding="utf-8"))["photos"]
    return {
        name: [["" if text == "." else text for text in row] for row in rows] for name, rows in stored.items()
    }


def photo_print() -> dict[str, list[list[bool]]]:
    """Return which cells of photos of sudokus hold printed digits, by the photo's name."""
    stored = json.loads(TRUTH.read_text(encoding="utf-8"))["printed"]
    return {name: [[text != "." for text in row] for row in rows] for name, rows in stored.items()}


def distance(found: Points, drawn: Points, shape: tuple[int, int]) -> float:
    """Return how far a table's corners (4, 2) are off, in cells: one of half a cell or more is of others."""
    wide, high = (np.hypot(*(drawn[at] - drawn[0])) for at in (1, 3))
    return float(np.abs(found - drawn).max() / min(wide / shape[1], high / shape[0]))


def draw_table(
    seed: int,
    *,
    digits: Pool,
    kind: str = "table",
    shape: tuple[int, int] | None = None,
    rules: str | None = None,
) -> DrawnTable:
    """Draw a table.

    Parameters
    ----------
    seed : int
        The same seed gives the same table, where the same fonts are at hand.
    digits : Pool
        What is written with.
    kind : str
        "table", "sudoku", "grid" of single digits, or "dense": a scan of many small cells.
    shape : (rows, columns), optional
        By chance otherwise; of a sudoku 9 × 9.
    rules : str, optional
        Of a table: "all", "inner", "outer rows", "frame" or "none"; one of the first three otherwise.
    """
    random = np.random.default_rng([seed, len(kind)])
    capture = "scan" if kind == "dense" else str(random.choice(list(CAPTURES), p=list(CAPTURES.values())))
    look = _look(kind, capture, random)
    paper = surfaces.paper(look.sheet_height, look.sheet_width, random)
    color = (0.08, 0.08, 0.09) if random.random() < 0.8 else tuple(random.uniform(0.1, 0.5, 3))
    sheet = Sheet(paper, look.area)
    scene = Scene(sheet=sheet, pool=digits, pens=PENS, print_color=color, random=random)
    grid = _sudoku(scene) if kind == "sudoku" else _table(scene, shape or _shape(kind, random), kind, rules)
    page = camera.CAPTURES[capture](_lay(scene.sheet.pixels, look, random), random)
    quarters = int(random.integers(1, 4)) if kind == "sudoku" and random.random() < TURNED else 0
    return DrawnTable(
        pixels=np.ascontiguousarray(np.rot90(page, quarters)),
        texts=tuple(map(tuple, grid.texts)),
        printed=tuple(map(tuple, grid.printed)),
        corners=cv2.perspectiveTransform(grid.corners[None], look.matrix)[0],
        quarters=quarters,
        kind=kind,
    )


def _shape(kind: str, random: Random) -> tuple[int, int]:
    if kind == "dense":
        return int(random.integers(30, 50)), int(random.integers(15, 28))
    return int(random.integers(3, 15)), int(random.integers(2, 11))


def _look(kind: str, capture: str, random: Random) -> View:
    long = float(np.exp(random.uniform(*np.log(LONG[kind]))))
    tall = float(np.exp(random.uniform(*TALL[kind])))
    height, width = round(long * min(1, tall)), round(long / max(1, tall))
    if capture != "photo":
        return view.close(height, width, random, lean=0.0)
    if random.random() < LYING:
        return view.lying(height, width, random)
    return view.close(height, width, random)


def _lay(pixels: Picture, look: View, random: Random) -> Picture:
    """Return the sheet as it lies before the camera."""
    size = (look.width, look.height)
    over = cv2.warpPerspective(pixels, look.matrix, size, borderMode=cv2.BORDER_REPLICATE)
    if not look.whole:
        return np.asarray(over, np.float32)
    under = surfaces.around(look.height, look.width, random)
    cover = cv2.warpPerspective(np.ones(pixels.shape[:2], np.float32), look.matrix, size)[..., None]
    return np.asarray(under * (1 - cover) + over * cover, np.float32)


def solved_sudoku(random: Random) -> list[list[int]]:
    """Return a sudoku that is filled in by the rules."""
    bands = [3 * band + row for band in random.permutation(3) for row in random.permutation(3)]
    stacks = [3 * stack + column for stack in random.permutation(3) for column in random.permutation(3)]
    names = random.permutation(9) + 1
    return [[int(names[(3 * (row % 3) + row // 3 + column) % 9]) for column in stacks] for row in bands]


def _sudoku(scene: Scene) -> Grid:
    side = min(scene.width, scene.height) * scene.random.uniform(0.6, 1.0)
    left = scene.sheet.area[0] + (scene.width - side) * scene.random.random()
    top = scene.sheet.area[1] + (scene.height - side) * scene.random.random()
    columns, rows = (list(np.linspace(start, start + side, 10)) for start in (left, top))
    grid = Grid(scene=scene, columns=columns, rows=rows)
    by_hand = scene.chance(BY_HAND)
    lines = ruled(scene, columns, rows, shake=SHAKEN * side / 9 if by_hand else 0.0)
    width, strength = scene.hair(), scene.random.uniform(*STRENGTH)
    scene.sheet.rules(lines, scene.print_color, width=width, strength=strength)
    thick = lines[0:10:3] + lines[10::3]
    scene.sheet.rules(thick, scene.print_color, width=width * scene.random.uniform(1.0, 3), strength=1)
    _fill_sudoku(grid, side / 9, by_hand=by_hand and scene.chance(0.7))
    return grid


def _fill_sudoku(grid: Grid, side: float, *, by_hand: bool) -> None:
    scene = grid.scene
    hand = scene.hand(side * scene.random.uniform(*FILLED))
    font = scene.print(side * scene.random.uniform(0.55, 0.95))
    given, written = scene.random.uniform(*GIVEN), float(scene.random.choice(SOLVED))
    for numbers, areas in zip(solved_sudoku(scene.random), grid.cells, strict=True):
        printed = [not by_hand and scene.chance(given) for _ in numbers]
        kept = [one or scene.chance(max(written, given if by_hand else 0.0)) for one in printed]
        texts = [str(n) if there else "" for n, there in zip(numbers, kept, strict=True)]
        put_row(scene, (hand, font), areas, texts, printed)
        grid.texts.append(texts)
        grid.printed.append(printed)


def _table(scene: Scene, shape: tuple[int, int], kind: str, rules: str | None) -> Grid:
    down, across = shape
    least = (0.92, 0.92) if kind == "dense" else (0.75, 0.6)
    wide = scene.width * scene.random.uniform(least[0], 1.0)
    high = scene.height * scene.random.uniform(least[1], 1.0)
    left = scene.sheet.area[0] + (scene.width - wide) * scene.random.random()
    top = scene.sheet.area[1] + (scene.height - high) * scene.random.random()
    uneven = 0.0 if kind != "table" or scene.chance(0.5) else UNEVEN
    widths = np.exp(scene.random.normal(0, uneven, across)) if uneven else np.ones(across)
    columns = [*(left + wide * np.concatenate([[0], np.cumsum(widths / widths.sum())]))]
    grid = Grid(scene=scene, columns=columns, rows=list(np.linspace(top, top + high, down + 1)))
    _rule(grid, high / down, rules)
    fill_cells(grid, kind)
    return grid


def _rule(grid: Grid, side: float, rules: str | None) -> None:
    scene = grid.scene
    shake = SHAKEN * side if scene.chance(BY_HAND) else 0.0
    lines: list[Points] = ruled(scene, grid.columns, grid.rows, shake=shake)
    upright, level = lines[: len(grid.columns)], lines[len(grid.columns) :]
    kind = str(scene.random.choice(list(RULED), p=list(RULED.values())))
    outer = [upright[0], upright[-1], level[0], level[-1]]
    kept = {
        "all": lines,
        "inner": upright[1:-1] + level[1:-1],
        "outer rows": [*upright, level[0], level[-1]],
        "frame": outer,
        "none": [],
    }[rules or (kind if min(len(upright), len(level)) > 3 else "all")]
    width, strength = scene.hair() * scene.random.uniform(0.5, 1), scene.random.uniform(*STRENGTH)
    if kept:
        scene.sheet.rules(kept, scene.print_color, width=width, strength=strength)
