"""Drawn pages, and photos -> `polarity.json`, which tells light ink on dark from dark ink on light.

Run as `python -m benchmarks.learn_polarity --photos DIR --data MNIST --hands DIR`. Figures are of pages and
of sources left out.
"""

import json
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.data.pages import Page, Pool, draw_page
from benchmarks.data.truth import load_photos
from benchmarks.judge.apart import pool_apart
from benchmarks.script import Parser, progress, run, say
from knn_digits.arrays import Pixels
from knn_digits.opening import open_photo
from knn_digits.photo.ink import PAPER_SIDE, shrink
from knn_digits.photo.polarity import FILE, measure_polarity
from knn_digits.reading import LARGEST, find_paper

PAGES, FIRST = 900, 30000  # drawn, and the seed of the first
DIGITS = 300  # pictures of one digit
BROADER = (1, 3, 5)  # pixels: each as it is, and with broader strokes
WINDOWS = (0.01, 0.02, 0.04, 0.08)  # of the longest side, of which the best is taken
LIGHT = ("7eraflops-", "joyeecheung-", "pyrasta-")  # how the names of photos of light ink on dark begin
TOLD = 0.1  # of its spread: by how much the mean of a mark must differ from its middle to tell its polarity
FOLDS = 10
FREE = 100.0  # inverse of the regularization: next to none, as there are four weights

Table = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Known:
    """A picture of which it is known whether its ink is light."""

    source: str
    small: Pixels
    light: bool
    photo: bool = False


def main(arguments: Sequence[str]) -> None:
    """Learn it and write it."""
    parser = Parser(description=__doc__)
    parser.add_argument("--photos", type=pathlib.Path, required=True, help="folder with truth.json")
    parser.add_argument("--data", required=True, help="MNIST: `mnist` or a folder with its IDX files")
    parser.add_argument("--hands", type=pathlib.Path, required=True, help="folder with bhmsds.npz and others")
    parser.add_argument("--output", type=pathlib.Path, default=FILE, help="the file (%(default)s)")
    options = parser.parse_args(arguments)
    pool, _ = pool_apart(mnist=options.data, hands=options.hands)
    known = [*single_digits(pool), *drawn_pages(pool), *photos_in(options.photos)]
    told = {window: tell_apart(known, window) for window in WINDOWS}
    window = min(WINDOWS, key=lambda one: log_loss(known, told[one]))
    wrong = (told[window] > 0.5) != np.array([one.light for one in known])
    photo = np.array([one.photo for one in known])
    about = {
        "command": "python -m benchmarks.learn_polarity --photos DIR --data DIR --hands DIR",
        "log-loss by window": {f"{one:g}": round(log_loss(known, told[one]), 4) for one in WINDOWS},
        "drawn pages, and pictures of one digit": int((~photo).sum()),
        "of these wrong, left out": int(wrong[~photo].sum()),
        "photos": int(photo.sum()),
        "of these wrong, source left out": int(wrong[photo].sum()),
    }
    learned = {"window": window, "weights": fit(known, window)}
    text = json.dumps({"about": about, "polarity": learned}, indent=1)
    options.output.write_text(text + "\n", encoding="utf-8")
    say(text)


def single_digits(pool: Pool) -> Iterator[Known]:
    """Yield digits as they are, light on dark, and broader: then only the border is paper."""
    for row, digit in enumerate(pool.hands["mnist"][0][:DIGITS]):
        for width in BROADER:
            broad = np.asarray(cv2.dilate(digit, np.ones((width, width), np.uint8)), np.uint8)
            yield Known(source=f"digit {row}", small=_small(np.stack([broad] * 3, axis=2)), light=True)


def drawn_pages(pool: Pool) -> Iterator[Known]:
    """Yield drawn pages of which two marks or more tell whether ink is light."""
    for seed in progress(range(FIRST, FIRST + PAGES), "pages"):
        page = draw_page(seed, digits=pool)
        light = has_light_ink(page)
        if light is not None:
            yield Known(source=f"page {seed}", small=_small(page.pixels), light=light)


def has_light_ink(page: Page) -> bool | None:
    """Return whether most marks are lighter than what is around them; None where that is not clear."""
    grey, skews = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), np.float64), []
    for mark in page.marks:
        left, top, width, height = mark.box
        rows = slice(max(0, top - height // 4), top + height + height // 4)
        part = grey[rows, max(0, left - width // 4) : left + width + width // 4]
        if part.size:
            skews.append((part.mean() - np.median(part)) / (part.std() + 1))
    if len(skews) < 2 or abs(usual := float(np.median(skews))) < TOLD:
        return None
    return usual > 0


def photos_in(folder: pathlib.Path) -> Iterator[Known]:
    """Yield the photos."""
    for photo in progress(load_photos(folder), "photos"):
        pixels = open_photo(photo.path, largest=LARGEST).pixels
        light = photo.path.name.startswith(LIGHT)
        yield Known(source=photo.source, small=_small(pixels), light=light, photo=True)


def _small(pixels: Pixels) -> Pixels:
    grey = np.asarray(cv2.cvtColor(find_paper(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    return shrink(grey, PAPER_SIDE)


def tell_apart(known: Sequence[Known], window: float) -> Table:
    """Return the probability that ink is light of each, by what was learned from other sources."""
    table, light = _both(known, window)
    sources = [one.source for one in known] * 2
    told = cross_val_predict(
        _model(),
        table / table.std(axis=0),
        light,
        cv=GroupKFold(FOLDS),
        groups=sources,
        method="predict_proba",
    )
    return np.asarray(told[: len(known), 1], np.float64)


def log_loss(known: Sequence[Known], told: Table) -> float:
    """Return the mean log-loss of what is drawn and that of photos, added."""
    right = np.where([one.light for one in known], told, 1 - told).clip(1e-6)
    photo = np.array([one.photo for one in known])
    return float(-np.log(right[~photo]).mean() - np.log(right[photo]).mean())


def fit(known: Sequence[Known], window: float) -> dict[str, float]:
    """Return the weight of each sign."""
    table, light = _both(known, window)
    spread = table.std(axis=0)
    weights = _model().fit(table / spread, light).coef_[0] / spread
    names = measure_polarity(known[0].small, fine=window)
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def _both(known: Sequence[Known], window: float) -> tuple[Table, NDArray[np.bool_]]:
    """Return the signs of all pictures, then of all inverted, and of which the ink is light."""
    signs = np.array([[*measure_polarity(one.small, fine=window).values()] for one in known])
    light = np.array([one.light for one in known])
    return np.concatenate([signs, -signs]), np.concatenate([light, ~light])


def _model() -> LogisticRegression:
    return LogisticRegression(C=FREE, fit_intercept=False, max_iter=5000)


if __name__ == "__main__":
    run(main)
