import cv2
import numpy as np
import pytest

from knn_digits import arrays
from knn_digits.arrays import Pixels
from knn_digits.datasets import Dataset
from knn_digits.photo import candidates
from knn_digits.photo.candidates import (
    CLOSED,
    CUT,
    INK,
    UNRULED,
    Candidates,
    cut,
    find_boxes,
    find_fainter_pen,
    join,
    propose,
    propose_at,
    propose_plain,
    take,
)
from knn_digits.photo.ink import Ink
from tests.photo.scenes import Sheet, as_ink, blank, sheet_of
from tests.photo.scenes import join as touching


@pytest.fixture
def row(sample: Dataset) -> Sheet:
    """One line of five digits."""
    return sheet_of(sample.digits, range(20, 25))


def proposed(ink: Pixels, rules: Pixels | None = None) -> Candidates:
    return propose(as_ink(ink), np.zeros(ink.shape, bool) if rules is None else rules > 0)


def shaded(*boxes: tuple[int, int, int, int, float]) -> Ink:
    """Return ink of boxes (left, top, width, height) that are as dark as this."""
    darkness = np.zeros((100, 200), np.float32)
    for left, top, width, height, dark in boxes:
        darkness[top : top + height, left : left + width] = dark
    return Ink(darkness=darkness, threshold=0.4)


def test_each_digit_is_proposed_in_the_box_of_its_ink(row: Sheet) -> None:
    found = proposed(row.ink)
    at_threshold = found.boxes[(found.levels == 1) & (found.kinds == INK)]
    drawn = [[box.left, box.top, box.width, box.height] for box in row.boxes]
    assert sorted(at_threshold.tolist()) == sorted(drawn)


def test_a_picture_holds_all_ink_of_its_mark_and_none_of_its_neighbors() -> None:
    page = blank(200, 200)
    cv2.line(page, (40, 40), (40, 160), 255, 8)
    cv2.line(page, (40, 160), (110, 160), 255, 8)
    cv2.line(page, (80, 20), (150, 145), 255, 8)  # within the box of the others
    found = proposed(page)
    assert len(found) == 2
    assert sum(int((picture > 127).sum()) for picture in found.pictures) == int((page > 127).sum())


def test_gaps_that_are_closed_strip_by_strip_and_pictures_made_when_looked_at_are_the_same(
    row: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = row.ink.copy()
    page[:, ::11] = 0
    found = []
    for strip, large in ((8, 0), (1 << 20, 1 << 20)):
        monkeypatch.setattr(arrays, "STRIP", strip)
        monkeypatch.setattr(candidates, "LARGE", large)
        found.append(proposed(page))
    assert CLOSED in found[0].kinds
    assert found[0].boxes.tolist() == found[1].boxes.tolist()
    for made, held in zip(found[0].pictures, found[1].pictures, strict=True):
        assert (made == held).all()


def test_what_touches_at_one_level_is_apart_at_another() -> None:
    ink = shaded((20, 20, 20, 50, 0.9), (40, 40, 8, 8, 0.5), (48, 20, 20, 50, 0.9))
    found = propose(ink, np.zeros(ink.mask.shape, bool))
    widths = found.boxes[:, 2]
    assert 48 in widths[found.levels == 1]
    assert set(widths[found.levels > 1.25].tolist()) == {20}


def test_ink_too_faint_for_the_threshold_is_proposed_at_a_lower_level() -> None:
    ink = shaded((20, 20, 10, 50, 0.9), (100, 20, 10, 50, 0.3))
    found = propose(ink, np.zeros(ink.mask.shape, bool))
    assert found.levels[found.boxes[:, 0] == 100] == pytest.approx([0.55])


def test_what_is_the_same_at_all_levels_is_proposed_once() -> None:
    page = blank(130, 130)
    cv2.circle(page, (65, 65), 40, 255, 8)
    assert len(proposed(page)) == 1


def test_a_digit_tied_to_a_rule_is_proposed_without_it() -> None:
    page, rule = blank(100, 300), blank(100, 300)
    page[20:71, 140:150] = 255
    rule[70:73] = 255
    found = proposed(np.maximum(page, rule), rule)
    alone = found.boxes[found.kinds == UNRULED]
    assert [140, 20, 10, 50] in alone.tolist()


def test_a_stroke_with_a_gap_no_wider_than_itself_is_proposed_whole() -> None:
    page = blank(120, 100)
    page[20:55, 40:48] = page[60:100, 40:48] = 255
    found = proposed(page)
    assert found.boxes[found.kinds == CLOSED] == pytest.approx(np.array([[40, 20, 8, 80]]), abs=1)
    page[55:75] = 0
    assert proposed(page).boxes[:, 3].max() == 35


def test_crumbs_and_flat_things_are_not_proposed() -> None:
    page = blank(200, 400)
    page[50:53, 50:53] = 255
    page[100:104, 50:150] = 255
    assert len(proposed(page)) == 0


def test_of_a_large_picture_small_marks_are_proposed_where_they_are_asked_for() -> None:
    page = blank(3000, 2000)
    page[500:505, 700:709] = 255
    assert len(propose_at(as_ink(page), (1.0,))) == 0
    assert propose_at(as_ink(page), (1.0,), least=7).boxes.tolist() == [[700, 500, 9, 5]]


def test_no_ink_proposes_nothing() -> None:
    assert len(proposed(blank(50, 60))) == 0


def test_a_mark_of_digits_that_touch_is_cut_and_its_best_parts_are_one_for_each(sample: Dataset) -> None:
    ink, _ = touching([sample.digits[22], sample.digits[28]], overlap=4)
    found = proposed(np.pad(ink, 40))
    wide = np.flatnonzero((found.boxes[:, 2] > found.boxes[:, 3]) & (found.levels == 1))[0]
    ways = cut(found, [int(wide)])
    assert set(ways.candidates.kinds.tolist()) == {CUT}
    width = found.boxes[wide, 2]
    strangeness = np.abs(ways.candidates.boxes[:, 2] / width - 0.5).astype(np.float32)
    best = ways.candidates.boxes[ways.best(strangeness)]
    assert len(best) == 2
    assert best[0, 0] < best[1, 0]
    assert best[:, 2].sum() == pytest.approx(width, abs=0.2 * width)
    assert not ways.candidates.bounded


def test_no_more_are_cut_than_a_bound_and_it_is_said(monkeypatch: pytest.MonkeyPatch, row: Sheet) -> None:
    found = proposed(row.ink)
    monkeypatch.setattr(candidates, "MOST_CUT", 2)
    ways = cut(found, range(3))
    assert len(ways.ways) == 2
    assert ways.candidates.bounded


def test_no_more_are_proposed_than_a_bound_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, row: Sheet
) -> None:
    assert not proposed(row.ink).bounded
    monkeypatch.setattr(candidates, "MOST", 3)
    found = proposed(row.ink)
    assert len(found) == 3
    assert found.bounded


def test_candidates_are_taken_and_joined_in_order(row: Sheet) -> None:
    found = proposed(row.ink)
    some = take(found, np.array([2, 0]))
    assert some.boxes.tolist() == found.boxes[[2, 0]].tolist()
    assert some.pictures[0] is found.pictures[2]
    both = join(found, some)
    assert len(both) == len(found) + 2
    assert both.areas.tolist() == [*found.areas.tolist(), *some.areas.tolist()]


def test_a_fainter_pen_beside_a_marker_has_a_threshold_of_its_own() -> None:
    ink = shaded((20, 20, 10, 50, 0.9), (100, 20, 10, 50, 0.2))
    pen = find_fainter_pen(ink, np.zeros(ink.mask.shape, bool))
    assert pen is not None
    assert pen.threshold == pytest.approx(0.1, abs=0.01)
    assert pen.mask[30, 105]
    assert not pen.mask[:, :40].any()


def test_the_soft_edge_of_a_marker_and_rules_are_no_fainter_pen() -> None:
    marker = shaded((20, 20, 10, 50, 0.9))
    soft = np.asarray(cv2.GaussianBlur(marker.darkness, (0, 0), 3), np.float32)
    ink = Ink(darkness=soft, threshold=0.4)
    rules = np.zeros(soft.shape, bool)
    assert find_fainter_pen(ink, rules) is None
    soft[80:82], rules[80:82] = 0.3, True  # a rule
    assert find_fainter_pen(ink, np.zeros(soft.shape, bool)) is not None
    assert find_fainter_pen(ink, rules) is None


def test_what_shines_through_paper_blurred_and_what_is_as_bright_as_paper_is_no_fainter_pen() -> None:
    for dark, blur, there in ((0.3, 1.0, True), (0.3, 3.0, False), (0.14, 1.0, False)):
        pens = shaded((20, 20, 8, 50, 0.9)).darkness, shaded((100, 20, 8, 50, dark)).darkness
        both = cv2.GaussianBlur(pens[0], (0, 0), 1) + cv2.GaussianBlur(pens[1], (0, 0), blur)
        ink = Ink(darkness=np.asarray(both, np.float32), threshold=0.4)
        assert (find_fainter_pen(ink, np.zeros(both.shape, bool)) is not None) == there


def test_where_a_pen_skipped_the_pieces_are_one_with_gaps_closed_at_the_faintest_level() -> None:
    page = np.zeros((200, 200), np.uint8)
    page[40:80, 60:70] = page[84:120, 60:70] = 200
    pieces = [[60, 40, 10, 40], [60, 84, 10, 36]]
    assert propose_at(as_ink(page), (1.0, 0.5)).boxes.tolist() == pieces
    found = propose_at(as_ink(page), (1.0, 0.5), closed=True)
    assert found.boxes.tolist() == [*pieces, [60, 40, 10, 80]]
    assert (found.kinds[-1], found.levels[-1]) == (CLOSED, 0.5)


def test_boxes_alone_are_those_of_the_plain_candidates(sample: Dataset) -> None:
    ink = as_ink(sheet_of(sample.digits, range(12)).ink)
    rules = np.zeros(ink.mask.shape, bool)
    rules[ink.mask.shape[0] // 2] = True
    assert np.array_equal(find_boxes(ink, rules), propose_plain(ink, rules).boxes)
