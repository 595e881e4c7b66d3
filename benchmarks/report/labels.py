"""Points of a picture and their names -> labels beside them that lie on no point and on no other label."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

LABEL, LETTER, FAR = 9, 4.6, 22  # points of type: a label's height, its letters' width; pixels
SPOT = 5  # pixels from the middle of a point to its edge
DISTANCES = (8, 16, 26, 38, 52, 70, 95, 130)  # points of type, from a point to its label
Place = tuple[float, float]


def label_points(figure: Any, axes: Any, names: Mapping[str, Place], others: Sequence[Place] = ()) -> None:
    """Write each point's name at the first free place near it; a line leads to one that is farther.

    Parameters
    ----------
    figure, axes : of Matplotlib
    names : mapping
        From a name to its point, in units of the axes.
    others : sequence
        Points without a name, on which no label may lie either.
    """
    figure.draw_without_rendering()
    dots = figure.dpi / 72  # a point of type
    spots = [tuple(axes.transData.transform(place)) for place in (*names.values(), *others)]
    taken: list[tuple[float, ...]] = [(x - SPOT, y - SPOT, x + SPOT, y + SPOT) for x, y in spots]
    for name, (x, y) in zip(names, spots, strict=False):
        width, height = LETTER * len(name) * dots, LABEL * dots
        corners = [
            (x + dx * dots - (width if dx < 0 else 0), y + dy * dots - height / 2)
            for distance in DISTANCES
            for dx, dy in _around(distance)
        ]
        left, bottom = _first_free(corners, (width, height), axes.bbox, taken)
        taken.append((left, bottom, left + width, bottom + height))
        _write_label(axes, name, (x, y), (left, bottom + height / 2), width)


def _first_free(
    corners: Sequence[Place], size: Place, within: Any, taken: Sequence[tuple[float, ...]]
) -> Place:
    """Return the first corner at which a label of this size overlaps nothing; where none does, the first."""
    for corner in corners:
        inside = within.x0 < corner[0] and corner[0] + size[0] < within.x1
        if inside and not any(_overlap(corner, *size, other) for other in taken):
            return corner
    return corners[0]


def _around(distance: float) -> list[Place]:
    """Return where a label may begin or end, right and left of a point, in points of type."""
    heights = (0, 0.6, -0.6, 1, -1)
    return [(side * max(6, distance * (1 - abs(up))), distance * up) for up in heights for side in (1, -1)]


def _overlap(box: Sequence[float], width: float, height: float, other: Sequence[float]) -> bool:
    left, bottom = box[:2]
    return left < other[2] and other[0] < left + width and bottom < other[3] and other[1] < bottom + height


def _write_label(axes: Any, name: str, at: Place, start: Place, width: float) -> None:
    """Write a name that begins there, in pixels of the figure."""
    near = start[0] if start[0] > at[0] else start[0] + width
    far = np.hypot(near - at[0], start[1] - at[1]) > FAR
    line = {"arrowstyle": "-", "color": "#888888", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
    data = axes.transData.inverted()
    if far:
        axes.annotate("", data.transform(at), data.transform((near, start[1])), arrowprops=line)
    halo = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
    axes.annotate(name, data.transform(start), fontsize=LABEL - 1, ha="left", va="center", bbox=halo)
