"""Lines of marks -> lines of digits: what touches is cut, what is no digit left out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from knn_digits.datasets.hands import PAIR
from knn_digits.photo.boxes import Mark
from knn_digits.photo.cuts import Cuts, find_cuts
from knn_digits.reading.answers import MarkReader
from knn_digits.reading.records import DigitReading

SMALL = 0.6  # of the usual height in its line: a lower mark is a digit only if it is little strange
SMALL_REFUSE = 0.6  # strangeness above which such a mark is left out, as a +, a - or a comma
SPLIT_ASPECT = 0.75  # width over height from which a mark may be two digits that touch
SPLIT_FROM = 0.6  # strangeness from which it may be, too
WIDE_ASPECT = 1.15  # width over height from which it may be, however familiar it looks
SPLIT_GAIN = 0.1  # strangeness that cuts must save
SURE_GAIN = 0.4  # that they save where a mark that is refused must be several digits
PART_SIGNS = 0.3  # share of votes for signs from which a part is no digit
PART_REFUSE = ((0.9, 1.3), (0.65, 1.0))  # width over height -> strangeness above which a part is no digit
WHOLE_REFUSE = ((1.5, 2.5), (1.0, 0.8))  # the same for a mark that is not cut
MOST_CUT, MOST_PARTS = 300, 3000  # wide marks that are cut, and parts of them that are looked at


def read_lines(lines: Sequence[Sequence[Mark]], reader: MarkReader) -> tuple[list[list[DigitReading]], int]:
    """Classify marks; cut a wide one in two, and again, where its parts look more like digits.

    With them comes the number of marks that were left whole, as there were too many to cut.
    """
    marks = [mark for line in lines for mark in line]
    read, uncut = _split_touching(marks, reader.read(marks), reader)
    parts = iter(read)
    found = [_without_signs([digit for _ in line for digit in next(parts)]) for line in lines]
    return [line for line in found if line], uncut


def _without_signs(line: list[DigitReading]) -> list[DigitReading]:
    """Leave out what is much lower than the rest of its line and strange."""
    usual = float(np.median([digit.box.height for digit in line]))
    return [
        digit
        for digit in line
        if digit.box.height >= SMALL * usual or digit.strangeness <= SMALL_REFUSE or len(line) == 1
    ]


def _split_touching(
    marks: Sequence[Mark], whole: Sequence[DigitReading], reader: MarkReader
) -> tuple[list[list[DigitReading]], int]:
    """Return for each mark the digits in it, from left to right, and how many are left whole unseen."""
    wide = [row for row, mark in enumerate(marks) if _may_be_several(mark, whole[row])]
    cuts: dict[int, Cuts] = {}
    parts: list[Mark] = []
    for row in wide[:MOST_CUT]:
        if len(parts) >= MOST_PARTS:
            break
        cuts[row] = find_cuts(marks[row])
        parts += cuts[row].parts.values()
    read = iter(reader.read(parts))
    digits = [[digit] for digit in whole]
    for row, ways in cuts.items():
        found = dict(zip(ways.parts, read, strict=False))
        best = [found[span] for span in ways.best({span: digit.strangeness for span, digit in found.items()})]
        digits[row] = _believe(whole[row], best)
    return digits, len(wide) - len(cuts)


def _may_be_several(mark: Mark, whole: DigitReading) -> bool:
    aspect = mark.box.width / mark.box.height
    unlike = whole.strangeness > SPLIT_FROM or whole.sign == PAIR
    return aspect > SPLIT_ASPECT and (unlike or aspect > WIDE_ASPECT)


def _believe(whole: DigitReading, parts: list[DigitReading]) -> list[DigitReading]:
    """Return the digits of a mark: its parts, if they look like digits enough, else the whole."""
    # lizard forgives: one rule of thumb, and all that it weighs
    aspect = whole.box.width / whole.box.height
    strokes = [part for part in parts if part.label == 1]  # two of them are a letter such as M
    if parts and len(strokes) <= 1 and max(part.sign_share for part in parts) < PART_SIGNS:
        mean = float(np.average([part.strangeness for part in parts], weights=[p.box.width for p in parts]))
        gain = whole.strangeness - mean
        several = whole.sign == PAIR or (whole.label is None and gain > SURE_GAIN)
        strangest = 1.0 if several else float(np.interp(aspect, *PART_REFUSE))
        if max(part.strangeness for part in parts) <= strangest and (several or gain > SPLIT_GAIN):
            return parts
    if whole.strangeness > float(np.interp(aspect, *WHOLE_REFUSE)):
        return [replace(whole, label=None)]
    return [whole]
