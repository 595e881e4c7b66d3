"""Doubts about labels, and suggestions what to label -> CSV rows and pictures."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from knn_digits.arrays import Digits, Labels, Pixels
from knn_digits.images import Picture
from knn_digits.inspection import Doubt
from knn_digits.learning import Suggestion
from knn_digits.photo.boxes import cut_out
from knn_digits.reading.records import Neighbor
from knn_digits.reports.canvas import plain
from knn_digits.reports.cards import Card, draw_cards

CSV_HEADER = ("index", "label", "suggested", "score")
COLUMNS = 3  # cards in a row
NEIGHBORS = 4  # beside a doubtful digit
AROUND = 0.5  # of the longer side of a box: the paper around it that is shown
LETTERS = 34  # of a line of text on a card


def as_row(doubt: Doubt) -> tuple[object, ...]:
    """Return the row of a doubt, in the columns of `CSV_HEADER`."""
    return doubt.index, doubt.label, doubt.suggested, round(doubt.score, 4)


def draw_doubts(doubts: Sequence[Doubt], digits: Digits, labels: Labels) -> Pixels:
    """Return a grey picture of doubtful digits, each with its nearest neighbors and their labels."""
    shown = min(NEIGHBORS, *(len(doubt.neighbors) for doubt in doubts)) if doubts else 0
    cards = [
        Card(
            picture=digits[doubt.index],
            lines=[
                f"digit {doubt.index}",
                f"labelled {doubt.label}, {doubt.score:.0%} against: {doubt.suggested}?",
            ],
            others=digits[list(doubt.neighbors[:shown])],
            captions=[str(labels[row]) for row in doubt.neighbors[:shown]],
        )
        for doubt in doubts
    ]
    return draw_cards(cards, columns=COLUMNS)


def draw_suggestions(suggestions: Sequence[Suggestion], photos: Iterable[Picture]) -> Pixels:
    """Return a grey picture of digits to label: each numbered, in its photo, as seen, and its neighbors.

    Parameters
    ----------
    suggestions : sequence of Suggestion
        Their neighbors show their digits.
    photos : iterable of Picture
        The photo of each.
    """
    neighbors = [_distinct(suggestion) for suggestion in suggestions]
    shown = min(NEIGHBORS - 1, *map(len, neighbors)) if neighbors else 0
    cards = [
        Card(
            picture=_crop(photo, suggestion),
            lines=[
                f"{place}: {describe(suggestion)}",
                f"{suggestion.place} of {_short(suggestion.path.name, len(suggestion.place))}",
            ],
            others=np.stack([suggestion.read.digit, *(np.asarray(one.digit) for one in nearest[:shown])]),
            captions=["seen", *(str(one.label) for one in nearest[:shown])],
        )
        for place, (suggestion, photo, nearest) in enumerate(
            zip(suggestions, photos, neighbors, strict=True), 1
        )
    ]
    return draw_cards(cards, columns=COLUMNS)


def describe(suggestion: Suggestion) -> str:
    """Return what was read and what came second."""
    other = "no other" if suggestion.second is None else f"else {suggestion.second}"
    return f"read {suggestion.read.text}, {other}, margin {suggestion.margin:.2f}"


def _distinct(suggestion: Suggestion) -> list[Neighbor]:
    """Return the neighbors, nearest first, those that count several times once."""
    return list({neighbor.index: neighbor for neighbor in suggestion.read.neighbors}.values())


def _short(name: str, before: int) -> str:
    """Return a name as it is written behind so many letters, or its end, if that is too long."""
    room = LETTERS - max(before, len("digit 12")) - len(" of ")
    if len(plain(name[-LETTERS:])) <= room and len(name) <= room:
        return plain(name)
    end = name[3 - room :]
    while len(plain(end)) > room - 3:
        end = end[1:]
    return f"...{plain(end)}"


def _crop(photo: Picture, suggestion: Suggestion) -> Pixels:
    scale = photo.pixels.shape[1] / photo.full_width
    part = cut_out(photo.pixels, suggestion.read.box, scale=scale, around=AROUND)
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)  # of its own: the photo is let go
