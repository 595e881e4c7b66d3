"""Picture of a page -> how the form lies on it: moved, turned, scaled, in perspective; or that it is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Mask, Pixels
from knn_digits.forms.corners import Corners, find_corner_marks, middles_of
from knn_digits.forms.flat import Darkness, darkest, darkness
from knn_digits.forms.records import Rect
from knn_digits.photo.ink import shrink
from knn_digits.photo.page import find_page

Matrix = NDArray[np.float64]  # (3, 3): a homography
Points = NDArray[np.float64]  # (n, 2): columns and rows
Features = tuple[Points, Any]  # places, and a row for each that describes it (None: there are none)

KINDS = ("orb", "sift")  # of features: fast ones, then those that find blurred and noisy pages, too

SIDE = 1000  # pixels: pages are compared at this longest side
WINDOW = 41  # pixels, at that size: what is wider is no print
FEATURES = {"orb": 800, "sift": 4000}  # of a page; what is written on it has features, too
SMOOTH = 1.2  # pixels, at that size: noise is finer than print
BLUR = 1.2  # pixels, at that size: so blurred is print looked for; 0 told own pages from others worse
INLIERS = 10  # features, at least, must lie together on a page
NEAR = 4.0  # pixels: as far as a feature may lie from its place, bent paper included
PATCH = 40  # pixels: print is compared in squares of this side
INK = 0.25  # darkness: print is darker
INKED = 0.02  # of such a square is print, at least
REACHES = (16, 16, 6)  # pixels: how far from its place print is looked for, time after time
FAR = (48, 16, 6)  # the same where the page may lie a row of a table off its place
STRAYED = 4  # squares of print, at least, that are unlike at their place, and sure farther off, tell so
FOUND, SURE = 0.5, 0.75  # correlation: where print is as like, its place is believed, and is sure
MOST_PATCHES = 80
MOST = 1.001  # correlation, of single precision: what is greater, or no number, is of paper without any ink
QUARTERS = (0, 2, 1, 3)  # turns of a page, the usual ones first
SKEW = 3.0  # times: one side of a page over the opposite one, at most, in mild perspective


@dataclass(frozen=True, eq=False, kw_only=True)
class Placement:
    """How a form lies in a picture."""

    matrix: Matrix  # from pixels of the form's picture to pixels of the picture
    fit: float  # how like the print at its place is, -1 to 1: the mean correlation, see `_weights`


@dataclass(frozen=True, eq=False, kw_only=True)
class _Laid:
    """A placement as it is looked for."""

    matrix: Matrix  # from pixels of the form's view to pixels of the page's
    fit: float
    unlike: NDArray[np.int64]  # (n, 2): the squares of print that are not found


@dataclass(frozen=True, eq=False)
class _View:
    """A page, and its ink at the size at which it is compared."""

    picture: Pixels
    ink: Darkness
    scale: float  # pixels of the view to a pixel of the picture

    @classmethod
    def of(cls, picture: Pixels) -> "_View":
        small = shrink(picture, SIDE)
        # In grey, print in a light color is pale beside what is written on it.
        channels = [darkness(np.asarray(one, np.uint8), WINDOW) for one in cv2.split(small)]
        return cls(picture, darkest(channels), small.shape[1] / picture.shape[1])

    def marks(self) -> Corners | None:
        """Return the marks in the corners, in pixels of the view."""
        return find_corner_marks(self.ink > INK)

    def features(self, kind: str) -> Features:
        """Return places and descriptors of what is seen again from elsewhere, "orb" or "sift"."""
        smooth = cv2.GaussianBlur(self.ink, (0, 0), SMOOTH)
        flat = (255 * np.clip(smooth / max(float(smooth.max()), 0.1), 0, 1)).astype(np.uint8)
        detector = (
            cv2.ORB.create(FEATURES[kind], scaleFactor=1.3, nlevels=6, fastThreshold=8)
            if kind == "orb"
            else cv2.SIFT.create(FEATURES[kind], contrastThreshold=0.03)
        )
        found, descriptors = detector.detectAndCompute(flat, None)
        return np.array([point.pt for point in found], np.float64).reshape(-1, 2), descriptors


class Finder:
    """Finds a page of a form in pictures by its print.

    Parameters
    ----------
    picture : (height, width, 3) uint8
        The page, blank or filled.
    marks : (4, 4) float64, optional
        Those in its corners, in pixels.
    fields : sequence of (left, top, width, height)
        Pixels: where it is written on.
    """

    def __init__(self, picture: Pixels, marks: Corners | None = None, fields: Sequence[Rect] = ()) -> None:
        self.view = _View.of(picture)
        self.marks = None if marks is None else middles_of(marks * self.view.scale)
        self.features = {kind: self.view.features(kind) for kind in KINDS}
        self.patches = _patches(self.view.ink)
        self.bare = _bare(self.view, fields)
        self.weights = _weights(self.view, self.patches, self.bare)
        # Pages are blurred more than the form, on which they are sought: blurred alike, their print fits.
        self.print = np.asarray(cv2.GaussianBlur(self.view.ink, (0, 0), BLUR), np.float32)

    def find(self, picture: Pixels, *, least: float) -> Placement | None:
        """Return how the form lies in a picture: the first way that fits so well, else the best one."""
        short, long = sorted(picture.shape[:2])
        if short * min(1, SIDE / long) < PATCH or not len(self.patches):  # no square of print has room, or is
            return None
        seen = _View.of(picture)
        best: Placement | None = None
        for matrix in self._guesses(seen):
            placed = self._place(seen, matrix, least)
            if placed and (best is None or placed.fit > best.fit):
                best = placed
            if best and best.fit >= least:
                break
        return best

    def evidence_beside(self, other: "Finder", picture: Pixels, placed: Placement) -> float:
        """Return what speaks for this form and against another in a picture, by what differs in their print.

        It is the log-likelihood ratio, but for a factor, where darkness errs alike everywhere.
        """
        seen, squares = _View.of(picture), _patches(self.view.ink, most=None)
        ours, theirs = np.diag([self.view.scale] * 2 + [1]), np.diag([seen.scale] * 2 + [1])
        back = self._back(seen, theirs @ placed.matrix @ np.linalg.inv(ours))
        height, width = back.shape
        resized = np.asarray(cv2.resize(other.print, (width, height)), np.float32)
        own, beside, found = (
            _cut(page, _search(self.print, page, squares, REACHES[-1])[0])
            for page in (self.print, resized, back)
        )
        usual = (own + beside) / 2
        lighter = float((usual * usual).sum() / max(float((usual * found).sum()), 1e-9))
        return float(((own - beside) * (lighter * found - usual)).sum())

    def is_as_large(self, other: "Finder") -> bool:
        """Tell whether another form's page is of the same shape."""
        return bool(np.abs(np.subtract(self.print.shape, other.print.shape)).max() <= NEAR)

    def _guesses(self, seen: _View) -> Iterator[Matrix]:
        """Yield ways in which the form may lie, the quickest first: by its marks, features and outline."""
        if self.marks is not None and (marks := seen.marks()) is not None:
            yield from _each_way(self.marks, middles_of(marks))
        quick, sure = KINDS
        yield from self._match(seen, quick)
        height, width = self.view.ink.shape
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        yield from _each_way(corners, _outline(shrink(seen.picture, SIDE)))
        yield from self._match(seen, sure)

    def _match(self, seen: _View, kind: str) -> Iterator[Matrix]:
        """Yield the way by features of a kind, if enough are alike."""
        matrix = _match(self.features[kind], seen.features(kind))
        if matrix is not None:
            yield matrix

    def _place(self, seen: _View, matrix: Matrix, least: float) -> Placement | None:
        """Return the placement that print near its place tells, None where nothing is like it."""
        laid = self._refine(seen, matrix, REACHES)
        if laid is None:
            return None
        if laid.fit >= least and self._strays(seen, laid):
            laid = max(laid, self._refine(seen, laid.matrix, FAR) or laid, key=lambda one: one.fit)
        ours, theirs = self.view.scale, seen.scale
        whole = np.diag([1 / theirs, 1 / theirs, 1]) @ laid.matrix @ np.diag([ours, ours, 1])
        return Placement(matrix=whole / whole[2, 2], fit=laid.fit)

    def _refine(self, seen: _View, matrix: Matrix, reaches: Sequence[int]) -> _Laid | None:
        """Return how the page lies by the print that is found within these reaches, one after the other."""
        likeness, agree = np.zeros(len(self.patches)), 0
        for reach in reaches:
            if 2 * agree > len(self.patches) and reach > reaches[-1]:  # it lies nearer by now
                continue
            if not _is_plausible(matrix, self.view.ink.shape):
                return None
            found, likeness = self._search(self.print, seen, matrix, self.patches, reach)
            good = likeness >= FOUND
            if good.sum() < 4:
                break
            middles = np.asarray(self.patches[good] + PATCH / 2, np.float64)
            step, agree = _fit(middles, found[good] + PATCH / 2)
            if step is None:
                break
            matrix = matrix @ step
        # Much writing makes blurred print more unlike than sharp print is.
        _, sharp = self._search(self.view.ink, seen, matrix, self.patches, reaches[-1])
        fit = max(float(np.average(found, weights=self.weights)) for found in (likeness, sharp))
        return _Laid(matrix=matrix, fit=fit, unlike=self.patches[likeness < FOUND])

    def _strays(self, seen: _View, laid: _Laid) -> bool:
        """Tell whether print that is unlike at its place is found farther off: rows of a table are alike."""
        if len(laid.unlike) < STRAYED:
            return False
        _, likeness = self._search(self.print, seen, laid.matrix, laid.unlike, FAR[0])
        return bool((likeness >= SURE).sum() >= STRAYED)

    def _search(
        self, form: Darkness, seen: _View, matrix: Matrix, patches: NDArray[np.int64], reach: int
    ) -> tuple[Points, NDArray[np.float64]]:
        """Return where squares of the form are found on a page that lies so, by what is in no field."""
        return _search(form, self._back(seen, matrix), patches, reach, self.bare)

    def _back(self, seen: _View, matrix: Matrix) -> Darkness:
        """Return the ink of a page as the form has it."""
        height, width = self.view.ink.shape
        back = cv2.warpPerspective(seen.ink, matrix, (width, height), flags=cv2.WARP_INVERSE_MAP | 1)
        return np.asarray(back, np.float32)


def find_marks(picture: Pixels) -> Corners | None:
    """Return the marks in the corners of a page, in its pixels, as they are sought on its scans."""
    view = _View.of(picture)
    marks = view.marks()
    return None if marks is None else marks / view.scale


def _each_way(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> Iterator[Matrix]:
    """Yield how four corners lie on others if these are turned by no, two, one and three quarters."""
    for quarters in QUARTERS:
        yield np.asarray(cv2.getPerspectiveTransform(ours, np.roll(theirs, -quarters, axis=0)))


def _match(ours: Features, theirs: Features) -> Matrix | None:
    """Return the homography between two pages by what is alike on them; None if little is."""
    if any(found[1] is None or len(found[0]) < INLIERS for found in (ours, theirs)):
        return None
    norm = cv2.NORM_HAMMING if ours[1].dtype == np.uint8 else cv2.NORM_L2
    pairs = cv2.BFMatcher(norm, crossCheck=True).match(ours[1], theirs[1])
    rows = np.array([(pair.queryIdx, pair.trainIdx) for pair in pairs], np.int64).reshape(-1, 2)
    matrix, inliers = _fit(ours[0][rows[:, 0]], theirs[0][rows[:, 1]])
    return matrix if inliers >= INLIERS else None


def _fit(ours: Points, theirs: Points) -> tuple[Matrix | None, int]:
    """Return the homography on which most points agree, and how many do.

    References
    ----------
    D. Barath, J. Noskova, M. Ivashechkin, J. Matas (2020), MAGSAC++, a fast, reliable and accurate robust
    estimator, as OpenCV has it.
    """
    if len(ours) < 4:
        return None, 0
    matrix, mask = cv2.findHomography(ours, theirs, cv2.USAC_MAGSAC, NEAR, maxIters=3000, confidence=0.999)
    return (None, 0) if matrix is None else (np.asarray(matrix, np.float64), int(mask.sum()))


def _patches(ink: Darkness, most: int | None = MOST_PATCHES) -> NDArray[np.int64]:
    """Return the left top corners (n, 2) of squares with print in them, mere rules last."""
    corner = cv2.cornerMinEigenVal(ink, 5)
    spots = []
    for top in range(0, ink.shape[0] - PATCH + 1, PATCH):
        for left in range(0, ink.shape[1] - PATCH + 1, PATCH):
            part = slice(top, top + PATCH), slice(left, left + PATCH)
            if (ink[part] > INK).mean() >= INKED:
                spots.append((float(corner[part].mean()), left, top))
    spots.sort(reverse=True)
    return np.array([spot[1:] for spot in spots[:most]], np.int64).reshape(-1, 2)


def _bare(view: _View, fields: Sequence[Rect]) -> Mask:
    """Return what of a view is in no field: what is written hides print."""
    bare = np.ones(view.ink.shape, bool)
    for field in fields:
        left, top, width, height = (round(side * view.scale) for side in field)
        bare[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = False
    return bare


def _weights(view: _View, patches: NDArray[np.int64], bare: Mask) -> NDArray[np.float64]:
    """Return how much each square of print tells: a rule is like any other, what is written hides print.

    It is the share of it that is in no field, times how evenly its edges lie, 0 where all run one way.
    """
    across, down = (cv2.Sobel(view.ink, cv2.CV_64F, *way) for way in ((1, 0), (0, 1)))
    known = np.stack([bare, across * across, down * down, across * down])
    parts = [known[:, top : top + PATCH, left : left + PATCH] for left, top in patches.tolist()]
    free, wide, high, both = np.reshape([part.mean(axis=(1, 2)) for part in parts], (-1, 4)).T
    least = wide + high - np.hypot(wide - high, 2 * both)  # half of it is the smaller eigenvalue
    told = free * least / np.maximum(wide + high, np.finfo(np.float64).tiny)
    return np.asarray(np.maximum(told, 1 / PATCH**2))  # where no square tells, all count


def _search(
    form: Darkness, page: Darkness, patches: NDArray[np.int64], reach: int, bare: Mask | None = None
) -> tuple[Points, NDArray[np.float64]]:
    """Return where on the page each square of the form, or its bare part, is found, and how like it is."""
    wide = cv2.copyMakeBorder(page, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
    found, likeness = np.zeros((len(patches), 2)), np.zeros(len(patches))
    for row, (left, top) in enumerate(patches.tolist()):
        own = form[top : top + PATCH, left : left + PATCH]
        near = wide[top : top + PATCH + 2 * reach, left : left + PATCH + 2 * reach]
        counts = None if bare is None else bare[top : top + PATCH, left : left + PATCH]
        scores = _correlate(np.asarray(near, np.float32), own, counts)
        _, likeness[row], _, place = cv2.minMaxLoc(scores)
        found[row] = left + place[0] - reach, top + place[1] - reach
    return found, likeness


def _correlate(page: Darkness, own: Darkness, bare: Mask | None) -> NDArray[np.float32]:
    """Return how like a square is to each one of a page, -1 to 1; by its bare part if that is not blank."""
    if bare is None or bare.all() or not bare.any() or np.ptp(own[bare]) < INK:
        return np.asarray(cv2.matchTemplate(page, own, cv2.TM_CCOEFF_NORMED), np.float32)
    found = cv2.matchTemplate(page, own, cv2.TM_CCOEFF_NORMED, mask=bare.astype(np.float32))
    scores = np.asarray(found, np.float32)
    return np.where(np.abs(scores) <= MOST, scores, np.float32(0))  # paper without ink is like nothing


def _cut(page: Darkness, corners: Points) -> Darkness:
    """Return squares of a page, (n, side, side); beyond it there is no print."""
    wide = cv2.copyMakeBorder(page, PATCH, PATCH, PATCH, PATCH, cv2.BORDER_CONSTANT)
    places = corners.astype(np.int64) + PATCH
    return np.stack([wide[top : top + PATCH, left : left + PATCH] for left, top in places.tolist()])


def _is_plausible(matrix: Matrix, shape: tuple[int, ...]) -> bool:
    """Tell whether a page seen so is not mirrored and leans mildly."""
    height, width = shape
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    if (matrix[2] @ np.hstack([corners[0], np.ones((4, 1))]).T <= 0).any():
        return False
    seen = cv2.perspectiveTransform(corners, matrix)[0]
    if not cv2.isContourConvex(seen.astype(np.float32)) or cv2.contourArea(seen.astype(np.float32), True) < 0:
        return False
    sides = np.hypot(*(np.roll(seen, -1, axis=0) - seen).T) / (width, height, width, height)
    return bool(sides.max() <= SKEW * sides.min())


def _outline(pixels: Pixels) -> NDArray[np.float32]:
    """Return the corners of the sheet that is seen, or those of the picture, from the left top one on."""
    height, width = pixels.shape[:2]
    page = find_page(pixels)
    if page is None:
        return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    corners = cv2.boxPoints(cv2.minAreaRect(cv2.findNonZero(page.astype(np.uint8))))
    first = int(corners.sum(axis=1).argmin())
    return np.asarray(np.roll(corners, -first, axis=0), np.float32)
