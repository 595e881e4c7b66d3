import itertools
import time

import cv2
import numpy as np
import pytest

from knn_digits.arrays import Digits, Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo import cuts as cuts_module
from knn_digits.photo.boxes import Box, Mark
from knn_digits.photo.candidates import Pictures
from knn_digits.photo.cuts import Cuts, Part, find_cuts, find_seams
from tests.photo.scenes import blank, join


def mark_of(ink: Pixels) -> Mark:
    return Mark(box=Box(left=100, top=50, width=ink.shape[1], height=ink.shape[0]), ink=ink)


def touching(digits: Digits, *rows: int) -> tuple[Mark, list[int]]:
    """Return a mark of digits that overlap a little, and the columns at which they do."""
    ink, seams = join([digits[row] for row in rows], overlap=4)
    mark = mark_of(ink)
    return mark, [mark.box.left + seam for seam in seams]


@pytest.mark.parametrize("rows", [(22, 28), (20, 21), (24, 25), (20, 30, 40)])
def test_a_part_is_offered_for_each_of_the_digits_that_touch(rows: tuple[int, ...], sample: Dataset) -> None:
    mark, seams = touching(sample.digits, *rows)
    parts = find_cuts(mark).parts.values()
    lefts = [part.box.left for part in parts]
    for seam in seams:
        assert min(abs(left - seam) for left in lefts) <= 12  # pixels, of digits 100 pixels high


def test_a_seam_through_paper_crosses_no_ink() -> None:
    ink = blank(60, 80)
    ink[5:55, 10:20] = ink[5:55, 60:70] = 255
    cuts = find_cuts(mark_of(ink))
    assert min(cuts.crossed) == 0
    boxes = [part.box for part in cuts.parts.values()]
    assert Box(left=110, top=55, width=10, height=50) in boxes
    assert Box(left=160, top=55, width=10, height=50) in boxes


def test_a_seam_between_slanting_strokes_leans_with_them() -> None:
    ink = blank(100, 100)
    for row in range(100):
        for left in (30, 60):
            ink[row, left + 15 - row * 30 // 100 : left + 27 - row * 30 // 100] = 255
    seams = [seam for seam in find_seams(mark_of(ink)) if 30 < seam.columns.mean() < 65]
    assert min(seam.crossed for seam in seams) < 0.02


def test_the_parts_on_both_sides_of_a_seam_hold_all_ink_but_its_soft_edges(sample: Dataset) -> None:
    mark, _ = touching(sample.digits, 22, 28)
    cuts = find_cuts(mark)
    last = len(cuts.crossed) + 1
    pairs = [(0, seam) for seam in range(1, last) if {(0, seam), (seam, last)} <= set(cuts.parts)]
    assert pairs
    for start, seam in pairs:
        halves = (cuts.parts[start, seam], cuts.parts[seam, last])
        kept = sum(int(np.count_nonzero(ink)) for ink in Pictures(part.ink for part in halves))
        assert kept == pytest.approx(int((mark.ink > 0).sum()), rel=0.1)


def test_a_part_that_is_cut_out_later_is_the_same(sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    mark, _ = touching(sample.digits, 22, 28)
    found = []
    for held in (0, 1 << 20):
        monkeypatch.setattr(cuts_module, "HELD", held)
        parts = find_cuts(mark).parts.values()
        found.append(Pictures(part.ink for part in parts))
        assert all(callable(part.ink) == (not held) for part in parts)
    for later, at_once in zip(*found, strict=True):
        assert (later == at_once).all()


def test_no_part_is_much_lower_than_the_mark() -> None:
    ink = blank(100, 100)
    ink[:, 5:15] = 255
    ink[90:, 5:] = 255  # an L has no right part
    cuts = find_cuts(mark_of(ink))
    assert all(part.box.height >= 45 for part in cuts.parts.values())
    assert cuts.best(dict.fromkeys(cuts.parts, 0.1)) == []


def test_from_each_part_others_lead_to_both_sides_of_the_mark(sample: Dataset) -> None:
    mark, _ = touching(sample.digits, 22, 28, 23)
    cuts = find_cuts(mark)
    last = len(cuts.crossed) + 1
    assert len(cuts.parts) > 3
    starts, stops = ({span[side] for span in cuts.parts} for side in (0, 1))
    assert all(start in stops | {0} and stop in starts | {last} for start, stop in cuts.parts)


def test_the_parts_that_look_most_like_digits_are_chosen(sample: Dataset) -> None:
    mark, _ = touching(sample.digits, 22, 28, 23)
    cuts = find_cuts(mark)
    last = len(cuts.crossed) + 1
    for wanted in [(0, 2, last), (0, 2, 4, last)]:
        spans = [span for span in itertools.pairwise(wanted) if span in cuts.parts]
        if len(spans) == len(wanted) - 1:
            strangeness = {span: 0.1 if span in spans else 2.0 for span in cuts.parts}
            assert cuts.best(strangeness) == spans


def test_of_cuts_alike_the_one_through_less_ink_is_chosen() -> None:
    mark = mark_of(blank(60, 40))
    part = Part(box=mark.box, area=0, ink=mark.ink)
    cuts = Cuts(parts=dict.fromkeys([(0, 1), (1, 3), (0, 2), (2, 3)], part), crossed=(0.3, 0.1))
    assert cuts.best(dict.fromkeys(cuts.parts, 0.5)) == [(0, 2), (2, 3)]


def test_a_very_wide_mark_is_cut_in_time() -> None:
    ink, columns = blank(100, 3000), np.arange(5, 2995, 30)
    ends = np.stack([columns, np.where(np.arange(len(columns)) % 2, 90, 10)], axis=1)
    cv2.polylines(ink, [ends.astype(np.int32)], False, 255, 6)
    started = time.process_time()
    assert find_cuts(mark_of(ink)).parts
    assert time.process_time() - started < 5
