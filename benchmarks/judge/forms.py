"""Pages of drawn forms as they are read -> tables of marks and fields, and whether each is right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.forms.fill import Filled
from knn_digits.forms.reader import FormReader, Seen
from knn_digits.forms.records import CROSSED_OUT
from knn_digits.forms.trust import DIRT, KINDS, STRUCK, Chances, call

Table = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class FieldNote:
    """A field as it is read.

    marks : range
        Rows of its marks.
    places : tuple of int
        The box of each of them, counted from left to right.
    truth : tuple of str
        What each of them is: a digit, ? for one that is crossed out, "" for dirt, ! for what is no one digit.
    blanks : int
        How many of its boxes seem blank, or 1 for a line without marks.
    missed : int
        In how many of them something is written.
    whole : bool
        Whether each digit has a mark, where boxes do not tell.
    """

    marks: range
    places: tuple[int, ...]
    truth: tuple[str, ...]
    blanks: int
    missed: int
    whole: bool
    group: int  # the form


@dataclass(frozen=True)
class Notes:
    """What is read on pages: the features and labels of marks, and the fields."""

    tables: list[Table] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    fields: list[FieldNote] = field(default_factory=list)

    def add(self, reader: FormReader, seen: Sequence[Seen], filled: Filled, group: int) -> None:
        """Note what a reader says of a page of a form."""
        labels: list[int] = []
        if (answered := reader.classify(seen)) is not None:
            labels = answered.votes.labels.tolist()
            self.tables.append(reader.describe(seen, answered))
        rows = iter(range(len(self.labels), len(self.labels) + len(labels)))
        self.labels.extend(labels)
        for one in seen:
            own = [next(rows) if mark else None for mark in one.marks]
            truth = filled.cells[one.field.name]
            if one.field.cells:
                self.fields.append(_in_boxes(truth, own, group))
            else:
                held = [row for row in own if row is not None]
                self.fields.append(note_line(truth, held, [str(self.labels[row]) for row in held], group))

    def table(self) -> Table:
        """Return the features of all marks."""
        return {name: np.concatenate([one[name] for one in self.tables]) for name in self.tables[0]}


def _in_boxes(truth: Sequence[str], rows: Sequence[int | None], group: int) -> FieldNote:
    seen = [row for row in rows if row is not None]
    blank = [what for what, row in zip(truth, rows, strict=True) if row is None]
    return FieldNote(
        marks=_span(seen), places=tuple(place for place, row in enumerate(rows) if row is not None),
        truth=tuple(what for what, row in zip(truth, rows, strict=True) if row is not None),
        blanks=len(blank), missed=sum(what != "" for what in blank), whole=True, group=group,
    )  # fmt: skip


def note_line(truth: Sequence[str], rows: Sequence[int], labels: Sequence[str], group: int) -> FieldNote:
    """Return a line's note: its marks by the digits that they follow; one that is no digit is dirt."""
    marks = ["!"] * len(rows)
    for kind, start, stop, first, last in SequenceMatcher(None, truth, labels, autojunk=False).get_opcodes():
        if kind == "insert":
            marks[first:last] = [""] * (last - first)
        elif stop - start == last - first:
            marks[first:last] = truth[start:stop]
    return FieldNote(
        marks=_span(rows), places=tuple(range(len(rows))), truth=tuple(marks),
        blanks=int(not rows), missed=int(not rows and len(truth) > 0),
        whole=tuple(mark for mark in marks if mark) == tuple(truth), group=group,
    )  # fmt: skip


def _span(rows: Sequence[int]) -> range:
    return range(rows[0], rows[-1] + 1) if rows else range(0)


def targets(notes: Notes) -> tuple[Iterator[NDArray[np.bool_]], NDArray[np.int64]]:
    """Return by question of `trust.KINDS` which marks are asked and the answers; the form of each mark."""
    truth, group = np.full(len(notes.labels), "", object), np.zeros(len(notes.labels), np.int64)
    for one in notes.fields:
        truth[one.marks.start : one.marks.stop] = one.truth
        group[one.marks.start : one.marks.stop] = one.group
    there, struck = truth != "", truth == "?"
    right = truth == np.array([str(label) for label in notes.labels], object)
    found = ((np.ones(len(truth), bool), there), (there, struck), (there & ~struck, right))
    return (np.stack(pair) for pair in found), group


@dataclass(frozen=True, eq=False, kw_only=True)
class Fields:
    """What is made of n fields, (n,) each.

    together : float
        What their marks say together, see `Trust.calibrate`.
    good : bool
        Whether the field is read right.
    doubtful : bool
        Whether it is to be looked at however sure its marks are: for a digit crossed out, or a gap.
    """

    together: NDArray[np.float64]
    good: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]


def judge_fields(notes: Notes, chances: Chances, blank: float) -> Fields:
    """Return what is made of each field."""
    called, together, good, doubtful = call(chances), list[float](), list[bool](), list[bool]()
    for one in notes.fields:
        logs = sum(float(np.log(called[row][1])) for row in one.marks)
        together.append(logs + _unseen(one) * float(np.log(blank)))
        read = [_text(called[row][0], notes.labels[row]) for row in one.marks]
        good.append(one.whole and not one.missed and "".join(read) == "".join(one.truth))
        held = [place for place, what in zip(one.places, read, strict=True) if what]
        gap = len(held) > 0 and held[-1] - held[0] >= len(held)
        doubtful.append(CROSSED_OUT in read or gap)
    return Fields(together=np.array(together), good=np.array(good), doubtful=np.array(doubtful))


def _unseen(one: FieldNote) -> int:
    """Return how often it counts that nothing is seen in a box: once if in none of a field."""
    return one.blanks if one.marks else 1


def _text(what: str, label: int) -> str:
    return {DIRT: "", STRUCK: CROSSED_OUT}.get(what, str(label))


def count_crossed_out(notes: Notes, chances: Chances) -> dict[str, int]:
    """Return how many marks are crossed out, how many of these are told so, and how many others."""
    struck = [answer for _, answer in targets(notes)[0]][KINDS.index("struck")]
    told = np.array([what == STRUCK for what, _ in call(chances)])
    return {
        "marks": len(told), "crossed out": int(struck.sum()), "told": int((told & struck).sum()),
        "others told so": int((told & ~struck).sum()),
    }  # fmt: skip
