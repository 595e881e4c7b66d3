"""Stages 1 to 5: photo -> Reading. The only place that knows the whole road."""

import functools
import numbers
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import cv2
import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Digits, Mask, Pixels, compared_by_content
from knn_digits.classifiers import Answers, Classifier
from knn_digits.classifiers.knn import KnnClassifier
from knn_digits.classifiers.learned import with_learned
from knn_digits.classifiers.load import Model, open_classifier
from knn_digits.datasets.european import european_digits
from knn_digits.digit import match_stroke, normalize, stroke_width
from knn_digits.errors import UsageError
from knn_digits.opening import Photo, open_photo
from knn_digits.photo.boxes import (
    Box,
    Mark,
    corners,
    count_left_out,
    find_marks,
    find_one_mark,
    find_slope,
    overlap,
    union,
)
from knn_digits.photo.cuts import Cuts, find_cuts
from knn_digits.photo.forms import remove_boxes, remove_forms
from knn_digits.photo.gaps import count_spots, count_strokes, find_words
from knn_digits.photo.ink import Ink, fainter_ink, find_ink, follow_strokes
from knn_digits.photo.lines import remove_lines
from knn_digits.photo.page import find_page, paint_table
from knn_digits.vote import Votes

LARGEST = 2400  # pixels: larger photos are reduced to this longest side before they are searched
EUROPEAN = "european"  # the name of the layer of drawn digits
EUROPEAN_SHARE = 1 / 200  # drawn digits for each training digit
TINY = 40  # pixels: a picture whose longest side is not above this holds one digit
SMALLEST = 112  # pixels: smaller photos are enlarged to this shortest side
REFUSE = 1.05  # doubt above which a mark is no digit
SMALL = 0.6  # of the usual height in its line: a lower mark is a digit only if it is little strange
SMALL_REFUSE = 0.6  # strangeness above which such a mark is left out, as a +, a - or a comma
GROWN = 0.05  # of its ink: a mark that gained less is the same
FOLLOW_GAIN = 0.02  # strangeness that the fainter parts of a mark's strokes must save
LOST = 0.6  # strangeness of a mark that was nothing without them
SPLIT_ASPECT = 0.75  # width over height from which a mark may be two digits that touch
SPLIT_FROM = 0.6  # strangeness from which it may be, too
WIDE_ASPECT = 1.15  # width over height from which it may be, however familiar it looks
SPLIT_GAIN = 0.1  # strangeness that cuts must save
PART_REFUSE = ((0.9, 1.3), (0.65, 1.0))  # width over height -> strangeness above which a part is no digit
STROKE_ASPECT = 0.4  # width over height: of two parts as narrow one is a stroke of a letter such as M
WHOLE_REFUSE = ((1.5, 2.5), (1.0, 0.8))  # the same for a mark that is not cut
LOW_CONTRAST = 0.12  # of the paper's brightness
MOST_CUT, MOST_PARTS = 300, 3000  # wide marks that are cut, and parts of them that are looked at
NAMED = 5  # lines that a warning names, at most
THIN_STROKE = 2.5  # pixels, at the scale at which the photo is searched: a line one pixel wide has no more
TURN_FROM = 0.45  # mean strangeness below which a page lies upright beyond doubt
TURN_GAIN = 0.08  # mean strangeness that turning the page must save
TURN_MARKS = 4  # fewer marks do not tell how a page lies
MIN_SLOPE = 0.07  # rows per column from which a page is made level
LEVEL_GAIN = 0.02  # mean strangeness that making it level must save
NO_DIGITS = "no digits found"  # the warning where nothing is read
TURN_SAMPLE = 16  # marks that are asked how the page lies


@dataclass(frozen=True, kw_only=True)
class Neighbor:
    """A training digit that voted."""

    index: int  # row in the digits of the model that read the photo, see `model_for_photos`
    label: int
    distance: float  # Euclidean between vectors, or of deformation where the digit was refined


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class DigitReading:
    """One digit as read."""

    label: int | None  # None: refused, like no known digit
    probability: float  # of the label, or where it is refused of the most likely one, 0 to 1
    box: Box  # pixels of the upright photo
    strangeness: float  # see `Votes` and `Scores`
    doubt: float  # the same: above `REFUSE` it is refused
    digit: Pixels  # (28, 28) uint8 as classified
    neighbors: tuple[Neighbor, ...]  # none where a network answered

    @property
    def text(self) -> str:
        """The label, or ? where it is refused."""
        return "?" if self.label is None else str(self.label)


@dataclass(frozen=True, kw_only=True)
class Word:
    """Digits from left to right, at about the same distance."""

    digits: tuple[DigitReading, ...]

    @property
    def text(self) -> str:
        """The labels, one character a digit."""
        return "".join(digit.text for digit in self.digits)

    @property
    def box(self) -> Box:
        """The box around its digits."""
        return functools.reduce(union, (digit.box for digit in self.digits))


@dataclass(frozen=True, kw_only=True)
class Line:
    """Digits from left to right."""

    digits: tuple[DigitReading, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The digits between which there is no wider gap, see `photo.gaps`."""
        return tuple(Word(digits=self.digits[word]) for word in find_words([d.box for d in self.digits]))

    @property
    def text(self) -> str:
        """The words, separated by one space; one character a digit."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read in a photo."""

    width: int  # pixels of the upright photo
    height: int
    lines: tuple[Line, ...]  # from top to bottom
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, separated by line feeds."""
        return "\n".join(line.text for line in self.lines)


@compared_by_content
@dataclass(frozen=True, kw_only=True)
class Stages:
    """What was made of a photo on the way to its reading, at the scale at which it was searched."""

    photo: Pixels  # (height, width, 3) RGB, upright
    ink: Ink  # light flattened; of the same or a smaller size than the photo
    without_lines: Mask  # the ink without ruled lines and boxes
    marks: tuple[Box, ...]  # what may be digits, before anything is cut; pixels of the ink


def read_photo(
    photo: Photo,
    model: Model = None,
    *,
    min_probability: float = 0.0,
) -> Reading:
    """Read the digits in a photo.

    Parameters
    ----------
    photo : path, bytes of a picture file, open binary file, array, picture of Pillow's, or Picture
        An array is (height, width[, 1, 3 or 4]), uint8 or bool: grey, RGB or RGBA; see `opening.open_photo`.
        Of a file with several pages the first is read, and a warning tells the others. A path may end in the
        number of another, as `scan.tif[2]`; `images.read_picture` opens one as a Picture, `images.read_pages`
        all of them.
    model : Classifier, name or path, optional
        A name is one that `load_classifier` takes; by default the user's current model, else the bundled one.
        Beside what is loaded here are the digits that the user's corrections taught
        (`classifiers.learned.with_learned`); of their files damaged ones are left out.
    min_probability : float
        0 to 1: a digit whose label is less likely is refused.

    Returns
    -------
    Reading

    Raises
    ------
    UsageError
        If the probability is another number or none, or the model is none.
    PhotoError
        If the photo cannot be read, or is none of what is allowed.
    ModelError
        If the model cannot be loaded.
    """
    return read_stages(photo, model, min_probability=min_probability)[0]


def read_stages(
    photo: Photo,
    model: Model = None,
    *,
    min_probability: float = 0.0,
) -> tuple[Reading, Stages]:
    """Read the digits in a photo as `read_photo` does, and return what was made of it on the way, too."""
    if not isinstance(min_probability, numbers.Real) or not 0 <= min_probability <= 1:
        raise UsageError(f"min_probability must be a number from 0 to 1, got {min_probability!r}")
    model = model_for_photos(model)
    picture = open_photo(photo, largest=LARGEST)
    pixels = _enlarge(picture.pixels)
    page = find_page(pixels)
    found = find_ink(pixels if page is None else paint_table(pixels, page))
    # Without refinement, which does not change how strange a mark is: that alone decides until the end.
    reader = _Reader(model.unrefined() if isinstance(model, KnnClassifier) else model)
    if max(picture.full_width, picture.full_height) <= TINY:
        ink, marks, quarters = found, find_one_mark(found), 0
    else:
        ink, marks, quarters = _find_marks(found, reader)
    turned = _turn(ink, quarters)
    marks, back = _straighten(turned, marks, reader)
    scale = picture.full_width / ink.mask.shape[1]

    def original(box: Box, scale: float) -> Box:
        return _original_box(_moved(box, back), ink.mask.shape, quarters, scale)

    boxes = [original(mark.box, 1) for line in marks for mark in line]
    read, uncut = _read_lines(marks, reader)
    digits = _refuse_unsure(_answer(read, model), min_probability)
    lines = [
        Line(digits=tuple(replace(digit, box=original(digit.box, scale)) for digit in line))
        for line in digits
    ]
    reading = Reading(
        width=picture.full_width,
        height=picture.full_height,
        lines=tuple(lines),
        warnings=(
            *picture.notes,
            *_warnings(ink, lines, boxes, quarters),
            *_left_out(turned, uncut),
            *_signs(turned, [[replace(d, box=_moved(d.box, back)) for d in line] for line in digits]),
        ),
    )
    return reading, Stages(photo=pixels, ink=found, without_lines=ink.mask, marks=tuple(boxes))


@overload
def model_for_photos(model: KnnClassifier) -> KnnClassifier: ...
@overload
def model_for_photos(model: Model = None) -> Classifier: ...
def model_for_photos(model: Model = None) -> Classifier:
    """Return the model with European digits beside its own; do this once before reading many photos.

    One that is named is loaded, and has what the user's corrections taught, too. A network has no digits, and
    stays as it is.

    Raises
    ------
    UsageError, ModelError
        If it is no model, or cannot be loaded.
    """
    named = model is None or isinstance(model, str | os.PathLike)
    model = open_classifier(model)
    if named and isinstance(model, KnnClassifier):
        model = with_learned(model)
    if not isinstance(model, KnnClassifier) or any(layer.name == EUROPEAN for layer in model.layers):
        return model
    digits, labels = european_digits(max(1, round(EUROPEAN_SHARE * len(model.own[1]))))
    return model.with_layer(digits, labels, name=EUROPEAN)


def _enlarge(pixels: Pixels) -> Pixels:
    """Return a small picture enlarged, so that what is measured in pixels holds for it too."""
    scale = min(SMALLEST / min(pixels.shape[:2]), LARGEST / max(pixels.shape[:2]))
    if scale <= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


class _Reader:
    """Classifies marks by a model, each once however often it is asked."""

    def __init__(self, model: Classifier) -> None:
        self._model = model
        self._known: dict[tuple[int, int], tuple[Mark, DigitReading]] = {}

    def read(self, marks: Sequence[Mark], *, quarters: int = 0) -> list[DigitReading]:
        """Classify marks, turned by so many quarters counter-clockwise."""
        new = [mark for mark in marks if (id(mark), quarters) not in self._known]
        if new:
            pictures = [match_stroke(np.ascontiguousarray(np.rot90(mark.ink, quarters))) for mark in new]
            digits = normalize(pictures)
            votes = self._model.classify(digits)
            for row, mark in enumerate(new):
                self._known[id(mark), quarters] = mark, _digit_reading(mark, digits, votes, row)
        return [self._known[id(mark), quarters][1] for mark in marks]


def _digit_reading(mark: Mark, digits: Digits, votes: Answers, row: int) -> DigitReading:
    label = int(votes.labels[row])
    strangeness = float(votes.strangeness[row])
    return DigitReading(
        label=label if votes.doubt[row] <= REFUSE else None,
        probability=float(votes.probabilities[row, label]),
        box=mark.box,
        strangeness=strangeness,
        doubt=float(votes.doubt[row]),
        digit=digits[row],
        neighbors=_neighbors(votes, row) if isinstance(votes, Votes) else (),
    )


def _neighbors(votes: Votes, row: int) -> tuple[Neighbor, ...]:
    found = zip(votes.indices[row], votes.neighbor_labels[row], votes.distances[row], strict=True)
    return tuple(
        Neighbor(index=int(index), label=int(label), distance=float(distance))
        for index, label, distance in found
    )


def _find_marks(found: Ink, reader: _Reader) -> tuple[Ink, list[list[Mark]], int]:
    """Return the ink without ruled lines, the marks in it, and by how many quarters it is turned for them."""
    ink, lines = _without_lines(found)
    if (fainter := fainter_ink(ink, found.mask & ~ink.mask)) is not None:
        ink, lines = _without_lines(fainter)
    marks = find_marks(ink)
    if not marks:  # a lone 1 is no ruled line
        ink, lines = remove_forms(found), np.zeros_like(lines)
        marks = find_marks(ink)
    reader.read([mark for line in marks for mark in line])  # in one call, which costs less than several
    quarters = _find_turn(marks, reader)
    followed = _follow_strokes(ink, lines, marks, quarters, reader)
    if quarters or followed is not ink:
        marks = find_marks(_turn(followed, quarters))
    return followed, marks, quarters


def _without_lines(ink: Ink) -> tuple[Ink, Mask]:
    unframed = remove_forms(ink)
    mask, lines = remove_lines(unframed)
    return replace(unframed, mask=remove_boxes(mask)), lines


def _follow_strokes(
    ink: Ink, lines: Mask, before: Sequence[Sequence[Mark]], quarters: int, reader: _Reader
) -> Ink:
    """Return the ink with the fainter parts of strokes, where a mark looks more like a digit with them."""
    followed = follow_strokes(ink, lines)
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


def _find_turn(lines: Sequence[Sequence[Mark]], reader: _Reader) -> int:
    """Return by how many quarters, counter-clockwise, the page is to be turned to read it."""
    marks = [mark for line in lines for mark in line]
    marks = marks[:: -(-len(marks) // TURN_SAMPLE) or 1]
    if len(marks) < TURN_MARKS:
        return 0
    upright = _mean_strangeness(marks, reader, 0)
    if upright < TURN_FROM:
        return 0
    strangeness = [upright, *(_mean_strangeness(marks, reader, quarters) for quarters in (1, 2, 3))]
    best = int(np.argmin(strangeness))
    return best if strangeness[best] < upright - TURN_GAIN else 0


def _mean_strangeness(marks: Sequence[Mark], reader: _Reader, quarters: int) -> float:
    read = reader.read(marks, quarters=quarters)
    return float(np.mean([min(digit.strangeness, 2 * REFUSE) for digit in read]))


def _turn(ink: Ink, quarters: int) -> Ink:
    darkness = np.ascontiguousarray(np.rot90(ink.darkness, quarters))
    return replace(ink, darkness=darkness, mask=np.ascontiguousarray(np.rot90(ink.mask, quarters)))


def _straighten(
    ink: Ink, lines: list[list[Mark]], reader: _Reader
) -> tuple[list[list[Mark]], NDArray[np.float64]]:
    """Return the marks of the page turned until its lines are level, if they look more like digits then.

    With them comes the (2, 3) matrix that leads from the turned page back.
    """
    marks = [mark for line in lines for mark in line]
    slope = find_slope(marks, float(np.median([mark.box.height for mark in marks]))) if marks else 0.0
    if len(marks) < TURN_MARKS or abs(slope) < MIN_SLOPE:
        return lines, np.eye(2, 3)
    height, width = ink.mask.shape
    angle = float(np.degrees(np.arctan(slope)))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), np.float64)
    size = np.abs(matrix[:, :2]) @ np.array([width, height])
    matrix[:, 2] += (size - (width, height)) / 2
    whole = (round(float(size[0])), round(float(size[1])))
    darkness = np.asarray(cv2.warpAffine(ink.darkness, matrix, whole), np.float32)
    mask = np.asarray(cv2.warpAffine(ink.mask.astype(np.float32), matrix, whole)) > 0.5
    level = find_marks(replace(ink, darkness=darkness, mask=mask))
    sample = marks[:: -(-len(marks) // TURN_SAMPLE)]
    turned = [mark for line in level for mark in line]
    turned = turned[:: -(-len(turned) // TURN_SAMPLE) or 1]
    if not turned or _mean_strangeness(turned, reader, 0) > _mean_strangeness(sample, reader, 0) - LEVEL_GAIN:
        return lines, np.eye(2, 3)
    return level, np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def _moved(box: Box, matrix: NDArray[np.float64]) -> Box:
    """Return the upright box around a box moved by an affine (2, 3) matrix."""
    corners = [(x, y, 1) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    moved = np.array(corners) @ matrix.T
    (left, top), (right, bottom) = np.round(moved.min(axis=0)), np.round(moved.max(axis=0))
    return Box(left=int(left), top=int(top), width=int(right - left), height=int(bottom - top))


def _original_box(box: Box, shape: tuple[int, ...], quarters: int, scale: float) -> Box:
    """Return the box in pixels of the upright photo; `shape` is that of the ink before it was turned."""
    height, width = shape
    left, top, right, bottom = [
        (box.left, box.top, box.right, box.bottom),
        (width - box.bottom, box.left, width - box.top, box.right),
        (width - box.right, height - box.bottom, width - box.left, height - box.top),
        (box.top, height - box.right, box.bottom, height - box.left),
    ][quarters]
    left, top, right, bottom = (round(side * scale) for side in (left, top, right, bottom))
    return Box(left=left, top=top, width=max(1, right - left), height=max(1, bottom - top))


def _read_lines(lines: Sequence[Sequence[Mark]], reader: _Reader) -> tuple[list[list[DigitReading]], int]:
    """Classify marks; cut a wide one in two, and again, where its parts look more like digits.

    With them comes the number of marks that were left whole, as there were too many to cut.
    """
    marks = [mark for line in lines for mark in line]
    read, uncut = _split_touching(marks, reader.read(marks), reader)
    parts = iter(read)
    found = [_without_signs([digit for _ in line for digit in next(parts)]) for line in lines]
    return [line for line in found if line], uncut


def _answer(lines: list[list[DigitReading]], model: Classifier) -> list[list[DigitReading]]:
    """Return the digits with the model's own answers, refined where it refines."""
    digits = [digit for line in lines for digit in line]
    if not digits or not isinstance(model, KnnClassifier) or model.options.refinement is None:
        return lines
    votes = model.classify(np.stack([digit.digit for digit in digits]))
    answers = iter(range(len(digits)))
    return [[_with_votes(digit, votes, next(answers)) for digit in line] for line in lines]


def _refuse_unsure(lines: list[list[DigitReading]], least: float) -> list[list[DigitReading]]:
    return [
        [digit if digit.probability >= least else replace(digit, label=None) for digit in line]
        for line in lines
    ]


def _with_votes(digit: DigitReading, votes: Votes, row: int) -> DigitReading:
    label = int(votes.labels[row])
    return replace(
        digit,
        label=None if digit.label is None or votes.doubt[row] > REFUSE else label,
        probability=float(votes.probabilities[row, label]),
        doubt=float(votes.doubt[row]),
        neighbors=_neighbors(votes, row),
    )


def _without_signs(line: list[DigitReading]) -> list[DigitReading]:
    """Leave out what is much lower than the rest of its line and strange."""
    usual = float(np.median([digit.box.height for digit in line]))
    return [
        digit
        for digit in line
        if digit.box.height >= SMALL * usual or digit.strangeness <= SMALL_REFUSE or len(line) == 1
    ]


def _split_touching(
    marks: Sequence[Mark], whole: Sequence[DigitReading], reader: _Reader
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
    return aspect > SPLIT_ASPECT and (whole.strangeness > SPLIT_FROM or aspect > WIDE_ASPECT)


def _believe(whole: DigitReading, parts: list[DigitReading]) -> list[DigitReading]:
    """Return the digits of a mark: its parts, if they look like digits enough, else the whole."""
    aspect = whole.box.width / whole.box.height
    strangest = float(np.interp(aspect, *PART_REFUSE))
    strokes = [part for part in parts if part.box.width < STROKE_ASPECT * part.box.height]
    if parts and max(part.strangeness for part in parts) <= strangest and len(strokes) <= 1:
        mean = float(np.average([part.strangeness for part in parts], weights=[p.box.width for p in parts]))
        if mean + SPLIT_GAIN < whole.strangeness:
            return parts
    if whole.strangeness > float(np.interp(aspect, *WHOLE_REFUSE)):
        return [replace(whole, label=None)]
    return [whole]


def _left_out(ink: Ink, uncut: int) -> list[str]:
    """Say what was not looked at, as there was too much."""
    warnings = []
    marks, most = count_left_out(ink)
    if most < marks:
        warnings.append(
            f"about {marks:,} marks: the upper {most:,} are read; crop the photo to read the others"
        )
    if uncut:
        warnings.append(f"{_marks(uncut, 'wide mark')} not searched for digits that touch; crop the photo")
    return warnings


def _signs(ink: Ink, lines: Sequence[Sequence[DigitReading]]) -> list[str]:
    """Say where signs may stand that were left out, or were read as digits; boxes in pixels of the ink."""
    boxes = [[digit.box for digit in line] for line in lines]
    warnings = []
    spots = count_spots(ink, boxes)
    if any(spots):
        rows = [str(row) for row, count in enumerate(spots, 1) if count]
        where = ", ".join(rows[:NAMED]) + (f" and {len(rows) - NAMED} more" if len(rows) > NAMED else "")
        small = _marks(sum(spots), "small mark")
        warnings.append(f"{small} between digits left out, line {where}: perhaps points or signs")
    strokes = count_strokes(boxes, [[digit.label == 1 for digit in line] for line in lines])
    if strokes:
        high = "stands higher than its line" if strokes == 1 else "stand higher than their line"
        warnings.append(f"{_marks(strokes, 'digit')} read 1 {high}: perhaps strokes between digits")
    return warnings


def _marks(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _warnings(ink: Ink, lines: list[Line], marks: list[Box], quarters: int) -> list[str]:
    if not lines:
        return [NO_DIGITS]
    warnings = []
    if ink.threshold < LOW_CONTRAST:
        warnings.append("low contrast: the ink is hardly darker than the paper")
    if stroke_width(ink.mask) < THIN_STROKE:
        warnings.append("very thin strokes: come nearer, or use a broader pen")
    height, width = ink.mask.shape
    if any(min(b.left, b.top, width - b.right, height - b.bottom) <= 1 for b in marks):
        warnings.append("a digit touches the border: part of it may be missing")
    if quarters:
        degrees = {1: "90 degrees counter-clockwise", 2: "upside down", 3: "90 degrees clockwise"}[quarters]
        warnings.append(f"page turned to read it: {degrees}")
    return warnings
