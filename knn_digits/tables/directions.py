"""Ink -> straight segments and two directions of a grid -> a view in which rules are level and upright.

A grid on a photo runs to two vanishing points. The line through them is sent to infinity, which leaves rules
parallel; then both directions are laid along the axes. Even steps on paper are even steps there. Where a page
bends, as an open book does, rules of one direction are arcs: these are laid flat before.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.photo.ink import Ink
from knn_digits.reading.evidence import chunks

Segments = NDArray[np.float64]  # (n, 4): column and row of one end, column and row of the other
Edges = NDArray[np.float64]  # (n, 5): the same from left to right; 1 where ink lies above it, -1 where below
Points = NDArray[np.float64]  # (n, 2): column, row
Matrix = NDArray[np.float64]  # (3, 3): a projective map

FAN = 30.0  # degrees: how far perspective may turn a direction of a grid, and each rule from the usual one
NEAR = 1.5  # degrees: a segment that points so near to a vanishing point belongs to it
TRIALS = 400  # pairs of segments whose crossing is tried as a vanishing point
BETTER = 1.05  # times the support of parallels that a vanishing point must have to be believed


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Bend:
    """A parabola that the straight lines of one direction are bent to, wherever they lie.

    middle, along : (2,) float64
        Its vertex in pixels, and the unit vector along the lines.
    curve : float
        Pixels that it rises, for a pixel squared from the vertex.
    """

    middle: NDArray[np.float64]
    along: NDArray[np.float64]
    curve: float

    def laid_flat(self, points: Points) -> Points:
        """Return where points (n, 2) lie if it is undone."""
        return self._risen(points, -self.curve)

    def bent(self, points: Points) -> Points:
        """Return where points (n, 2) that are laid flat lie."""
        return self._risen(points, self.curve)

    def _risen(self, points: Points, curve: float) -> Points:
        away = (points - self.middle) @ self.along
        across = np.array([-self.along[1], self.along[0]])
        return np.asarray(points + (curve * away**2)[:, None] * across, np.float64)


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Directions:
    """The segments along each of a grid's directions, seen from straight above.

    level : (n, 5) float64
        Edges of ink along its rows.
    upright : (m, 5) float64
        The same along its columns, with column and row exchanged: from top to bottom, of ink left or right.
    matrix : (3, 3) float64
        From pixels of the ink, laid flat, to where the segments are.
    bends : tuple of Bend
        As they are laid flat, one after the other.
    """

    level: Edges
    upright: Edges
    matrix: Matrix
    bends: tuple[Bend, ...] = ()

    def on_ink(self, points: Points) -> Points:
        """Return where on the ink points (n, 2) are."""
        points = move(points, np.asarray(np.linalg.inv(self.matrix), np.float64))
        for bend in reversed(self.bends):
            points = bend.bent(points)
        return points


def find_segments(ink: Ink, *, faintest: float, full: float) -> Segments:
    """Return the straight edges of ink, those from left to right below it.

    Parameters
    ----------
    ink : Ink
    faintest, full : float
        Of the threshold: ink up to the one is passed over, from the other on it counts whole.

    References
    ----------
    R. Grompone von Gioi, J. Jakubowicz, J.-M. Morel, G. Randall (2012), LSD: a line segment detector.
    """
    low, high = faintest * ink.threshold, full * ink.threshold
    grey = (255 * np.clip((ink.darkness - low) / (high - low), 0, 1)).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    return np.zeros((0, 4)) if found is None else np.asarray(found, np.float64).reshape(-1, 4)


def find_directions(segments: Segments, shape: tuple[int, ...]) -> Directions | None:
    """Return the directions of the grid that most segments belong to, None where there are no two."""
    return _directions_of(segments, (), *_middle_of(shape))


def find_bent_directions(segments: Segments, shape: tuple[int, ...]) -> Directions | None:
    """Return the same where arcs are laid flat; None where the page does not bend, too."""
    middle, size = _middle_of(shape)
    segments, bends = _without_bends(segments, middle, size)
    return _directions_of(segments, bends, middle, size) if bends else None


def _middle_of(shape: tuple[int, ...]) -> tuple[Points, float]:
    """Return the middle of a picture, and half its diagonal."""
    return np.array([shape[1], shape[0]]) / 2, math.hypot(*shape) / 2


def _directions_of(
    segments: Segments, bends: tuple[Bend, ...], middle: Points, size: float
) -> Directions | None:
    peaks = _peaks(segments)
    if peaks is None:
        return None
    normal = (segments.reshape(-1, 2, 2) - middle) / size
    fans = [normal[_fan(normal, peak)] for peak in peaks]
    if min(map(len, fans)) < 2:
        return None
    points = [_vanishing(own, peak)[0] for own, peak in zip(fans, peaks, strict=True)]
    flat = _flatten(points[0], points[1])
    scale = np.array([[1 / size, 0, -middle[0] / size], [0, 1 / size, -middle[1] / size], [0, 0, 1]])
    matrix = np.diag([size, size, 1]) @ flat @ scale
    near = [_angles_to(normal, point[None])[0] <= 2 * NEAR for point in points]
    if min(part.sum() for part in near) < 2:
        return None
    level, upright = (
        _ordered(move(segments[part].reshape(-1, 2), matrix), axis) for axis, part in enumerate(near)
    )
    return Directions(level=level, upright=upright, matrix=matrix, bends=bends)


def _without_bends(segments: Segments, middle: Points, size: float) -> tuple[Segments, tuple[Bend, ...]]:
    """Return segments as they lie on flat paper, and how it is bent along either direction of its grid."""
    bends = []
    for axis in (0, 1):
        bend = _find_bend(segments, axis, middle, size)
        if bend is not None:
            segments = bend.laid_flat(segments.reshape(-1, 2)).reshape(-1, 4)
            bends.append(bend)
    return segments, tuple(bends)


def _find_bend(segments: Segments, axis: int, middle: Points, size: float) -> Bend | None:
    """Return how a page is bent along the more level direction of its grid, or the other; None if straight.

    Of all arcs that end no steeper than a fan is wide, it is the one that most segments lie along, if more of
    them point at one vanishing point where it is laid flat.
    """
    peaks = _peaks(segments)
    if peaks is None:
        return None
    normal = (segments.reshape(-1, 2, 2) - middle) / size
    own = normal[_fan(normal, peaks[axis])]
    radians = math.radians(peaks[axis])
    along = np.array([math.cos(radians), math.sin(radians)])
    steepest = math.tan(math.radians(FAN)) / 2
    curves = np.linspace(-steepest, steepest, 2 * round(FAN / NEAR) + 1)
    support = [_directed(own, along, float(curve)) for curve in curves]
    best = int(np.argmax(support))
    if support[best] <= BETTER * support[len(curves) // 2]:
        return None
    bend = Bend(middle=np.zeros(2), along=along, curve=float(curves[best]))
    flat = bend.laid_flat(own.reshape(-1, 2)).reshape(own.shape)
    if _vanishing(flat, peaks[axis])[1] <= BETTER * _vanishing(own, peaks[axis])[1]:
        return None
    return Bend(middle=middle, along=along, curve=bend.curve / size)


def _directed(own: NDArray[np.float64], along: NDArray[np.float64], curve: float) -> float:
    """Return how much of the length of segments (n, 2, 2) has one direction where an arc is laid flat."""
    way, away = own[:, 1] - own[:, 0], own.mean(axis=1) @ along
    slopes = (way @ np.array([-along[1], along[0]])) / (way @ along) - 2 * curve * away
    degrees = np.degrees(np.arctan(slopes))
    bins = np.bincount(np.round((degrees + 90) / NEAR).astype(int), np.hypot(*way.T), round(180 / NEAR) + 1)
    return float((bins[1:] + bins[:-1]).max())


def move(points: Points, matrix: Matrix) -> Points:
    """Return points as a projective map moves them."""
    return np.asarray(cv2.perspectiveTransform(points[None].astype(np.float64), matrix)[0], np.float64)


def _lengths(segments: Segments) -> NDArray[np.float64]:
    return np.asarray(np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]))


def _peaks(segments: Segments) -> tuple[float, float] | None:
    """Return the two angles, in degrees, along which most of the segments lie: first the more level one."""
    if len(segments) < 4:
        return None
    across, down = (segments[:, 2:] - segments[:, :2]).T
    angles = np.degrees(np.arctan2(down, across)) % 180
    counts = np.bincount(angles.astype(np.int64) % 180, _lengths(segments) ** 2, 180)
    kernel = np.exp(-0.5 * (np.arange(-9, 10) / 3) ** 2)
    smooth = np.convolve(np.concatenate([counts[-9:], counts, counts[:9]]), kernel, "valid")
    one, other = np.divmod(np.arange(180 * 180), 180)
    apart = np.abs(one - other)
    allowed = (one < other) & (np.abs(apart - 90) <= FAN)
    best = int(np.argmax(np.where(allowed, smooth[one] * smooth[other], -1)))
    first, second = float(one[best]), float(other[best])
    level = sorted((first, second), key=lambda angle: min(angle, 180 - angle))
    return level[0], level[1]


def _fan(normal: NDArray[np.float64], peak: float) -> NDArray[np.bool_]:
    """Return which segments (n, 2, 2) point about as an angle in degrees does."""
    across, down = (normal[:, 1] - normal[:, 0]).T
    angles = np.degrees(np.arctan2(down, across))
    return np.asarray(np.abs((angles - peak + 90) % 180 - 90) <= FAN)


def _vanishing(own: NDArray[np.float64], peak: float) -> tuple[NDArray[np.float64], float]:
    """Return the vanishing point, homogeneous, of segments (n, 2, 2) about an angle, and its support."""
    lengths = np.hypot(*(own[:, 1] - own[:, 0]).T)
    ends = np.concatenate([own, np.ones((len(own), 2, 1))], axis=2)
    lines = np.cross(ends[:, 0], ends[:, 1]) / lengths[:, None]
    chance = np.random.default_rng(0)
    pairs = chance.choice(len(own), (TRIALS, 2), p=lengths**2 / (lengths**2).sum())
    crossings = np.cross(lines[pairs[:, 0]], lines[pairs[:, 1]])
    radians = np.radians(np.arange(peak - FAN, peak + FAN, 0.5))
    parallels = np.stack([np.cos(radians), np.sin(radians), np.zeros(len(radians))], axis=1)
    best, support = _best(own, lengths, parallels)
    crossing, more = _best(own, lengths, crossings[np.abs(crossings).sum(axis=1) > 1e-9])
    if more > BETTER * support:
        best, support = crossing, more
    return _refined(own, lines, lengths, best), support


def _best(
    own: NDArray[np.float64], lengths: NDArray[np.float64], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the point that most of the segments' length points at, and that length."""
    if not len(points):
        return np.array([1.0, 0, 0]), 0.0
    parts = (_angles_to(own, points[rows]) <= NEAR for rows in chunks(len(points)))
    support = np.concatenate([(part * lengths).sum(axis=1) for part in parts])
    return points[int(support.argmax())], float(support.max())


def _refined(
    own: NDArray[np.float64],
    lines: NDArray[np.float64],
    lengths: NDArray[np.float64],
    point: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the point nearest to all lines, in the sense of least squares, that point at it."""
    near = _angles_to(own, point[None])[0] <= NEAR
    if near.sum() < 2:
        return point
    if abs(point[2]) < 1e-9:  # parallels stay parallel
        along = (own[near, 1] - own[near, 0]) * np.sign((own[near, 1] - own[near, 0]) @ point[:2])[:, None]
        mean = along.sum(axis=0)
        return np.array([*(mean / np.hypot(*mean)), 0])
    weighted = lines[near] * lengths[near, None]
    return np.asarray(np.linalg.svd(weighted)[2][-1], np.float64)


def _angles_to(own: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the degrees between each segment (n) and the way from its middle to each point (m), (m, n)."""
    middle, along = own.mean(axis=1), own[:, 1] - own[:, 0]
    way = points[:, None, :2] - points[:, None, 2:] * middle
    cross = np.abs(way[..., 0] * along[:, 1] - way[..., 1] * along[:, 0])
    size = np.hypot(way[..., 0], way[..., 1]) * np.hypot(*along.T)
    return np.asarray(np.degrees(np.arcsin(np.clip(cross / np.maximum(size, 1e-12), 0, 1))))


def _flatten(level: NDArray[np.float64], upright: NDArray[np.float64]) -> Matrix:
    """Return the map that sends two vanishing points to those of the axes, and keeps areas in the middle."""
    horizon = np.cross(level, upright)
    horizon = horizon / horizon[2] if abs(horizon[2]) > 1e-9 else np.array([0, 0, 1.0])
    project = np.array([[1, 0, 0], [0, 1, 0], horizon])
    axes = np.stack([(project @ level)[:2], (project @ upright)[:2]], axis=1)
    axes = axes / np.hypot(*axes) * np.sign([axes[0, 0], axes[1, 1]])
    straight = np.eye(3)
    straight[:2, :2] = np.linalg.inv(axes) * np.sqrt(abs(np.linalg.det(axes)))
    return np.asarray(straight @ project, np.float64)


def _ordered(points: Points, axis: int) -> Edges:
    """Return segments from left to right; along the columns, with column and row exchanged."""
    segments = points.reshape(-1, 2, 2)
    segments = segments[:, :, ::-1] if axis else segments
    backward = segments[:, 0, 0] > segments[:, 1, 0]
    segments[backward] = segments[backward, ::-1]
    sides = np.where(backward == bool(axis), 1.0, -1.0)
    return np.hstack([segments.reshape(-1, 4), sides[:, None]])


def ink_levels() -> Iterator[tuple[float, float]]:
    """Yield how faint ink may be, of the threshold: rules are often fainter than the pen."""
    yield from ((0.5, 1.2), (0.15, 0.6))
