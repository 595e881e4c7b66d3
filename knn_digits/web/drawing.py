"""A drawing, or a digit of a photo -> its reading with all that decided it, as plain values for JSON."""

import io
from typing import Any

import cv2
import numpy as np
from PIL import Image

from knn_digits.arrays import Pixels
from knn_digits.classifiers.hearing import MOSTLY
from knn_digits.classifiers.knn import DigitKNN
from knn_digits.digit import normalize_strokes
from knn_digits.errors import PhotoError
from knn_digits.explanation import Evidence, Explanation, explain_reading
from knn_digits.images import convert_picture
from knn_digits.images.bounds import check_size, one_line
from knn_digits.photo.boxes import Box
from knn_digits.reading import Line, Mark, Neighbor, Reading
from knn_digits.reading.records import SIGNS
from knn_digits.record import told
from knn_digits.reports.explanations import words
from knn_digits.reports.pages import picture_url
from knn_digits.vote import Votes
from knn_digits.web.shelf import Asked, Shelf

MOST_PIXELS = 4_000_000  # of a drawing: some times the screen that it is drawn on
PNG = b"\x89PNG"  # how a PNG begins
LARGEST = 400  # pixels: larger drawings are reduced to this longest side


def read_drawing(content: bytes) -> Pixels:
    """Return the 28×28 digit of a PNG of dark ink on light or clear paper; PhotoError if there is none."""
    if not content.startswith(PNG):
        raise PhotoError("a drawing must be a PNG")
    with one_line(), Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        check_size(*image.size, most=MOST_PIXELS)
        picture = convert_picture(image, largest=LARGEST)
    dark = 255 - cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY)
    ink = np.asarray(dark - dark.min(), np.uint8)
    if not ink.any():
        raise PhotoError("nothing is drawn: draw a digit in dark ink on light paper")
    return np.asarray(normalize_strokes([ink])[0])


def answer_digit(digit: Pixels, asked: Asked, shelf: Shelf, *, printed: bool = False) -> dict[str, Any]:
    """Return how a digit, (28, 28) uint8, is read, and by what; `printed` ones vote, too, as in cells."""
    model = shelf.model(asked)
    if printed:
        from knn_digits.tables.references import beside_print

        model = beside_print(model)
    (why,) = explain_reading(_reading(digit, model), np.stack([digit] * 3, axis=2), model)
    answer = tell(why, model) | {"features": asked.features, "calibrated": model.calibrated}
    digits = np.stack([digit, *(found.digit for found in why.neighbors)])
    answer["place"], *places = shelf.map(asked).place(model.feature(digits)).round(4).tolist()
    for neighbor, place in zip(answer["neighbors"], places, strict=True):
        neighbor["place"] = place
    if asked.network is not None:
        answer["network"] = _ask_network(digit, asked.network, shelf)
    return answer


def _reading(digit: Pixels, model: DigitKNN) -> Reading:
    """Return a reading of one digit, as a picture that holds one is read."""
    votes = model.classify(digit[None])
    refused = bool(votes.doubt[0] > 1)
    sign, share = votes.sign(0)
    mark = Mark(
        label=None if refused else int(votes.labels[0]),
        probability=float(votes.probabilities[0].max()),
        box=Box(left=0, top=0, width=digit.shape[1], height=digit.shape[0]),
        strangeness=float(votes.strangeness[0]),
        doubt=float(votes.doubt[0]),
        digit=digit,
        neighbors=_neighbors(votes),
        sign=sign
        if refused and share > MOSTLY and sign not in SIGNS
        else None,  # it stays a digit to explain
        sign_share=share,
    )
    height, width = digit.shape
    return Reading(width=width, height=height, lines=(Line.of([mark]),), warnings=())


def _neighbors(votes: Votes) -> tuple[Neighbor, ...]:
    return tuple(
        Neighbor(index=int(index), label=int(label), distance=float(distance))
        for index, label, distance in zip(*votes.evidence(0), strict=True)
    )


def tell(why: Explanation, model: DigitKNN) -> dict[str, Any]:
    """Return an explanation as plain values, its pictures as addresses that hold them."""
    read, options = why.read, model.options
    return {
        "label": read.label,
        "text": read.text,
        "probability": told(read.probability),
        "likeliest": why.tally[0].label,
        "strangeness": round(read.strangeness, 4),
        "doubt": round(read.doubt, 4),
        "k": options.k,
        "weights": options.weights,
        "measure": why.measure,
        "refined": why.refined,
        "digit": picture_url(read.digit),
        "grid": None if why.grid is None else {"window": why.grid.window},
        "counts": None if why.counts is None else why.counts.tolist(),
        "votes": [
            {"label": row.label, "neighbors": row.neighbors, "weight": row.weight, "share": row.share}
            for row in why.tally
        ],
        "neighbors": [_tell_neighbor(found) for found in why.neighbors],
        "runner_up": None if why.runner_up is None else _tell_neighbor(why.runner_up),
        "reasons": words.reasons(why),
    }


def _tell_neighbor(found: Evidence) -> dict[str, Any]:
    return {
        "label": found.label,
        "distance": round(found.distance, 4),
        "weight": found.weight,
        "copies": found.copies,
        "name": words.name(found),
        "picture": picture_url(found.digit),
        "counts": None if found.counts is None else found.counts.tolist(),
    }


def _ask_network(digit: Pixels, name: str, shelf: Shelf) -> dict[str, Any]:
    scores = shelf.scores(name, digit[None])
    return {
        "name": name,
        "label": int(scores.labels[0]),
        "probability": told(float(scores.probabilities[0].max())),
    }
