"""What was read and proposed in a photo + its truth -> which stage of reading lost each digit.

As Tesseract's blamer does for words (`ccstruct/blamer.cpp`): the reading is aligned with the truth, and for
each edit the candidates at that place tell how far the right one came.
"""

import collections
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.data.truth import Photo
from benchmarks.models.readers import Candidate, Found
from knn_digits.evaluation import edit_distance
from knn_digits.photo.boxes import Box

NO_CANDIDATE = "no candidate"  # nothing at its place was proposed with its label
JUDGED = "judged wrongly"  # something was, but with too little evidence
CHOSEN = "chosen wrongly"  # something was, with evidence enough, but was not chosen
LABEL = "label"  # the mark was chosen, but with another label
ORDER = "order"  # the digits are right, their order is not
NO_DIGIT = "judged wrongly: no digit of the text"  # it was read where none is written
STAGES = (NO_CANDIDATE, JUDGED, CHOSEN, LABEL, ORDER, NO_DIGIT)
SAME = 0.5  # of the area of two boxes together: what they share where they hold the same mark

Counts = dict[str, int]  # edits by stage


@dataclass(frozen=True, kw_only=True)
class Read:
    """A digit as read."""

    text: str  # ? where it is refused
    box: Box


@dataclass(frozen=True, kw_only=True)
class Step:
    """A digit of the truth and what was read for it."""

    wanted: str | None  # None: there is no digit
    got: Read | None  # None: nothing was read

    @property
    def right(self) -> bool:
        """The digit was read, and with its label."""
        return self.got is not None and self.got.text == self.wanted


def blame_all(photos: Sequence[Photo], found: Sequence[Found]) -> list[Counts] | None:
    """Return the edits of each photo by stage; None where the reader tells no candidates.

    Evidence is enough if it is not below the least of what was chosen in all these photos.
    """
    chosen = [one.evidence for each in found for one in each.candidates if one.chosen]
    if not chosen:
        return None
    return [
        blame(photo.text, read_of(one), one.candidates, enough=min(chosen), ordered=photo.ordered)
        for photo, one in zip(photos, found, strict=True)
    ]


def read_of(found: Found) -> list[Read]:
    """Return the digits in reading order."""
    lines = () if found.reading is None else found.reading.lines
    return [Read(text=digit.text, box=digit.box) for line in lines for digit in line.digits]


def add_counts(counts: Iterable[Counts]) -> Counts:
    """Return the edits of all photos together; every stage is named."""
    total = collections.Counter(dict.fromkeys(STAGES, 0))
    for one in counts:
        total.update(one)
    return dict(total)


def blame(
    truth: str,
    read: Sequence[Read],
    candidates: Sequence[Candidate],
    *,
    enough: float,
    ordered: bool = True,
) -> Counts:
    """Return how many edits each stage is to blame for.

    Together they are the distance that `evaluation.score_photo` takes, however few digits there are.

    Parameters
    ----------
    truth : str
        The digits in reading order, lines joined.
    read : sequence of Read, in reading order
    candidates : sequence of Candidate
        All that was proposed, chosen or not; boxes in the same pixels as those of `read`.
    enough : float
        0 to 1: the evidence from which a candidate may be chosen.
    ordered : bool
        False: the digits have no reading order, and may be anywhere on the page.
    """
    text = "".join(one.text for one in read)
    if not truth:
        return {NO_DIGIT: sum(letter.isdigit() for letter in text)}
    if ordered and sorted(text) == sorted(truth):
        return {ORDER: edit_distance(truth, text)}
    steps = align(truth, read) if ordered else pair(truth, read)
    free = _without_right(candidates, steps)
    return dict(collections.Counter(_stages(steps, free, enough=enough, ordered=ordered)))


def _without_right(candidates: Sequence[Candidate], steps: Sequence[Step]) -> list[Candidate]:
    """Return the candidates that are not of a mark that was read right."""
    right = [step.got.box for step in steps if step.got is not None and step.right]
    return [one for one in candidates if not any(_holds(box, one.box) for box in right)]


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of the other box lies within a box: it is of the same mark, or a part of it."""
    column, row = _middle(other)
    return box.left <= column < box.right and box.top <= row < box.bottom


def _middle(box: Box) -> tuple[float, float]:
    """Return the column and the row."""
    return box.left + box.width / 2, box.top + box.height / 2


def _stages(
    steps: Sequence[Step], candidates: Sequence[Candidate], *, enough: float, ordered: bool
) -> Iterator[str]:
    """Yield the stage to blame for each step that is not right."""
    wrong = [step for step in steps if not step.right]
    for at, step in enumerate(steps):
        if step.wanted is None:
            yield NO_DIGIT
        elif not step.right:
            known = _with_label(candidates, step.wanted)
            here = _between(known, *_neighbors(steps, at)) if ordered else known
            yield _stage(known, [step] if ordered else wrong, here, enough)


def _with_label(candidates: Sequence[Candidate], label: str) -> list[Candidate]:
    return [one for one in candidates if str(one.label) == label]


def _stage(
    known: Sequence[Candidate], wrong: Sequence[Step], here: Sequence[Candidate], enough: float
) -> str:
    """Return which stage lost a digit, by the candidates with its label, and those of them at its place."""
    rivals = [step.got.box for step in wrong if step.got is not None]
    if any(share(one.box, rival) > SAME for one in known for rival in rivals):
        return LABEL
    left_out = [one.evidence for one in here if not one.chosen]
    if not left_out:
        return NO_CANDIDATE
    return JUDGED if max(left_out) < enough else CHOSEN


def align(truth: str, read: Sequence[Read]) -> list[Step]:
    """Return the fewest edits that make the reading the truth, in reading order.

    References
    ----------
    R. A. Wagner, M. J. Fischer (1974), The string-to-string correction problem.
    """
    costs = [list(range(len(read) + 1))]
    for row, wanted in enumerate(truth, 1):
        costs.append([row])
        for column, got in enumerate(read, 1):
            changed = costs[row - 1][column - 1] + (wanted != got.text)
            costs[row].append(min(changed, costs[row - 1][column] + 1, costs[row][column - 1] + 1))
    return _walk_back(costs, truth, read)


def _walk_back(costs: Sequence[Sequence[int]], truth: str, read: Sequence[Read]) -> list[Step]:
    """Return the edits whose costs end in the last cell."""
    steps = []
    row, column = len(truth), len(read)
    while row and column:
        wanted, got = truth[row - 1], read[column - 1]
        if costs[row][column] == costs[row - 1][column - 1] + (wanted != got.text):
            steps.append(Step(wanted=wanted, got=got))
            row, column = row - 1, column - 1
        elif costs[row][column] == costs[row - 1][column] + 1:
            steps.append(Step(wanted=wanted, got=None))
            row -= 1
        else:
            steps.append(Step(wanted=None, got=got))
            column -= 1
    first = [Step(wanted=wanted, got=None) for wanted in truth[:row]]
    return [*first, *(Step(wanted=None, got=got) for got in read[:column]), *steps[::-1]]


def pair(truth: str, read: Sequence[Read]) -> list[Step]:
    """Return each digit of the truth with one read alike, wherever it is; what is left over as it comes."""
    left, right, missing = list(read), [], []
    for wanted in truth:
        got = next((one for one in left if one.text == wanted), None)
        if got is None:
            missing.append(wanted)
        else:
            left.remove(got)
            right.append(Step(wanted=wanted, got=got))
    return right + [Step(wanted=wanted, got=got) for wanted, got in itertools.zip_longest(missing, left)]


def _neighbors(steps: Sequence[Step], at: int) -> list[Box | None]:
    """Return the boxes of what was read right just before and after a step; None where nothing was.

    Digits of the same label are passed over: which of them is missing cannot be told.
    """
    wanted = steps[at].wanted
    return [
        next((step.got.box for step in some if step.got and step.right and step.wanted != wanted), None)
        for some in (steps[:at][::-1], steps[at + 1 :])
    ]


def _between(candidates: Sequence[Candidate], before: Box | None, after: Box | None) -> list[Candidate]:
    return [
        one
        for one in candidates
        if (before is None or follows(before, one.box)) and (after is None or follows(one.box, after))
    ]


def follows(first: Box, second: Box) -> bool:
    """Whether the second box comes after the first: on the right of it in its line, or below."""
    (left, above), (right, below) = _middle(first), _middle(second)
    in_line = first.top <= below < first.bottom or second.top <= above < second.bottom
    return left < right if in_line else above < below


def share(first: Box, second: Box) -> float:
    """Return the area that two boxes share, of both together, 0 to 1."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    both = max(0, width) * max(0, height)
    return both / (first.width * first.height + second.width * second.height - both)
