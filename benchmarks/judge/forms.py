"""Pages of drawn forms as they are read -> tables of marks and fields, and whether each is right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.forms.fill import Filled
from knn_digits.forms.reader import FormReader, Seen
from knn_digits.forms.trust import DIRT, KINDS, STRUCK, Chances, call

Table = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class FieldNote:
    """A field as it is read.

    marks : range
        Rows of its marks.
    truth : tuple of str
        What each of them is: a digit, ? for one that is crossed out, "" for dirt.
    blanks : int
        How many of its boxes seem blank, or 1 for a line without marks.
    missed : int
        In how many of them something is written.
    whole : bool
        Whether there are as many marks as digits, where boxes do not tell.
    """

    marks: range
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
            self.fields.append((_in_boxes if one.field.cells else _on_line)(truth, own, group))

    def table(self) -> Table:
        """Return the features of all marks."""
        return {name: np.concatenate([one[name] for one in self.tables]) for name in self.tables[0]}


def _in_boxes(truth: Sequence[str], rows: Sequence[int | None], group: int) -> FieldNote:
    seen = [row for row in rows if row is not None]
    blank = [what for what, row in zip(truth, rows, strict=True) if row is None]
    return FieldNote(
        marks=_span(seen), truth=tuple(w for w, row in zip(truth, rows, strict=True) if row is not None),
        blanks=len(blank), missed=sum(what != "" for what in blank), whole=True, group=group,
    )  # fmt: skip


def _on_line(truth: Sequence[str], rows: Sequence[int | None], group: int) -> FieldNote:
    """Return a line's note; where its marks are not as many as its digits, none of them is read right."""
    seen = [row for row in rows if row is not None]
    whole = len(seen) == len(truth) or not truth
    marks = tuple(truth) if truth and whole else ("!" if truth else "",) * len(seen)
    return FieldNote(
        marks=_span(seen), truth=marks, blanks=int(not seen), missed=int(not seen and len(truth) > 0),
        whole=whole, group=group,
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


def judge_fields(
    notes: Notes, chances: Chances, blank: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what the marks of each field say together, and whether the field is read right."""
    called, together, good = call(chances), list[float](), list[bool]()
    for one in notes.fields:
        logs = sum(float(np.log(called[row][1])) for row in one.marks)
        together.append(logs + one.blanks * float(np.log(blank)))
        read = [
            "" if called[row][0] == DIRT else "?" if called[row][0] == STRUCK else str(notes.labels[row])
            for row in one.marks
        ]
        good.append(one.whole and not one.missed and tuple(read) == one.truth)
    return np.array(together), np.array(good)


def count_crossed_out(notes: Notes, chances: Chances) -> dict[str, int]:
    """Return how many marks are crossed out, how many of these are told so, and how many others."""
    struck = [answer for _, answer in targets(notes)[0]][KINDS.index("struck")]
    told = np.array([what == STRUCK for what, _ in call(chances)])
    return {
        "marks": len(told), "crossed out": int(struck.sum()), "told": int((told & struck).sum()),
        "others told so": int((told & ~struck).sum()),
    }  # fmt: skip
