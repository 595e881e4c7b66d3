"""Stage 1: photo -> ink: how much darker than its paper each pixel is, and which pixels are ink.

The paper's brightness is followed across the picture by a closing, which fills strokes and keeps the edges of
shadows; dividing by it flattens the light. Each color channel is flattened by itself, so that colored ink
counts by the channel that it darkens most.
"""

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels, compared_by_content, strips
from knn_digits.digit import INK_SIDE, STROKE_SCALE, stroke_width
from knn_digits.photo.numbers import numbers_of
from knn_digits.photo.polarity import is_light_on_dark
from knn_digits.photo.rules import WHOLE
from knn_digits.ranks import median, quantile

NUMBERS = numbers_of(__name__)
# pixels: the longest side at which the paper's brightness is measured, and the picture as a whole looked at
PAPER_SIDE: int = NUMBERS["PAPER_SIDE"]
# of the shorter side: dark parts narrower than this are ink, wider ones shadow
PAPER_WINDOW: tuple[float, float] = NUMBERS["PAPER_WINDOW"]
PAPER_STROKES: float = NUMBERS["PAPER_STROKES"]  # of the usual stroke: the same, within those bounds
STRONG_EDGES: float = NUMBERS["STRONG_EDGES"]  # quantile of the edges above the noise that set the threshold
# times the usual: edges that are weaker are noise, marks that are fainter the paper's grain
NOISE: float = NUMBERS["NOISE"]
# of the paper's brightness: what is brighter is paper, beside such an edge and on a page
PAPER: float = NUMBERS["PAPER"]
MIN_CONTRAST = (1 - PAPER) / 2  # of the paper's brightness: half of what paper itself may be darker
DARKEST = round(1 / MIN_CONTRAST)  # grey: on darker paper one level less would be ink
NO_INK = math.inf  # darkness that no pixel has
# pixels: a photo is reduced or enlarged until its strokes have this width
WORKING_STROKE: float = NUMBERS["WORKING_STROKE"]
ENLARGED: float = NUMBERS["ENLARGED"]  # times: but not enlarged above this
# pixels: nor reduced to a longest side below that of the picture of the paper, enlarged
WORKING_SIDE = round(ENLARGED * PAPER_SIDE)
# pixels: nor enlarged above the side at which strokes have that width that are a pixel wide on that picture
ENLARGED_SIDE = round(WORKING_STROKE * PAPER_SIDE)
LARGE_SIDE = round(ENLARGED * WORKING_SIDE)  # pixels: pictures of a longer side are hardly enlarged
# pixels: a sharp edge, smoothed twice by one, rises half as fast as over so many
EDGE = 4 * math.sqrt(math.pi)
# pixels: smaller photos are enlarged to this shorter side, that of a digit where its strokes are measured;
# they are not blurred, as strokes are hardly broader
SMALL = STROKE_SCALE * INK_SIDE
SOME = (slice(None, None, 2),) * 2  # pixels of which the paper's grain is measured
SOFT = 4  # pixels: how far `_blur` reaches among numbers of 32 bits

_Number = TypeVar("_Number", np.uint8, np.float32)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Ink:
    """The ink of a photo.

    darkness : (height, width) float32
        Of the photo, or of the photo reduced; 0 on paper, up to 1 for black ink.
    threshold : float
        Darkness above which a pixel is ink; half of the ink's usual contrast.
    """

    darkness: NDArray[np.float32]
    threshold: float

    @property
    def mask(self) -> Mask:
        """Which pixels are ink, (height, width) bool: made anew each time, as it takes less than it fills."""
        return np.asarray(self.darkness > self.threshold)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Flat:
    """A photo in even light, at the size at which it is looked at: a third of the memory of its colors.

    brightness : (height, width) uint8
        Over that of the paper, which is 255.
    grey : (height, width) uint8
        Before.
    stroke : float or None
        The usual width of a stroke over the longest side, None if there is no ink.
    window : float
        Of the shorter side: dark parts narrower than this are ink.
    blur : float
        Pixels: by how much its light is smoothed.
    """

    brightness: Pixels
    grey: Pixels
    stroke: float | None
    window: float
    blur: float


def find_ink(photo: Pixels, *, force: bool = False, blur: float = 1.0) -> Ink:
    """Tell ink from paper.

    Parameters
    ----------
    photo : (height, width, 3) uint8 RGB
        Dark ink on light paper or light on dark.
    force : bool
        Whether to set a threshold where the edges tell none: there may be writing where they are weak.
    blur : float
        Pixels, 1 at most: by how much light is smoothed. Less shows finer strokes, and more noise.

    Returns
    -------
    Ink

    References
    ----------
    J. Kittler, J. Illingworth, J. Föglein (1985), Threshold selection based on a simple image statistic: the
    mean of the picture weighted by its edges. Ours takes the strongest edges alone, on flattened light.
    A. Buades, B. Coll, J.-M. Morel (2005), A non-local algorithm for image denoising: for small pictures.
    N. Otsu (1979), A threshold selection method from gray-level histograms: where one is forced.
    """
    return find_ink_on(flatten(photo, blur=blur), force=force)


def flatten(photo: Pixels, *, blur: float = 1.0) -> Flat:
    """Return a photo in even light, the first half of `find_ink`: what follows does without the photo."""
    photo = _without_noise(photo)
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
    if is_light_on_dark(shrink(grey, PAPER_SIDE)):
        photo, grey = 255 - photo, 255 - grey
    window = PAPER_WINDOW[1]
    if stroke := _rough_stroke(photo, grey):
        window = float(np.clip(PAPER_STROKES * stroke * max(grey.shape) / min(grey.shape), *PAPER_WINDOW))
        side = round(WORKING_STROKE / stroke)
        grey = _scale(grey, side)
        if max(grey.shape) > max(photo.shape):  # colors that are reduced are so one by one, with less memory
            photo = _scale(photo, side)
    brightness = _brightness(photo, grey, window, blur)
    return Flat(brightness=brightness, grey=grey, stroke=stroke, window=window, blur=blur)


def find_ink_on(flat: Flat, *, force: bool = False) -> Ink:
    """Return the ink of a photo in even light, the second half of `find_ink`."""
    grey = flat.grey
    darkness = _darkness(flat.brightness, flat.blur)
    if flat.stroke and (edges := _shadow_edges(grey, flat.window)) is not None:
        pen = PAPER_STROKES * flat.stroke * max(grey.shape)
        darkness[edges] = 0
        elsewhere = _threshold(darkness)
        darkness[edges] = _darkness_beside(grey, int(pen), edges)
        if not MIN_CONTRAST < elsewhere < NO_INK:  # what ink there is is remains of the edge
            return Ink(darkness=darkness, threshold=NO_INK)
    threshold = _threshold(darkness)
    if _is_grain(darkness[SOME], threshold):
        threshold = NO_INK
    if force and threshold >= NO_INK:
        threshold = _forced_threshold(darkness)
    return Ink(darkness=darkness, threshold=threshold)


def _without_noise(photo: Pixels) -> Pixels:
    """Return a small picture without its noise; a larger one as it is."""
    if min(photo.shape[:2]) > SMALL:
        return photo
    noise = _noise(np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8))
    if not noise:
        return photo
    return np.asarray(cv2.fastNlMeansDenoisingColored(photo, None, noise, noise), np.uint8)


def _forced_threshold(darkness: NDArray[np.float32]) -> float:
    grey = np.asarray(255 * np.clip(darkness, 0, 1), np.uint8)
    otsu, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    return max(MIN_CONTRAST, float(otsu) / 255)


def fainter_ink(ink: Ink, rules: Mask) -> Ink:
    """Return the ink at the threshold of what is no rule, where nearly all is rules and that is fainter.

    Parameters
    ----------
    ink : Ink
    rules : (height, width) bool
        The pixels of the rules, which set the threshold where they are darker than the pen.
    """
    ruled, left = np.count_nonzero(rules), np.count_nonzero(np.greater(ink.mask, rules))
    if ruled <= WHOLE * (ruled + left):
        return ink
    beside = cv2.dilate(rules.astype(np.uint8), np.ones((round(WORKING_STROKE),) * 2, np.uint8)).astype(bool)
    threshold = _threshold(np.where(beside, np.float32(0), ink.darkness))
    if threshold >= ink.threshold:
        return ink
    return replace(ink, threshold=threshold)


def ink_beside(ink: Ink, gone: Mask) -> Ink | None:
    """Return the ink that is left without some of it, at its own threshold; None if no pen has left any.

    What is as bright as paper may be is none, nor is what is less sharp, for its contrast, than all ink is:
    paper blurs what shines through it.

    Parameters
    ----------
    ink : Ink
    gone : (height, width) bool
    """
    around = np.ones((round(WORKING_STROKE),) * 2, np.uint8)
    beside = np.asarray(cv2.dilate(gone.view(np.uint8), around)).view(bool)

    def darkness(*place: slice) -> NDArray[np.float32]:  # of parts, as that of a whole page fills the memory
        return np.where(beside[place], np.float32(0), ink.darkness[place])

    left, rise = _edges_of(darkness, len(beside))
    if not MIN_CONTRAST < left < ink.threshold or _is_grain(darkness(*SOME), left):
        return None
    half, slope = _edges_of(ink.darkness.__getitem__, len(beside))
    if rise * half < slope * left:
        return None
    whole = darkness(slice(None))
    return Ink(darkness=whole, threshold=left)


def _is_grain(some: NDArray[np.float32], threshold: float) -> bool:
    """Tell ink that is hardly darker than the paper's own grain, as the paper of a blank page has.

    `some` is the darkness of some pixels.
    """
    paper = some[some < threshold]
    if not paper.size:
        return False
    paper -= median(paper)
    return threshold < NOISE * (1.4826 * float(median(np.abs(paper, out=paper))))


def _noise(grey: Pixels) -> float:
    """Return the spread of the noise in grey levels.

    References
    ----------
    J. Immerkær (1996), Fast noise variance estimation; the median in place of the mean passes over edges.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    return float(median(response)) / (0.6745 * 6)


def _rough_stroke(photo: Pixels, grey: Pixels) -> float | None:
    """Return the usual width of a stroke over the picture's longest side, None if there is no ink.

    Where the grey shows ink, three colors need not be reduced.
    """
    return _stroke_on(grey, lambda small: small[..., None]) or _stroke_on(grey, lambda _: photo)


def _stroke_on(grey: Pixels, colors: Callable[[Pixels], Pixels]) -> float | None:
    """Return the same of the grey, reduced as far as its strokes allow, by the colors for it so reduced."""
    stroke: float | None = None
    side = PAPER_SIDE
    while True:
        small = shrink(grey, side)
        width = _usual_stroke(colors(small), small)
        if width is None:
            return stroke
        stroke = float(width / max(small.shape))
        if width >= WORKING_STROKE or side >= max(grey.shape):
            return stroke
        side *= 2


def _usual_stroke(photo: Pixels, grey: Pixels) -> float | None:
    """Return the usual width of a stroke in pixels of the photo's grey, reduced; None if there is no ink."""
    # Of a large photo the darkness is not kept: with its colors it would fill the memory.
    dark_rows = functools.partial(_dark_rows, _brightness(photo, grey, PAPER_WINDOW[1]))
    threshold = _threshold_of(dark_rows, len(grey))
    mask = np.empty(grey.shape, bool)
    for rows, *_ in strips(len(grey)):
        np.greater(dark_rows(rows), threshold, out=mask[rows])
    widest = PAPER_WINDOW[1] * min(grey.shape)  # what is wider was taken for shadow
    return min(stroke_width(mask), widest) if mask.any() else None


def _scale(channel: Pixels, side: int) -> Pixels:
    """Return a channel, or a picture, reduced or enlarged to this longest side, as far as that is wanted."""
    longest = max(channel.shape[:2])
    if side <= longest:
        return shrink(channel, max(WORKING_SIDE, side))
    scale = min(side / longest, ENLARGED, max(1.0, ENLARGED_SIDE / longest))
    return np.asarray(cv2.resize(channel, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _brightness(photo: Pixels, grey: Pixels, window: float, blur: float = 1.0) -> Pixels:
    """Return the least brightness over that of the paper, 255, of what ink may darken.

    Parameters
    ----------
    photo : (height, width, 3) uint8
    grey : (height, width) uint8
        Of the photo, perhaps reduced.
    window, blur : float
        See `Flat`.
    """
    brightness = _flatten(grey, window)
    for color in range(photo.shape[2]):  # of all in memory at once there would be four photos
        channel = shrink(np.asarray(cv2.extractChannel(photo, color), np.uint8), max(grey.shape))
        if _is_against(channel, grey):
            continue
        channel = _smooth(channel, blur)
        np.minimum(brightness, _flatten(channel, window), out=brightness)
    return brightness


def _is_against(channel: Pixels, grey: Pixels) -> bool:
    """Tell whether a channel is brighter where the grey is darker, as red is of red ink on green paper.

    There the paper in the gaps between strokes would be as dark as ink.
    """
    one, other = (_slopes(shrink(picture, PAPER_SIDE)) for picture in (channel, grey))
    return float((one * other).sum(dtype=np.float64)) < 0


def _slopes(picture: Pixels) -> NDArray[np.float32]:
    """Return how a picture rises across and down, (2, height, width)."""
    return np.stack([cv2.Sobel(picture, cv2.CV_32F, *axes) for axes in ((1, 0), (0, 1))])


def _darkness(brightness: Pixels, blur: float) -> NDArray[np.float32]:
    darkness = np.empty(brightness.shape, np.float32)
    for rows, *_ in strips(len(brightness)):
        darkness[rows] = _dark_rows(brightness, rows, blur)
    return darkness


def _dark_rows(brightness: Pixels, rows: slice, blur: float = 1.0) -> NDArray[np.float32]:
    """Return the darkness of some rows."""
    first = max(0, rows.start - SOFT)
    near = np.divide(brightness[first : rows.stop + SOFT], 255, dtype=np.float32)
    near = near if min(brightness.shape) <= SMALL else _blur(near, blur)
    stop = min(rows.stop, len(brightness))
    return np.asarray(1 - near[rows.start - first : stop - first], np.float32)


def _flatten(channel: Pixels, window: float) -> Pixels:
    """Return the brightness over that of the paper, which is 255."""
    paper = _paper(channel, window)
    np.maximum(paper, DARKEST, out=paper)
    return np.asarray(cv2.divide(channel, paper, dst=paper, scale=255), np.uint8)


def _paper(channel: Pixels, window: float) -> Pixels:
    """Return the brightness of the paper below each pixel."""
    height, width = channel.shape
    smooth = _small_paper(channel, window)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _small_paper(channel: Pixels, window: float) -> Pixels:
    """Return the same for the channel shrunk."""
    small = shrink(channel, PAPER_SIDE)
    if small is not channel:
        small = _without_specks(small)
    side = 1 + 2 * max(1, int(window * min(small.shape)) // 2)  # a pixel to each side, at least
    stroke = int(side / PAPER_STROKES) | 1
    soft = cv2.blur(_close(small, side), (stroke, stroke), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft, np.uint8)


def _without_specks(channel: Pixels) -> Pixels:
    """Return the channel without noise, narrower than strokes, which would raise the paper's brightness."""
    return np.asarray(cv2.medianBlur(channel, round(WORKING_STROKE) | 1), np.uint8)


def _close(channel: Pixels, side: int) -> Pixels:
    """Return the channel with dark parts narrower than `side` filled, but not where they reach the border."""
    wide = cv2.copyMakeBorder(channel, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    return np.asarray(closed[side:-side, side:-side], np.uint8)


def _shadow_edges(grey: Pixels, window: float) -> Mask | None:
    """Return the pixels beside the edge of a shadow, None if there is none."""
    paper = _small_paper(grey, window)
    reach = int(window * min(paper.shape) / PAPER_STROKES) | 1
    darkest = np.asarray(cv2.erode(paper, np.ones((reach, reach), np.uint8)), np.uint8)
    edge = darkest < (1 - MIN_CONTRAST) * paper
    if not edge.any():
        return None
    size = grey.shape[::-1]
    return np.asarray(cv2.resize(edge.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)).view(bool)


def _darkness_beside(grey: Pixels, pen: int, edges: Mask) -> NDArray[np.float32]:
    """Return the darkness of pixels beside an edge, where a small picture shows the paper too coarsely."""
    paper = _close(_without_specks(grey), pen | 1)[edges]
    light = np.divide(_smooth(grey)[edges], np.maximum(paper, DARKEST), dtype=np.float32)
    return np.where(light > PAPER, np.float32(0), 1 - light)


def shrink(channel: Pixels, longest: int) -> Pixels:
    """Return a channel, or a picture, with its longest side at most so many pixels."""
    scale = longest / max(channel.shape[:2])
    if scale >= 1:
        return channel
    height, width = (max(1, round(side * scale)) for side in channel.shape[:2])
    return np.asarray(cv2.resize(channel, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _smooth(channel: NDArray[_Number], blur: float = 1.0) -> NDArray[_Number]:
    return channel if min(channel.shape[:2]) <= SMALL else _blur(channel, blur)


def _blur(channel: NDArray[_Number], blur: float) -> NDArray[_Number]:
    return np.asarray(cv2.GaussianBlur(channel, (0, 0), blur), channel.dtype)


def _threshold(darkness: NDArray[np.float32]) -> float:
    """Return the darkness half-way up the strongest edges; above 1 where there are none."""
    return _threshold_of(darkness.__getitem__, len(darkness))


def _threshold_of(dark_rows: Callable[[slice], NDArray[np.float32]], height: int) -> float:
    """Return the same, of what makes the darkness of rows."""
    return max(_edges_of(dark_rows, height)[0], MIN_CONTRAST)


def _edges_of(dark_rows: Callable[[slice], NDArray[np.float32]], height: int) -> tuple[float, float]:
    """Return the darkness half-way up the strongest edges, and how steeply they rise; `NO_INK`, 0 if none."""
    # Rows of a large photo are made twice, as they would fill the memory.
    kept = list(_gradients(dark_rows, height)) if height <= WORKING_SIDE else None
    usual = median(
        np.concatenate([rise[::2, ::2].ravel() for rise, _ in kept or _gradients(dark_rows, height)])
    )
    least = max(NOISE * float(usual), MIN_CONTRAST / EDGE)
    found = [
        (rise[edges], near[edges])
        for rise, near in kept or _gradients(dark_rows, height)
        for edges in [rise > least]
    ]
    gradient, beside = (np.concatenate(part) for part in zip(*found, strict=True))
    if not gradient.size:
        return NO_INK, 0.0
    strong = gradient >= quantile(gradient, STRONG_EDGES)
    weights = gradient[strong]
    return float((weights * beside[strong]).sum() / weights.sum()), float(weights.mean())


def _gradients(
    dark_rows: Callable[[slice], NDArray[np.float32]], height: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield how steeply strips of the picture rise, and the strips."""
    for _, near, inner in strips(height, 1):
        dark = dark_rows(near)
        across, down = (cv2.Sobel(dark, cv2.CV_32F, *axes)[inner] for axes in ((1, 0), (0, 1)))
        # OpenCV's magnitude rounds by where in memory its arrays lie.
        gradient = np.square(across, out=across)
        gradient += np.square(down, out=down)
        gradient = np.sqrt(gradient, out=gradient)
        gradient /= 4
        yield gradient, dark[inner]
