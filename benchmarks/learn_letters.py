"""Drawn pages and fonts -> `letters.json`, which tells lines of letters, words, and digits among them.

Run as `python -m benchmarks.learn_letters`; it asks for no data. Figures are of pages and fonts left out.
"""

import json
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from benchmarks.data.pages import DrawnMark, Page, draw_page, training_pool
from benchmarks.data.pages.printing import WORDS, find_fonts
from benchmarks.script import Parser, progress, run, say
from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Box, Boxes
from knn_digits.photo.candidates import propose_at
from knn_digits.photo.gaps import excess_of
from knn_digits.photo.lines import find_lines
from knn_digits.reading import TINY, find_view
from knn_digits.reading.context import sigmoid
from knn_digits.reading.letters import FILE, Letters, measure_line, stand_in

PAGES = {None: 160, "empty": 40, "printed": 20, "notes": 20, "surface": 40}  # kind, None for any -> how many
FIRST = 8000  # seed of the first of each kind
FOLDS = 5
RIGHT = 0.92  # of the lines told to be of letters: so many are, as of marks that are told to be so probable
SIZES = (12, 60)  # pixels: of print
LINES, LONG = 40, (3, 13)  # lines of each font; words of a line: from, to below
QUANTILES = np.linspace(0.5, 1, 11)
HEIGHTS = np.arange(0.7, 1.0, 0.01)
GAPS = np.arange(0.02, 0.8, 0.01)  # of the usual height
SMALL = "acemnorsuvwxz"  # letters with nothing above or below the others

Table = NDArray[np.float64]


def main(arguments: Sequence[str]) -> None:
    """Learn it and write it."""
    parser = Parser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default=FILE, help="the file (%(default)s)")
    options = parser.parse_args(arguments)
    table, there, pages = learnt_lines()
    weights, start = fit(table, there)
    wrong, limits = compare_heights()
    quantile, height = best(wrong)
    wrong_gaps = compare_gaps()
    told = tell_apart(table, there, pages)
    least = surest(told, there)
    letters = Letters(
        weights=weights,
        start=start,
        least=least,
        quantile=quantile,
        height=height,
        gap=round(widest(wrong_gaps), 2),
    )
    about = {
        "command": "python -m benchmarks.learn_letters",
        "lines": len(there),
        "of letters": int(there.sum()),
        "of those told to be, on pages left out": round(float(there[told >= least].mean()), 4),
        "of letters and told to be, on pages left out": int((told >= least)[there].sum()),
        "fonts": len(wrong),
        "digits and small letters told right in fonts left out": round(1 - limits, 4),
        "gaps told right in fonts left out": round(1 - left_out(wrong_gaps), 4),
    }
    text = json.dumps({"about": about, "letters": letters.as_dict()}, indent=1)
    options.output.write_text(text + "\n", encoding="utf-8")
    say(text)


def learnt_lines() -> tuple[Table, Mask, list[str]]:
    """Return what lines of drawn pages are like, whether they are of letters, and the page of each."""
    pool = training_pool()
    tables, there, pages = [], [], []
    for kind, count in PAGES.items():
        for seed in progress(range(FIRST, FIRST + count), kind or "pages"):
            page = draw_page(seed, digits=pool, kind=kind)
            for line, written in lines_of(page) if max(page.pixels.shape[:2]) > TINY else ():
                tables.append(measure_line(line))
                there.append(written)
                pages.append(f"{kind} {seed}")
    return np.stack(tables), np.array(there, bool), pages


def lines_of(page: Page) -> Iterator[tuple[Boxes, bool]]:
    """Yield the lines of several marks without a digit, and whether most of each is letters."""
    view = find_view(page.pixels)
    boxes = propose_at(view.ink, [1.0]).boxes
    scale = view.ink.mask.shape[1] / page.pixels.shape[1]
    digits = _on(boxes, [mark for mark in page.marks if mark.label is not None], scale)
    letters = _on(boxes, [mark for mark in page.marks if any(map(str.isalpha, mark.text))], scale)
    for line in find_lines(boxes):
        if len(line) > 1 and not digits[line].any():
            yield boxes[line], bool(letters[line].mean() > 1 / 2)


def _on(boxes: Boxes, marks: Sequence[DrawnMark], scale: float) -> Mask:
    """Return which boxes are of marks whose pixels are so many of the ink's."""
    return stand_in(boxes, np.round(scale * np.array([mark.box for mark in marks]).reshape(-1, 4)))


def fit(table: Table, there: Mask) -> tuple[Table, float]:
    """Return the weights and the start of a logistic regression."""
    mean, spread = table.mean(axis=0), table.std(axis=0)
    fitted = LogisticRegression(C=1.0).fit((table - mean) / spread, there)
    weights = fitted.coef_[0] / spread
    return weights, float(fitted.intercept_[0] - mean @ weights)


def tell_apart(table: Table, there: Mask, pages: Sequence[str]) -> Table:
    """Return the probability of each line to be of letters by what was learned from other pages."""
    told = np.zeros(len(there))
    for train, test in GroupKFold(FOLDS).split(table, there, pages):
        weights, start = fit(table[train], there[train])
        told[test] = sigmoid(start + table[test] @ weights)
    return told


def surest(told: Table, there: Mask) -> float:
    """Return the lowest probability from which so many of the lines told to be of letters are."""
    order = np.argsort(-told, kind="stable")
    right = np.cumsum(there[order]) / np.arange(1, len(order) + 1)
    return float(told[order][np.flatnonzero(right >= RIGHT).max(initial=0)])


def compare_heights() -> tuple[Table, float]:
    """Return the share told wrong, (fonts, quantiles, heights), and that by what is best in other fonts."""
    wrong = np.stack([wrong_in(path, np.random.default_rng(0)) for path in find_fonts()])
    rows = np.arange(len(wrong))
    picks = [pick(wrong[rows != row]) for row in rows]
    return wrong, float(np.mean([wrong[row][place] for row, place in zip(rows, picks, strict=True)]))


def wrong_in(path: pathlib.Path, random: np.random.Generator) -> Table:
    """Return which share of a font's digits and small letters is told wrong, (quantiles, heights)."""
    found = []
    for _ in range(LINES):
        font = ImageFont.truetype(path, int(random.integers(*SIZES)))
        text = "".join(random.choice(WORDS.split(), random.integers(*LONG)))
        letters = [letter for letter in text if letter.isalpha()]
        high = np.quantile(_heights(font, letters), QUANTILES)[:, None, None] * HEIGHTS[:, None]
        lost = (_heights(font, "0123456789") < high).mean(axis=2)
        kept = (_heights(font, SMALL) >= high).mean(axis=2)
        found.append((lost + kept) / 2)
    return np.asarray(np.mean(found, axis=0), np.float64)


def compare_gaps() -> Table:
    """Return the share of gaps told wrong, in and between words alike, (fonts, gaps)."""
    return np.stack([wrong_gaps_in(path, np.random.default_rng(0)) for path in find_fonts()])


def widest(wrong: Table) -> float:
    """Return the widest gap within a standard error of the best: ink is found narrower than it is printed."""
    mean, best = wrong.mean(axis=0), wrong.mean(axis=0).argmin()
    error = wrong[:, best].std(ddof=1) / np.sqrt(len(wrong))
    return float(GAPS[np.flatnonzero(mean <= mean[best] + error).max()])


def left_out(wrong: Table) -> float:
    """Return the share that is told wrong by the gap that is best in other fonts."""
    rows = np.arange(len(wrong))
    return float(np.mean([wrong[row][wrong[rows != row].mean(axis=0).argmin()] for row in rows]))


def wrong_gaps_in(path: pathlib.Path, random: np.random.Generator) -> Table:
    """Return which share of the gaps in lines of a font is told wrong by each of `GAPS`."""
    found = []
    for _ in range(LINES):
        font = ImageFont.truetype(path, int(random.integers(*SIZES)))
        text = " ".join(random.choice(WORDS.split(), random.integers(*LONG)))
        places = [place for place, letter in enumerate(text) if letter != " "]
        excess = excess_of([_box(font, text, place) for place in places])
        ends = np.diff(places) > 1
        wide = excess > GAPS[:, None]
        found.append((wide[:, ~ends].mean(axis=1) + (~wide[:, ends]).mean(axis=1)) / 2)
    return np.asarray(np.mean(found, axis=0), np.float64)


def _box(font: ImageFont.FreeTypeFont, text: str, place: int) -> Box:
    left, top, right, bottom = font.getbbox(text[place])
    start = font.getlength(text[:place])
    return Box(
        left=round(start + left), top=round(top), width=round(right - left), height=round(bottom - top)
    )


def _heights(font: ImageFont.FreeTypeFont, letters: Sequence[str]) -> Table:
    boxes = np.array([font.getbbox(letter) for letter in letters])
    return np.asarray(boxes[:, 3] - boxes[:, 1], np.float64)


def pick(wrong: Table) -> tuple[int, int]:
    """Return the places of the quantile and the height by which least is told wrong: the middle of such."""
    mean = wrong.mean(axis=0)
    places = np.argwhere(mean <= mean.min() + 1e-9)
    quantile, height = places[len(places) // 2]
    return int(quantile), int(height)


def best(wrong: Table) -> tuple[float, float]:
    """Return the quantile and the height by which least is told wrong."""
    quantile, height = pick(wrong)
    return round(float(QUANTILES[quantile]), 2), round(float(HEIGHTS[height]), 2)


if __name__ == "__main__":
    run(main)
