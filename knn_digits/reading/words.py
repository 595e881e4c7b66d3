"""Items of lines and what they are -> words that are read, and how many words of letters are left out.

A word ends at a wider gap (`photo.gaps`), its runs end at its signs. A run most of whose marks are letters
is none of digits: where it is all that a word has, the word is left out whole. In a line most of whose marks
are letters a word stays only if it has none of them and its digits are as high as capitals: small letters are
like digits, o, s, e, z.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import compared_by_content
from knn_digits.photo.boxes import box_of
from knn_digits.photo.gaps import find_words
from knn_digits.photo.lines import is_raised
from knn_digits.reading.items import Items
from knn_digits.reading.letters import load_letters
from knn_digits.reading.records import UNKNOWN
from knn_digits.reading.signs import DIGIT, NOTHING, Named

LETTERS = (UNKNOWN, NOTHING)  # what is no digit and no sign
MARKS = (DIGIT, *LETTERS)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An item that is read."""

    row: int  # among the items
    name: str  # one of `signs.NAMES`
    raised: bool


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Text:
    """The items that are read."""

    lines: tuple[tuple[tuple[Placed, ...], ...], ...]  # of words
    letters: int  # words of letters that are left out
    probabilities: NDArray[np.float64]  # (items,): that each is what it is called


def find_text(items: Items, named: Named) -> Text:
    """Return the words in each line that has a digit."""
    letters, lines = 0, []
    for _, rows in itertools.groupby(find_rows(named), key=lambda row: int(items.lines[row])):
        line = place(items, named, list(rows))
        words = [line[word] for word in find_words([box_of(items.boxes[one.row]) for one in line])]
        least = _least_height(items, line)
        kept = [word for word in map(without_letters, words) if word and _is_as_high(items, word, least)]
        letters += len(words) - len(kept)
        if any(one.name == DIGIT for word in kept for one in word):
            lines.append(tuple(kept))
    return Text(lines=tuple(lines), letters=letters, probabilities=named.probabilities)


def find_rows(named: Named) -> list[int]:
    """Return the rows of the items that words are made of, read or not."""
    read = np.array([name != NOTHING for name in named.names], bool)
    return [int(row) for row in np.flatnonzero(read | named.unread)]


def place(items: Items, named: Named, rows: Sequence[int]) -> list[Placed]:
    """Return these items of a line, from left to right, with what is raised beside a digit or a letter."""
    placed: list[Placed] = []
    base: NDArray[np.int64] | None = None
    for row in rows:
        name, box = named.names[row], items.boxes[row]
        raised = base is not None and name == DIGIT and is_raised(box, base)
        placed.append(Placed(row=row, name=name, raised=raised))
        if not raised:
            base = box if name in MARKS else None
    return placed


def _least_height(items: Items, line: Sequence[Placed]) -> float:
    """Return how high digits of a line must be at least: where most of it is letters, as high as these."""
    if not _is_of_letters(line):
        return 0.0
    heights = [items.boxes[one.row, 3] for one in line if one.name in LETTERS]
    return load_letters().least_height(np.array(heights))


def _is_as_high(items: Items, word: Sequence[Placed], least: float) -> bool:
    """Tell whether all of a word's digits are so high, and no letter is among them where that is asked."""
    if not least:
        return True
    heights = [items.boxes[one.row, 3] for one in word if one.name == DIGIT]
    return min(heights, default=least) >= least and all(one.name != UNKNOWN for one in word)


def without_letters(word: Sequence[Placed]) -> tuple[Placed, ...]:
    """Return a word in which runs of letters have no digits; nothing where it is one of letters alone."""
    runs = list(_runs(word))
    if any(_is_of_letters(run) for run in runs) and not any(_is_of_digits(run) for run in runs):
        return ()
    return tuple(
        Placed(row=one.row, name=UNKNOWN, raised=False) if _is_of_letters(run) else one
        for run in runs
        for one in run
        if one.name != NOTHING
    )


def _runs(word: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Yield digits and letters that stand together, and signs between them."""
    for _, run in itertools.groupby(word, key=lambda one: one.name in MARKS):
        yield list(run)


def _is_of_letters(run: Sequence[Placed]) -> bool:
    return sum(one.name in LETTERS for one in run) > len(run) / 2


def _is_of_digits(run: Sequence[Placed]) -> bool:
    return not _is_of_letters(run) and any(one.name == DIGIT for one in run)
