"""Picture and placement -> the part of a field, laid on the template, and the ink in it that is no print."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.blur import unblur
from knn_digits.forms.flat import Darkness, darkest, darkness, darkness_by_channel
from knn_digits.forms.place import Matrix
from knn_digits.forms.prints import BESIDE, FAINT, FormPrint, Printed, fit_print
from knn_digits.forms.records import Rect

ROOM = 0.45  # of a box's height: so much around it is looked at
HEIGHT = (32, 72)  # pixels: a box is laid out at a height between these
KEPT = 4  # heights: at so many the print of a field is kept
WINDOW = 0.7  # of a box's height: what is narrower is ink
SLACK = 0.15  # of a box's height: how far the print of a field may lie from where the page puts it
PRINTED = 0.5  # of the print's darkness: what the template has as dark hides what is below it
SMOOTH = 0.8  # pixels: noise is finer than a stroke
BARE = 0.02  # darkness: where less than this is printed there is bare paper
SEEN = 0.3  # of the light: what print leaves must be more for what is below it to be seen whole
NEAR = 2.5  # pixels: ink that lies as near to print, all of it, is what is left of print
PULL = 0.15  # correlation that is given up for a place that is not `SLACK` away


@dataclass(frozen=True, eq=False, kw_only=True)
class Crop:
    """A field as it lies on a page.

    pixels : (height, width, 3) uint8
    ink : (height, width) float32
        Darkness of what is not printed.
    smooth : (height, width) float32
        The same without the finest noise.
    print : (height, width) bool
    away : (height, width) float32
        How many pixels the print is away.
    scale : float
        Pixels to a unit of the template, from top to bottom.
    aspect : float
        How long a unit across is, of one from top to bottom.
    origin : (left, top)
        Of the crop, in units of the template from top to bottom.
    matrix : (3, 3) float64
        From pixels of the crop to pixels of the picture.
    noise : float
        Darkness: the spread of that of bare paper.
    fit : float
        Correlation of what is printed with the template, -1 to 1; 1 where nothing is.
    blur : float
        Pixels, standard deviation: how blurred the page is; 0 where nothing printed tells.
    whole : bool
        Whether all of the field is in the picture.
    """

    pixels: Pixels
    ink: Darkness
    smooth: Darkness
    print: Mask
    away: Darkness
    scale: float
    aspect: float
    origin: tuple[float, float]
    matrix: Matrix
    noise: float
    fit: float
    blur: float
    whole: bool

    @functools.cached_property
    def clear(self) -> Darkness:
        """The ink as it was before the page was blurred."""
        darkest_ink = max(float(self.smooth.max()), self.noise, FAINT)
        return unblur(self.ink, self.blur, (self.noise / darkest_ink) ** 2)

    def on_crop(self, box: Rect) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of a box of the template in pixels of the crop."""
        even = _even(box, self.aspect)
        left, top = ((even[axis] - self.origin[axis]) * self.scale for axis in (0, 1))
        return left, top, left + even[2] * self.scale, top + even[3] * self.scale


class Cutter:
    """Cuts the fields of a page out of pictures.

    Parameters
    ----------
    form : (height, width, 3) uint8
        The page as the template has it.
    across : float
        Pixels of it to a unit of the template.
    down : float
        The same from top to bottom.
    aspect : float
        How long a unit across is, of one from top to bottom: 1 if they are a length, as mm. Digits are cut
        out as they are written, so both must be as long there.
    """

    def __init__(self, form: Pixels, *, across: float, down: float, aspect: float = 1.0) -> None:
        self.form, self.across, self.down, self.aspect = form, across / aspect, down, aspect
        self._printed: dict[Rect, Callable[[float, tuple[int, int], int], FormPrint]] = {}

    def cut(self, picture: Pixels, matrix: Matrix, box: Rect, height: float) -> Crop:
        """Return the field in this box, whose single boxes are so high, as it lies by this placement."""
        box, room = _even(box, self.aspect), ROOM * height
        around = (box[0] - room, box[1] - room, box[2] + 2 * room, box[3] + 2 * room)
        scale = self._scale(matrix, around, height)
        size = (math.ceil(around[2] * scale), math.ceil(around[3] * scale))
        window, slack = round(WINDOW * height * scale), max(2, round(SLACK * height * scale))
        if around not in self._printed:
            self._printed[around] = functools.lru_cache(KEPT)(functools.partial(self._print, around))
        form = self._printed[around](scale, size, window)
        matrix = matrix @ self._lay(around, scale)
        flat = darkness(np.minimum.reduce(cv2.split(_warp(picture, matrix, size))), window)
        matrix = matrix @ _lie(form.dark, flat, slack)
        seen = _warp(picture, matrix, size)
        channels = darkness_by_channel(seen, window)
        dark = darkest(channels)
        fitted = fit_print(form, dark)
        ink, printed = _without_print(channels, dark, fitted)
        smooth = np.asarray(cv2.GaussianBlur(ink, (0, 0), SMOOTH), np.float32)
        paper = smooth[~printed & (darkest(fitted.channels) < BARE)]
        level = float(np.median(paper)) if paper.size else 0.0
        noise = 1.4826 * float(np.median(np.abs(paper - level))) if paper.size else 0.0
        return Crop(
            pixels=seen, ink=np.maximum(ink - level, 0), smooth=np.maximum(smooth - level, 0),
            print=printed, away=_away(printed), scale=scale, aspect=self.aspect, origin=around[:2],
            matrix=matrix, noise=noise, fit=fitted.fit, blur=fitted.blur,
            whole=_is_within(picture, matrix, room * scale, size),
        )  # fmt: skip

    def _scale(self, matrix: Matrix, around: Rect, height: float) -> float:
        """Return how many pixels to a unit show all that the picture does."""
        middle = self._lay(around, 1.0) @ (around[2] / 2, around[3] / 2, 1)
        steps = (middle + np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0)])) @ matrix.T
        seen = steps[:, :2] / steps[:, 2:]
        per_pixel = math.sqrt(abs(float(np.linalg.det(seen[1:] - seen[0]))))
        native = per_pixel * math.sqrt(self.across * self.down)
        pixels = round(native * height)  # whole ones, so that pages of a stack share their print
        return float(np.clip(pixels, *HEIGHT)) / height

    def _lay(self, around: Rect, scale: float) -> Matrix:
        """Return the way from pixels of a crop to pixels of the form's picture."""
        return np.array(
            [[self.across / scale, 0, around[0] * self.across], [0, self.down / scale, around[1] * self.down],
             [0, 0, 1.0]]
        )  # fmt: skip

    def _print(self, around: Rect, scale: float, size: tuple[int, int], window: int) -> FormPrint:
        form = _warp(self.form, self._lay(around, scale), size)
        return FormPrint.of(darkness_by_channel(form, window))


def share_capture(crops: Sequence[Crop]) -> list[Crop]:
    """Return the fields of a page with the noise of the calmest and the blur of the usual one with print.

    Writing makes paper seem noisier, no calmer: by its own noise nothing would be seen in a field full of
    blurred or faint writing.
    """
    noise = min((crop.noise for crop in crops), default=0.0)
    blurs = [crop.blur for crop in crops if crop.blur]
    blur = float(np.median(blurs)) if blurs else 0.0
    return [replace(crop, noise=noise, blur=blur) for crop in crops]


def _even(box: Rect, aspect: float) -> Rect:
    """Return a box whose units across are so long, of those from top to bottom, in these alone."""
    left, top, width, height = box
    return left * aspect, top, width * aspect, height


def _warp(picture: Pixels, matrix: Matrix, size: tuple[int, int]) -> Pixels:
    """Return what lies in a crop of this size, whose pixels the matrix leads to the picture."""
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    # Beyond the picture there is no ink, as its edge goes on there.
    return np.asarray(
        cv2.warpPerspective(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    )


def _is_within(picture: Pixels, matrix: Matrix, room: float, size: tuple[int, int]) -> bool:
    """Tell whether a crop lies within the picture, but for so many pixels of room around its field."""
    corners = np.array([(x, y, 1.0) for x in (room, size[0] - room) for y in (room, size[1] - room)])
    seen = corners @ matrix.T
    places, last = seen[:, :2] / seen[:, 2:], np.array(picture.shape[1::-1]) - 1
    return bool(((places >= 0) & (places <= last)).all())


def _lie(form: Darkness, ink: Darkness, slack: int) -> Matrix:
    """Return the way from pixels of the form to those of the page: as the print of its two halves lies.

    Paper that is bent, and lenses, stretch a long row of boxes. What a half does not tell, the whole does;
    and all of it where both ends agree to a pixel: so far is print moved when it is fitted.
    """
    whole, half = _align(form, ink, slack, (0.0, 0.0)), form.shape[1] // 2
    left, right = (
        np.array(_align(form[:, part], ink[:, part], slack, whole))
        for part in (slice(half), slice(half, None))
    )
    if 2 * np.abs(right - left).max() < 1:
        left = right = np.array(whole)
    step = (right - left) / half
    across, down = (left + right) / 2 - step * half
    return np.array([[1 + step[0], 0, across], [step[1], 1, down], [0, 0, 1.0]])


def _align(form: Darkness, ink: Darkness, slack: int, usual: tuple[float, float]) -> tuple[float, float]:
    """Return by how many pixels the page's print lies right of and below the form's: about as usual."""
    inner = form[slack:-slack, slack:-slack]
    if not inner.size or inner.max() < FAINT:  # nothing is printed there
        return usual
    scores = cv2.matchTemplate(ink, inner, cv2.TM_CCOEFF_NORMED)
    right, below = (np.arange(-slack, slack + 1) - shift for shift in usual)
    score = scores - PULL * np.hypot(below[:, None], right)[: scores.shape[0], : scores.shape[1]] / slack
    row, column = (int(place) for place in np.unravel_index(int(score.argmax()), score.shape))
    across, down = _peak(score[row], column), _peak(score[:, column], row)
    return across - slack, down - slack


def _peak(scores: NDArray[Any], place: int) -> float:
    """Return where between the pixels the highest score is: the top of a parabola through three."""
    if not 0 < place < len(scores) - 1:
        return float(place)
    before, at, after = (float(score) for score in scores[place - 1 : place + 2])
    bend = before - 2 * at + after
    return place + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def _away(printed: Mask) -> Darkness:
    return np.asarray(cv2.distanceTransform((~printed).astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def _without_print(channels: Sequence[Darkness], dark: Darkness, fitted: Printed) -> tuple[Darkness, Mask]:
    """Return the ink without print, and where the print hides what is written.

    In each color channel what the print darkens is taken away, if it has the template's color there or that
    of the page's rules: tinted paper has another color than they. What is written over it shows where it is
    darker, in its own color, or beside the middle of a rule. Where nothing shows, strokes go on if there is
    ink on both sides: a closing as wide as the print fills it from there.
    """
    form = darkest(fitted.channels)
    core = form > PRINTED * max(float(form.max()), FAINT)
    level = max(float(np.median(form[core])), FAINT) if core.any() else 1.0
    strength = [float(np.median(one[core])) / level if core.any() else 0.0 for one in channels]
    side = np.ones((BESIDE, BESIDE))
    printed = [np.maximum(s * form, own) for s, own in zip(strength, fitted.channels, strict=True)]
    rest = np.maximum.reduce([
        (channel - own - fitted.slack * cv2.dilate(own, side)) / np.maximum(1 - own, SEEN)
        for channel, own in zip(channels, printed, strict=True)
    ])  # fmt: skip
    rest = np.maximum(rest, 0)
    hidden = core & (max(strength) * form > FAINT)
    bare = np.where(hidden, np.float32(0), rest)
    thickness = _thickness(hidden)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thickness + 3, thickness + 3))
    wide = cv2.copyMakeBorder(bare, *(thickness + 3,) * 4, cv2.BORDER_CONSTANT)
    inside = slice(thickness + 3, -thickness - 3)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disk)[inside, inside]
    ink = np.where(hidden, np.maximum(rest, np.minimum(closed, dark)), rest)
    return np.asarray(ink, np.float32), np.asarray(hidden)


def _thickness(printed: NDArray[np.bool_]) -> int:
    """Return how many pixels the usual rule is thick."""
    depth = cv2.distanceTransform(printed.astype(np.uint8), cv2.DIST_L2, 3)
    ridge = depth[(depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    return max(1, round(2 * float(np.median(ridge)))) if ridge.size else 1
