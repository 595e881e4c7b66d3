"""What was made of a photo on the way to its reading: Stages, its candidates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels, compared_by_content
from knn_digits.photo.boxes import Box
from knn_digits.reading.judge import Judged
from knn_digits.reading.marks import Marks, no_marks
from knn_digits.reading.records import Table
from knn_digits.reading.views import View


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something that may be a digit."""

    box: Box  # pixels of the photo
    label: int  # by its neighbors
    evidence: float  # the probability that it is a digit of the text and this its label
    chosen: bool


@compared_by_content
@dataclass(frozen=True, kw_only=True, eq=False)
class Stages:
    """What was made of a photo on the way to its reading, at the scale at which it was searched.

    photo : (height, width, 3) uint8 RGB
        Upright as its file tells.
    view : View
        Its ink, turned as it was read.
    marks : Marks
        Everything that may be a digit, in pixels of the ink.
    judged : Judged
        What speaks for each mark.
    chosen : (m,) int64
        Rows of the marks that are read, but for those in `grid`.
    grid : Table, optional
        A sudoku on the page, which is read by its cells.
    """

    photo: Pixels
    view: View
    marks: Marks
    judged: Judged
    chosen: NDArray[np.intp]
    grid: Table | None = None

    @classmethod
    def of_one(cls, photo: Pixels, view: View) -> "Stages":
        """Return the stages of a picture whose ink is one mark, whatever it looks like."""
        judged = Judged(evidence=np.zeros(0), digits=np.zeros(0), features={})
        return cls(photo=photo, view=view, marks=no_marks(), judged=judged, chosen=np.zeros(0, np.intp))

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The marks as records."""
        chosen = set(self.chosen.tolist())
        return tuple(
            Candidate(
                box=self.view.on_photo(box), label=int(label), evidence=float(evidence), chosen=row in chosen
            )
            for row, (box, label, evidence) in enumerate(
                zip(self.marks.boxes, self.marks.labels, self.judged.evidence, strict=True)
            )
        )
