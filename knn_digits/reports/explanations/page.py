"""Explanations -> one HTML page that needs no other file, by the template beside this module."""

import base64
import functools
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels
from knn_digits.explanation import Evidence, Explanation
from knn_digits.features.blocks import Blocks
from knn_digits.images import encode_png
from knn_digits.reading.reasons import LeftOut
from knn_digits.reports.explanations import words
from knn_digits.reports.explanations.sheet import draw_crop, draw_difference, draw_digit

HERE = pathlib.Path(__file__).parent
TEMPLATE, STYLE = "page.html.jinja", "page.css"


def explanations_page(
    title: str, explanations: Sequence[Explanation], *, left_out: Sequence[LeftOut] = ()
) -> str:
    """Return the page, what was left out at its end; it can be read on a phone and by a screen reader.

    Letters of the title that no file can hold, as names of files have them, are written as Python does.
    """
    return str(
        _template().render(
            title=title.encode("utf-8", "backslashreplace").decode("utf-8"),
            style=(HERE / STYLE).read_text("utf-8"),
            explanations=explanations,
            left_out=left_out,
        )
    )


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    rooms = Environment(
        autoescape=True,
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    rooms.globals.update(words=words, spoken=_spoken)
    rooms.filters.update(
        png=_png, crop=draw_crop, seen=_draw_seen, drawn=_draw_neighbor, difference=draw_difference
    )
    return rooms.get_template(TEMPLATE)


def _draw_seen(why: Explanation) -> Pixels:
    return draw_digit(why.read.digit, why.grid, why.counts)


def _draw_neighbor(found: Evidence, grid: Blocks | None) -> Pixels:
    return draw_digit(found.digit, grid, found.counts)


def _spoken(counts: NDArray[np.float32] | None) -> str:
    """Return block counts as a screen reader tells them."""
    if counts is None:
        return ""
    return "; block counts row by row: " + ", ".join(
        " ".join(f"{count:.0f}" for count in row) for row in counts
    )


def _png(pixels: Pixels) -> str:
    return base64.b64encode(encode_png(pixels)).decode("ascii")
