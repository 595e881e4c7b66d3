"""Print of a field, and the page's ink -> the print as the page shows it, and how surely.

A page shows print more blurred than the template does, and not quite at its place: as a mixture of the
template's print blurred less and more and moved a little, which least squares find.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask
from knn_digits.forms.blur import blur_of
from knn_digits.forms.flat import Darkness, darkest

FAINT = 0.1  # darkness: print is darker
BLURS = (0.0, 1.2, 3.0)  # pixels: pages are blurred within this range; finer steps told no more
EDGE = 0.7  # pixels: the blur of print whose slope tells where it lies
AROUND = 7  # pixels: the side of the square in which print shows
ROUNDS = 4  # of least squares, each without what the one before found written
WRITTEN = 2.5  # times the usual error: beside such print something is written
BESIDE = 5  # pixels: the side of the square in which print errs as much
UNSURE = 1.5  # times the usual error: print may be as much darker; 1 and 2 read as well, 3 worse
DARK = 0.3  # of the darkest print: beside such it is measured
SMALL = 1e-3  # of the sum of squares: what keeps weights of views that are alike from growing
LEAST = 1e-3  # darkness: no page is so even that print errs less
SPREAD = 1.4826  # times the median error: the standard deviation of errors that are normal


@dataclass(frozen=True, eq=False, kw_only=True)
class Printed:
    """What is printed on a field of a page.

    channels : (height, width) float32 each
        By color channel: the darkness.
    slack : float
        Of the darkness beside it: so much darker may it be.
    fit : float
        Correlation with what is seen, -1 to 1; 1 where nothing is printed.
    blur : float
        Pixels, standard deviation: how much more than in the template; 0 where nothing is printed.
    """

    channels: Sequence[Darkness]
    slack: float
    fit: float
    blur: float


@dataclass(frozen=True, eq=False, kw_only=True)
class FormPrint:
    """What the template has printed on a field, as it is for all pages.

    channels : (height, width) float32 each
        By color channel: the darkness.
    views : (5, height, width) float32
        Of its darkest channel, see `_views`.
    near : (height, width) bool
        Where that shows.
    """

    channels: Sequence[Darkness]
    views: Darkness
    near: Mask

    @classmethod
    def of(cls, channels: Sequence[Darkness]) -> "FormPrint":
        """Return the print by its darkness."""
        dark = darkest(channels)
        near = cv2.dilate(dark, np.ones((AROUND, AROUND))) > FAINT * max(float(dark.max()), FAINT)
        return cls(channels=channels, views=_views(dark), near=near)

    @property
    def dark(self) -> Darkness:
        """The darkness of its darkest channel."""
        return np.asarray(self.views[0])

    def mixed(self, weights: NDArray[np.float32]) -> list[Darkness]:
        """Return its channels, each with its views mixed by these weights."""
        dark = _mix(self.views, weights)
        return [
            dark if np.array_equal(channel, self.dark) else _mix(_views(channel), weights)
            for channel in self.channels
        ]


def fit_print(form: FormPrint, ink: Darkness) -> Printed:
    """Return the template's print, by color channel, as the page shows it whose ink this is.

    References
    ----------
    P. J. Huber (1964), Robust estimation of a location parameter: squares of errors are summed. Here errors
    that are too large are left out, as writing only darkens and is no error of the print.
    """
    if form.dark.max() < FAINT:
        nothing = [np.zeros_like(channel) for channel in form.channels]
        return Printed(channels=nothing, slack=0.0, fit=1.0, blur=0.0)
    weights = _least_squares(form.views[:, form.near].T, ink[form.near])
    found = form.mixed(weights.astype(np.float32))
    seen = darkest(found)
    blur = blur_of(weights[: len(BLURS)], BLURS, EDGE)
    return Printed(channels=found, slack=_slack(seen, ink), fit=_correlation(ink, seen), blur=blur)


def _views(form: Darkness) -> Darkness:
    """Return print blurred by each of `BLURS`, and its slopes across and down."""
    soft = _blurred(form, EDGE)
    slopes = [np.asarray(cv2.Sobel(soft, -1, *way, ksize=3), np.float32) for way in ((1, 0), (0, 1))]
    return np.stack([*(_blurred(form, sigma) for sigma in BLURS), *slopes])


def _blurred(form: Darkness, sigma: float) -> Darkness:
    return np.asarray(cv2.GaussianBlur(form, (0, 0), sigma), np.float32) if sigma else form


def _mix(views: Darkness, weights: NDArray[np.float32]) -> Darkness:
    """Return such a mixture of views."""
    return np.asarray(np.maximum(np.tensordot(weights, views, 1), 0), np.float32)


def _least_squares(rows: Darkness, seen: Darkness) -> NDArray[np.float64]:
    """Return the weights of views of n pixels, (n, views), by which they are most like what is seen, (n,)."""
    rows, seen = rows.astype(np.float64), seen.astype(np.float64)
    small = SMALL * len(rows) * float((rows[:, 0] ** 2).mean()) * np.eye(rows.shape[1])
    kept, weights = np.ones(len(rows), bool), np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        weights = np.linalg.solve(rows[kept].T @ rows[kept] + small, rows[kept].T @ seen[kept])
        error = seen - rows @ weights
        kept = np.abs(error) < WRITTEN * _spread(error)
    return weights


def _spread(errors: NDArray[Any]) -> float:
    """Return the standard deviation of errors by those below the median: writing makes others larger."""
    middle = np.median(errors)
    return SPREAD * float(np.median(middle - errors[errors <= middle])) + LEAST


def _slack(printed: Darkness, ink: Darkness) -> float:
    """Return how much darker print may be, of its darkness; 0 where none is seen."""
    beside = cv2.dilate(printed, np.ones((BESIDE, BESIDE)))
    near: Mask = beside > DARK * printed.max()
    if not near.any():
        return 0.0
    error = (ink - printed)[near] / beside[near]
    return float(np.median(error)) + UNSURE * _spread(error)


def _correlation(one: Darkness, other: Darkness) -> float:
    """Return how like two crops of a size are, -1 to 1; 0 where one of them is all alike."""
    one, other = one.ravel() - one.mean(), other.ravel() - other.mean()
    size = float(np.sqrt(float(one @ one) * float(other @ other)))
    return float(one @ other) / size if size else 0.0
