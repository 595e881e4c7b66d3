"""Ink -> the marks that may be digits, without rules and frames, strokes followed, the page turned."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from knn_digits.arrays import Mask
from knn_digits.photo.boxes import Box, Mark, corners, find_marks, overlap
from knn_digits.photo.frames import remove_frame_sides, remove_frames
from knn_digits.photo.ink import Ink, fainter_ink, follow_strokes
from knn_digits.photo.rules import remove_rules
from knn_digits.reading.answers import MarkReader
from knn_digits.reading.turns import find_turn, turn

GROWN = 0.05  # of its ink: a mark that gained less is the same
FOLLOW_GAIN = 0.02  # strangeness that the fainter parts of a mark's strokes must save
LOST = 0.6  # strangeness of a mark that was nothing without them


def find_page_marks(found: Ink, reader: MarkReader) -> tuple[Ink, list[list[Mark]], int]:
    """Return the ink without rules, the marks in it, and by how many quarters it is turned for them."""
    ink, rules = _without_rules(found)
    if (fainter := fainter_ink(ink, found.mask & ~ink.mask)) is not None:
        ink, rules = _without_rules(fainter)
    marks = find_marks(ink)
    if not marks:  # a lone 1 is no rule
        ink, rules = remove_frames(found), np.zeros_like(rules)
        marks = find_marks(ink)
    reader.read([mark for line in marks for mark in line])  # in one call, which costs less than several
    quarters = find_turn(marks, reader)
    followed = _follow_strokes(ink, rules, marks, quarters, reader)
    if quarters or followed is not ink:
        marks = find_marks(turn(followed, quarters))
    return followed, marks, quarters


def _without_rules(ink: Ink) -> tuple[Ink, Mask]:
    unframed = remove_frames(ink)
    mask, rules = remove_rules(unframed)
    return replace(unframed, mask=remove_frame_sides(mask)), rules


def _follow_strokes(
    ink: Ink, rules: Mask, before: Sequence[Sequence[Mark]], quarters: int, reader: MarkReader
) -> Ink:
    """Return the ink with the fainter parts of strokes, where a mark looks more like a digit with them."""
    # lizard forgives: what was added is weighed mark by mark, in one place
    followed = follow_strokes(ink, rules)
    added = followed.mask & ~ink.mask
    if not added.any():
        return ink
    marks = [mark for line in find_marks(followed) for mark in line]
    marks = [mark for mark in marks if _pixels(added, mark.box) > GROWN * _pixels(ink.mask, mark.box)]
    if not marks:
        return ink
    parts = reader.read([mark for line in before for mark in line], quarters=quarters)
    strangeness = np.array([part.strangeness for part in parts])
    sides = corners(part.box for part in parts)
    mask = ink.mask.copy()
    for mark, digit in zip(marks, reader.read(marks, quarters=quarters), strict=True):
        known = strangeness[overlap(sides, mark.box)]
        if digit.strangeness < (float(np.mean(known)) if known.size else LOST) - FOLLOW_GAIN:
            inside = _inside(mark.box)
            mask[inside] |= added[inside]
    return replace(ink, mask=mask)


def _inside(box: Box) -> tuple[slice, slice]:
    return slice(box.top, box.bottom), slice(box.left, box.right)


def _pixels(mask: Mask, box: Box) -> int:
    return int(np.count_nonzero(mask[_inside(box)]))
