"""Explanations -> one HTML page that needs no other file."""

import base64
import html
import pathlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from knn_digits.arrays import Pixels
from knn_digits.explanation import Evidence, Explanation, Tally
from knn_digits.images import encode_png
from knn_digits.reports.explanations.sheet import draw_crop, draw_difference, draw_digit
from knn_digits.reports.explanations.words import heading, legend, name, number, reasons, vote

STYLE = pathlib.Path(__file__).with_name("page.css")


def explanations_page(title: str, explanations: Sequence[Explanation]) -> str:
    """Return the page; it can be read on a phone and by a screen reader."""
    sections = "\n".join(_section(why) for why in explanations)
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE.read_text('utf-8')}</style>\n"
        f"<h1>{_text(title)}</h1>\n{_contents(explanations)}{sections}\n</html>\n"
    )


def _contents(explanations: Sequence[Explanation]) -> str:
    """Return the digits, line by line, as links to their sections; nothing for a single one."""
    if len(explanations) < 2:
        return ""
    lines = [
        "".join(
            f'<a href="#digit-{why.number}" title="{_text(heading(why))}">{why.read.text}</a>' for why in line
        )
        for _, line in groupby(explanations, key=lambda why: why.line)
    ]
    return f"<nav>{'<br>'.join(lines)}</nav>\n"


def _section(why: Explanation) -> str:
    listed = "".join(f"<li>{_text(reason)}" for reason in reasons(why))
    meaning = legend(why)
    note = f"<p>{_text(meaning)}</p>" if meaning else ""
    return (
        f"<section id=digit-{why.number}><h2>{_text(heading(why))}</h2><ul>{listed}</ul>"
        f"{_tally(why.tally)}{note}<div class=tiles>{''.join(_figures(why))}</div></section>"
    )


def _tally(tally: Iterable[Tally]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{row.label}</th><td>{row.neighbors}</td><td>{number(row.weight)}</td>'
        f"<td>{row.share:.1%}</td></tr>"
        for row in tally
    )
    head = "".join(f'<th scope="col">{word}</th>' for word in ("label", "neighbors", "votes", "share"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _figures(why: Explanation) -> Iterator[str]:
    yield _figure(_image(draw_crop(why), f"digit {why.number} in the photo"), "in the photo")
    seen = draw_digit(why.read.digit, why.grid, why.counts)
    yield _figure(_image(seen, f"digit {why.number} as classified{_spoken(why.counts)}"), "as seen")
    for place, found in enumerate(why.neighbors, 1):
        yield _neighbor(why, found, f"{place}:")
    if why.runner_up is not None and not why.runner_up.copies:
        yield _neighbor(why, why.runner_up, "runner-up:")


def _neighbor(why: Explanation, found: Evidence, place: str) -> str:
    drawn = draw_digit(found.digit, why.grid, found.counts)
    images = _image(drawn, f"{name(found)}, a {found.label}{_spoken(found.counts)}")
    if found.difference is not None:
        images += _image(draw_difference(found.difference), f"digit {why.number} minus {name(found)}")
    lines = (f"at {number(found.distance)}", vote(found), name(found))
    caption = f"{place} <b>{found.label}</b> " + "<br>".join(map(_text, lines))
    return _figure(images, caption)


def _spoken(counts: NDArray[np.float32] | None) -> str:
    if counts is None:
        return ""
    return "; block counts row by row: " + ", ".join(
        " ".join(f"{count:.0f}" for count in row) for row in counts
    )


def _figure(images: str, caption: str) -> str:
    return f"<figure>{images}<figcaption>{caption}</figcaption></figure>"


def _image(pixels: Pixels, alt: str) -> str:
    data = base64.b64encode(encode_png(pixels)).decode("ascii")
    height, width = pixels.shape[:2]
    return f'<img width={width} height={height} alt="{_text(alt)}" src="data:image/png;base64,{data}">'


def _text(text: str) -> str:
    return html.escape(text)
