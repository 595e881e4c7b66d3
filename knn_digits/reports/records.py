"""Record or model -> what a notebook shows of it: a picture where there is something to see, else a table."""

import base64
import functools
import html
from typing import Any

import numpy as np

from knn_digits import stages
from knn_digits.arrays import Pixels
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.classifiers.network import NetworkClassifier
from knn_digits.datasets import Dataset
from knn_digits.evaluation import Evaluation
from knn_digits.explanation import Evidence, Explanation, SignEvidence
from knn_digits.images import Picture, encode_png, read_picture
from knn_digits.images.encode import PREVIEW
from knn_digits.reading import Mark, Neighbor, Reading
from knn_digits.reports import walk
from knn_digits.reports.canvas import enlarge
from knn_digits.reports.explanations.sheet import draw_explanations
from knn_digits.reports.panels import draw_classes
from knn_digits.reports.readings import annotate
from knn_digits.reports.scores import evaluation_text, model_text, network_text

SHOWN = 50  # digits of a data set
ENLARGED = 4  # times: a single digit


def as_html(thing: Any) -> str:
    """Return a piece of a page: its picture and what is printed of it."""
    png = as_png(thing)
    drawn = f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}"><br>' if png else ""
    return f"{drawn}<pre>{html.escape(tell(thing))}</pre>"


def as_png(thing: Any) -> bytes | None:
    """Return its picture as the content of a PNG file; None where there is nothing to see."""
    picture = draw(thing)
    return None if picture is None else encode_png(picture)


@functools.singledispatch
def draw(thing: Any) -> Pixels | None:
    """Return its picture, (height, width) or (height, width, 3) uint8; None where there is nothing to see."""
    return None


@draw.register
def _(thing: Explanation) -> Pixels:
    return draw_explanations([thing])


@draw.register
def _(thing: Reading) -> Pixels:
    """Draw the boxes on its preview, or on white."""
    picture = read_picture(thing.preview, largest=PREVIEW) if thing.preview else _white(thing)
    return annotate(picture, thing)


def _white(reading: Reading) -> Picture:
    scale = min(1.0, PREVIEW / max(reading.width, reading.height, 1))
    height, width = (max(1, round(side * scale)) for side in (reading.height, reading.width))
    pixels = np.full((height, width, 3), 255, np.uint8)
    return Picture(pixels=pixels, full_width=reading.width, full_height=reading.height)


@draw.register(Evidence)
@draw.register(Mark)
@draw.register(SignEvidence)
def _(thing: Any) -> Pixels:
    return enlarge(thing.digit, ENLARGED)


@draw.register
def _(thing: Neighbor) -> Pixels | None:
    digit = thing.digit
    return None if digit is None else enlarge(digit, ENLARGED)


draw.register(stages.FoundInk, lambda thing: walk.draw_ink(thing.mask))
draw.register(stages.RemovedRules, walk.draw_ruled)
draw.register(stages.ProposedMarks, walk.draw_marks)
draw.register(stages.NormalizedMarks, walk.draw_normalized)
draw.register(stages.MarkVectors, walk.draw_vectors)
draw.register(stages.FoundNeighbors, walk.draw_neighbors)
draw.register(stages.MarkVotes, walk.draw_votes)


@draw.register
def _(thing: Dataset) -> Pixels | None:
    return draw_classes(thing.digits, thing.labels, n=SHOWN) if len(thing.digits) else None


@functools.singledispatch
def tell(thing: Any) -> str:
    """Return what is printed of it."""
    return repr(thing)


@tell.register
def _(thing: Evaluation) -> str:
    return evaluation_text(thing)


@tell.register
def _(thing: DigitKNN) -> str:
    return model_text("in memory", thing.about)


@tell.register
def _(thing: NetworkClassifier) -> str:
    return network_text("in memory", thing.card)
