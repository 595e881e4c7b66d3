"""Digits of other hands that no bundled model holds -> sample photos of a sum, a date, a table and a sudoku.

Run as `python -m benchmarks.data.jobs --hands DIR [--output FOLDER]`.
"""

import json
import pathlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.data.forms.pools import sample_pool
from benchmarks.data.pages import camera, surfaces, view
from benchmarks.data.pages.forms import cells, print_in, ruled, write_in
from benchmarks.data.pages.ink import Pen
from benchmarks.data.pages.pool import Pool
from benchmarks.data.pages.scene import Scene
from benchmarks.data.pages.sheet import Sheet
from benchmarks.data.pages.writing import PENS, Hand
from benchmarks.script import Parser, run

QUALITY = 80  # of JPEG
PEN = 0.07  # of a digit's height: its width
BLUE, BLACK = (0.13, 0.17, 0.5), (0.08, 0.08, 0.09)  # red, green, blue
RAISED, SMALLER = 0.6, 0.55  # of a digit's height: how high an exponent stands, and how large it is
SUM = ("141+85-73\u00d742", "2.5\u00d74=10", "(7+8)÷3=5", "8^2-6^2=28")
LETTER = ("Please write the date and the", "amount that you have paid", "into the line below.")
DATE = ("12/05/2024", "307.50")
TABLE = (
    ("12", "3.5", "", "87"),
    ("-7", "40", "0.5", "6"),
    ("305", "", "91", "-18"),
    ("24", "7.25", "8", "560"),
)
GIVEN = (
    *("53..7....", "6..195...", ".98....6."),
    *("8...6...3", "4..8.3..1", "7...2...6"),
    *(".6....28.", "...419..5", "....8..79"),
)
WRITTEN = (
    *("..4......", ".7.......", "1........"),
    *(".........", ".........", "....2...."),
    *(".........", "2........", "........."),
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A sheet that is filled in, and what is written on it."""

    fill: Callable[[Scene], None]
    truth: dict[str, list[str] | list[list[str]]]
    height: int  # pixels
    width: int
    seed: int


def write_sum(scene: Scene) -> None:
    """Write lines of sums."""
    hand = _hand(scene, scene.height / 11)
    for number, text in enumerate(SUM):
        _write(scene, hand, text, scene.at(0.08, 0.2 + 0.24 * number))


def write_date(scene: Scene) -> None:
    """Print a paragraph, and write a date and an amount below it."""
    font = scene.print(scene.height / 16)
    for number, text in enumerate(LETTER):
        font.write(scene.sheet, text, scene.at(0.05, 0.05 + 0.09 * number))
    hand = _hand(scene, scene.height / 8)
    for number, text in enumerate(DATE):
        _write(scene, hand, text, scene.at(0.1, 0.55 + 0.28 * number))


def write_table(scene: Scene) -> None:
    """Rule a table, and write numbers with signs in its cells."""
    columns, rows = (list(np.linspace(scene.at(a, a)[k], scene.at(b, b)[k], 5)) for k, a, b in _SIDES)
    scene.sheet.rules(ruled(scene, columns, rows), BLACK, width=2.0, strength=0.8)
    hand = _hand(scene, 0.45 * (rows[1] - rows[0]))
    for areas, texts in zip(cells(columns, rows), TABLE, strict=True):
        for area, text in zip(areas, texts, strict=True):
            if text:
                write_in(scene, hand, area, text)


_SIDES = ((0, 0.03, 0.97), (1, 0.05, 0.95))  # columns and rows: the first and the last, of the area


def write_sudoku(scene: Scene) -> None:
    """Print a sudoku, and write some of its digits."""
    side = 0.94 * min(scene.width, scene.height)
    left, top = scene.at(0.03, 0.03)
    columns, rows = (list(np.linspace(start, start + side, 10)) for start in (left, top))
    lines = ruled(scene, columns, rows)
    scene.sheet.rules(lines, BLACK, width=1.5, strength=0.8)
    scene.sheet.rules(lines[0:10:3] + lines[10::3], BLACK, width=3.5, strength=1)
    hand, font = _hand(scene, 0.55 * side / 9), scene.print(0.75 * side / 9)
    for areas, given, written in zip(cells(columns, rows), GIVEN, WRITTEN, strict=True):
        for area, printed, text in zip(areas, given, written, strict=True):
            if printed != ".":
                print_in(scene, font, area, printed, counted=True)
            elif text != ".":
                write_in(scene, hand, area, text)


def _hand(scene: Scene, height: float) -> Hand:
    pen = Pen(color=BLUE, width=PEN * height, pressure=0.9, grain=0.1, gaps=0.0)
    return Hand(scene.pool, pen, height, scene.random)


def _write(scene: Scene, hand: Hand, text: str, place: tuple[float, float]) -> None:
    """Write a line, what follows ^ raised."""
    column, row = place
    for part in re.split(r"(\^\d)", text):
        raised = part.startswith("^")
        up, height = (RAISED, SMALLER) if raised else (0.0, 1.0)
        at = (column, row - up * hand.height)
        column = hand.write(scene.sheet, part.removeprefix("^"), at, height=height * hand.height)


def photograph(job: Job, pool: Pool) -> np.ndarray:
    """Return the photo of a job, (height, width, 3) uint8 RGB."""
    random = np.random.default_rng(job.seed)
    look = view.close(job.height, job.width, random)
    sheet = Sheet(surfaces.paper(look.sheet_height, look.sheet_width, random), look.area)
    scene = Scene(sheet=sheet, pool=pool, pens=PENS, print_color=BLACK, random=random)
    job.fill(scene)
    seen = cv2.warpPerspective(
        sheet.pixels, look.matrix, (job.width, job.height), borderMode=cv2.BORDER_REPLICATE
    )
    return camera.photograph(np.asarray(seen, np.float32), random)


def _solved() -> list[str]:
    return [
        "".join(max(given, written) for given, written in zip(*rows, strict=True))
        for rows in zip(GIVEN, WRITTEN, strict=True)
    ]


JOBS = {
    "sum.jpg": Job(fill=write_sum, truth={"tokens": list(SUM)}, height=700, width=1000, seed=23),
    "date.jpg": Job(fill=write_date, truth={"tokens": list(DATE)}, height=700, width=1000, seed=2),
    "table.jpg": Job(
        fill=write_table, truth={"cells": [list(row) for row in TABLE]}, height=700, width=1000, seed=1
    ),
    "sudoku.jpg": Job(fill=write_sudoku, truth={"grid": _solved()}, height=900, width=900, seed=1),
}


def main(arguments: Sequence[str]) -> None:
    """Write the photos and their truth."""
    parser = Parser(description=__doc__)
    parser.add_argument("--hands", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("samples/jobs"))
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    pool = sample_pool(options.hands)
    truth = []
    for name, job in JOBS.items():
        pixels = photograph(job, pool)
        coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        (options.output / name).write_bytes(coded.tobytes())
        truth.append({"file": name, **job.truth, "source": "knn-digits/samples", "license": "MIT"})
    (options.output / "truth.json").write_text(
        json.dumps(truth, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    print(options.output)


if __name__ == "__main__":
    run(main)
