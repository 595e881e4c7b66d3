"""Readings of a stack -> one HTML page, offline, on which doubtful fields are put right by keyboard alone."""

import base64
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from knn_digits.arrays import Digits, Pixels
from knn_digits.forms.records import BLANK, OK, READ, FieldReading, PageReading, Template
from knn_digits.forms.template import template_text
from knn_digits.record import told
from knn_digits.reports.pages import picture_url, render
from knn_digits.storage import write_then_rename

HERE = pathlib.Path(__file__).parent
TEMPLATE = "review.html.jinja"
CORRECTIONS = "knn-digits form corrections"
NEIGHBORS = 5  # shown of each digit


class Review:
    """Gathers what is to be looked at, page by page, and writes the page that shows it.

    Parameters
    ----------
    known : (n, 28, 28) uint8
        The digits of the model.
    form : Template
        Saved with the corrections, which must pass its checks.
    asked : float
        Which share of fields might be wrong and not be shown.
    expected : (float, float), optional
        Which share is then wrong and not shown, and is shown, on drawn forms; None where some fields are
        of an earlier run.
    """

    def __init__(
        self, known: Digits, *, form: Template, asked: float, expected: tuple[float, float] | None
    ) -> None:
        self.known, self.form, self.asked, self.expected = known, form, asked, expected
        self.items: list[dict[str, Any]] = []
        self.refused: list[PageReading] = []
        self.fields = 0

    def add(self, page: PageReading) -> None:
        """Take in a page."""
        if page.status != READ:
            self.refused.append(page)
        self.fields += len(page.fields)
        self.items += [self._item(page, one) for one in page.fields if one.status not in (OK, BLANK)]

    def pass_over(self, fields: int) -> None:
        """Count fields of a page of which none is to be looked at."""
        self.fields += fields

    def write(self, path: pathlib.Path) -> None:
        """Write the page; StorageError if it cannot be written."""
        with write_then_rename(path) as file:
            file.write(self.text().encode("utf-8", "backslashreplace"))

    def text(self) -> str:
        """Return the page."""
        items = sorted(self.items, key=lambda item: float(item["probability"]))
        shown = {
            "title": "Review of forms",
            "items": items,
            "refused": self.refused,
            "fields": self.fields,
            "asked": self.asked,
            "expected": self.expected,
            "held": [_held(item) for item in items],
            "kind": CORRECTIONS,
            "form": json.loads(template_text(self.form)),
        }
        return render(TEMPLATE, shown, folder=HERE)

    def _item(self, page: PageReading, one: FieldReading) -> dict[str, Any]:
        neighbors = [[self.known[row] for row, _ in digit.neighbors[:NEIGHBORS]] for digit in one.digits]
        return {
            "file": page.file, "page": page.page, "name": one.field.name, "text": one.text,
            "second": one.second, "status": one.status,
            "why": "; ".join(filter(None, (one.failed, one.reason))),
            "suggestion": one.suggestion, "probability": one.probability,
            "told": f"{told(one.probability):.3f}", "crop": picture_url(one.crop),
            "digits": [picture_url(255 - digit.digit) for digit in one.digits],
            "neighbors": [picture_url(_row(some)) if some else "" for some in neighbors],
            "places": [digit.text for digit in one.digits],
            "pictures": [base64.b64encode(digit.digit.tobytes()).decode() for digit in one.digits],
        }  # fmt: skip


def _held(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in ("file", "page", "name", "text", "pictures")}


def _row(digits: Sequence[Pixels]) -> Pixels:
    return 255 - np.hstack(list(digits))
