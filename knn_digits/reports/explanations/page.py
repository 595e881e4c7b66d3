"""Explanations -> one HTML page that needs no other file, by a template of `reports/templates`."""

from collections.abc import Sequence

from knn_digits.explanation import Evidence, Explanation
from knn_digits.reading.reasons import LeftOut
from knn_digits.reports.explanations import words
from knn_digits.reports.explanations.sheet import color_difference, draw_crop
from knn_digits.reports.pages import render

SMALLEST, LARGEST = 2, 5  # times: a digit without a vote, and one whose vote counts most


def explanations_page(
    title: str, explanations: Sequence[Explanation], *, left_out: Sequence[LeftOut] = ()
) -> str:
    """Return the page, what was left out at its end; it can be read on a phone and by a screen reader.

    Letters of the title that no file can hold, as names of files have them, are written as Python does.
    """
    shown = {
        "title": title.encode("utf-8", "backslashreplace").decode("utf-8"),
        "explanations": explanations,
        "left_out": left_out,
        "largest": LARGEST,
    }
    return render(
        "explanations.html.jinja",
        {"words": words, **shown},
        filters={"crop": draw_crop, "difference": color_difference, "times": _times},
    )


def _times(found: Evidence, why: Explanation) -> float:
    """Return how large a training digit is drawn: the more, the more its vote counts."""
    heaviest = max(neighbor.weight for neighbor in why.neighbors)
    return SMALLEST + (LARGEST - SMALLEST) * found.weight / heaviest
