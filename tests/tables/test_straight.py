import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from knn_digits.photo.ink import Ink
from knn_digits.tables.straight import MARGIN, straighten

SIDE = 100  # pixels of a cell
EDGES = np.arange(1, 5) * SIDE  # pixels: where three cells begin, and the last ends
SEEN = slice(round((1 - MARGIN) * SIDE), round((4 + MARGIN) * SIDE))  # pixels of what is laid straight


def draw_ring_on_rule(*, thick: int = 3) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where a grid is whose rules are so thick, and where a ring whose foot lies on one of them is."""
    grid, ring = (np.zeros((5 * SIDE, 5 * SIDE), np.float32) for _ in range(2))
    for at in EDGES.tolist():
        cv2.line(grid, (at, SIDE), (at, 4 * SIDE), 1.0, thick)
        cv2.line(grid, (SIDE, at), (4 * SIDE, at), 1.0, thick)
    cv2.ellipse(ring, (SIDE + SIDE // 2, 3 * SIDE - 24), (17, 25), 0, 0, 360, 1.0, 5)
    return grid, ring


@pytest.mark.parametrize("rule", [0.35, 0.5, 0.65])
def test_a_digit_on_a_rule_keeps_its_shape_and_no_piece_of_the_rule(rule: float) -> None:
    grid, ring = draw_ring_on_rule()
    darkness = 1 - (1 - np.float32(rule) * grid) * (1 - np.float32(0.8) * ring)
    ink = Ink(darkness=darkness, threshold=0.3)
    corners = np.stack(np.meshgrid(EDGES, EDGES), axis=2).astype(np.float64)
    found = straighten(ink, corners).ink.mask
    wanted = ring[SEEN, SEEN] > 0.5
    assert (found & wanted).sum() > 0.9 * (found | wanted).sum()


def test_thick_rules_are_taken_away_and_set_no_threshold() -> None:
    grid, ring = draw_ring_on_rule(thick=21)
    darkness = 1 - (1 - np.float32(0.95) * grid) * (1 - np.float32(0.3) * ring)
    ink = Ink(darkness=darkness, threshold=0.45)
    corners = np.stack(np.meshgrid(EDGES, EDGES), axis=2).astype(np.float64)
    table = straighten(ink, corners)
    assert table.rules[grid[SEEN, SEEN] > 0.5].mean() > 0.9
    wanted = (ring[SEEN, SEEN] > 0.5) & (grid[SEEN, SEEN] < 0.5)
    assert table.ink.mask[wanted].mean() > 0.9


def test_a_table_is_seen_on_other_ink_where_it_lay() -> None:
    grid, ring = draw_ring_on_rule()
    page, other = (Ink(darkness=dark, threshold=0.3) for dark in (grid, np.maximum(grid, ring)))
    corners = np.stack(np.meshgrid(EDGES, EDGES), axis=2).astype(np.float64)
    found, wanted = straighten(page, corners).seen_on(other), straighten(other, corners)
    assert np.abs(found.nodes - wanted.nodes).max() < 1e-9
    assert found.ink == wanted.ink


def test_light_is_smoothed_by_a_pixel_at_most_and_less_where_digits_are_small() -> None:
    corners = np.stack(np.meshgrid(EDGES, EDGES), axis=2).astype(np.float64)
    blurs = []
    for height in (15, 30, 60):
        darkness = np.zeros((5 * SIDE, 5 * SIDE), np.float32)
        cv2.line(darkness, (SIDE + 40, SIDE + 20), (SIDE + 55, SIDE + 20 + height), 1.0, 3)
        blurs.append(straighten(Ink(darkness=darkness, threshold=0.5), corners).blur)
    assert blurs[0] < blurs[1] < blurs[2] == 1
    empty = np.zeros_like(darkness)
    assert straighten(Ink(darkness=empty, threshold=0.5), corners).blur == 1
