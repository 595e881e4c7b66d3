"""Photos with their readings -> one HTML page that needs no other file. Draws, computes nothing."""

import base64
import html
import io
import pathlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

from knn_digits.errors import PhotoError
from knn_digits.images import Picture, read_picture
from knn_digits.reading import Reading
from knn_digits.reports.readings import annotate

SIDE = 1200  # pixels: the longest side of a photo on the page
SMALL_SIDE = 260  # pixels: a photo smaller than this is enlarged
MARGIN = 0.12  # of the shorter side: white around the photo, where labels of digits at its border go
QUALITY = 82  # of JPEG

STYLE = pathlib.Path(__file__).with_name("page.css")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one reader found in a photo."""

    reader: str
    lines: tuple[str, ...]
    verdict: str  # in words
    exact: bool
    remarks: tuple[str, ...]  # warnings and errors


@dataclass(frozen=True, kw_only=True)
class Card:
    """A photo on the page."""

    path: pathlib.Path
    about: str  # in words
    truth: tuple[str, ...]
    entries: tuple[Entry, ...]  # the first one's reading is drawn on the photo
    reading: Reading | None
    wrong: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the page shows beside the photos."""

    title: str
    facts: str  # date and versions, in words
    scores: Sequence[Sequence[str]]  # a header and rows
    notes: Sequence[str]


def draw_page(page: Page, cards: Iterable[Card]) -> str:
    """Return the page, photos with most mistakes first."""
    ordered = sorted(cards, key=lambda card: (-card.wrong, all(entry.exact for entry in card.entries)))
    first = ordered[0].entries[0].reader
    wrong = [card for card in ordered if not card.entries[0].exact]
    right = [card for card in ordered if card.entries[0].exact]
    style = STYLE.read_text("utf-8")
    notes = "".join(f"<p>{_text(note)}</p>" for note in page.notes)
    legend = (
        f"<p>Drawn on the photos: what {_text(first)} read, in green; what it refused as no digit, in red "
        "with a question mark. A click makes a photo large.</p>"
    )
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(page.title)}</title><style>{style}</style>\n"
        f"<h1>{_text(page.title)}</h1><p class=soft>{_text(page.facts)}</p>\n"
        f"{_scores(page.scores)}\n<div class=soft>{notes}{legend}</div>\n"
        f"{_section('Read wrong', wrong)}{_section('Read without a mistake', right)}</html>\n"
    )


def _scores(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    cells = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)
    return (
        f'<div class=scroll role="region" tabindex="0" aria-label="Scores"><table class=scores>'
        f"<thead><tr>{cells}</tr></thead><tbody>{''.join(map(_score_row, body))}</tbody></table></div>"
    )


def _score_row(row: Sequence[str]) -> str:
    name = row[0].removeprefix("- ")
    style = " class=note" if name != row[0] else ""
    cells = "".join(f"<td>{_text(cell)}</td>" for cell in row[1:])
    return f'<tr{style}><th scope="row">{_text(name)}</th>{cells}</tr>'


def _section(title: str, cards: Sequence[Card]) -> str:
    if not cards:
        return ""
    shown = "\n".join(map(_card, cards))
    return f"<h2>{title} ({len(cards)})</h2>\n<div class=cards>\n{shown}\n</div>\n"


def _card(card: Card) -> str:
    first = card.entries[0]
    alt = f"{card.path.name}, {card.about}; read as {_spoken(first.lines)}"
    truth = "<br>".join(map(_text, card.truth)) or "no digits"
    entries = "".join(_entry(entry, card.truth) for entry in card.entries)
    return (
        f"<article class=card>{_image(card, alt)}<div class=text><h3>{_text(card.path.name)}</h3>"
        f'<div class=soft>{_text(card.about)}</div><table class=read><tr><th scope="row">truth</th>'
        f"<td>{truth}</td><td></td></tr>{entries}</table></div></article>"
    )


def _entry(entry: Entry, truth: Sequence[str]) -> str:
    lines = "<br>".join(
        _text(line) if entry.exact or line in truth[row : row + 1] else f"<span class=bad>{line}</span>"
        for row, line in enumerate(entry.lines)
    )
    lines = lines or "<span class=soft>nothing</span>"
    style = "good" if entry.exact else "bad"
    remarks = "".join(f"<tr><td class=warn colspan=3>{_text(remark)}</td></tr>" for remark in entry.remarks)
    return (
        f'<tr><th scope="row">{_text(entry.reader)}</th><td>{lines}</td>'
        f'<td class="mark {style}">{_text(entry.verdict)}</td></tr>{remarks}'
    )


def _spoken(lines: Sequence[str]) -> str:
    return ", ".join(lines) or "nothing"


def _image(card: Card, alt: str) -> str:
    try:
        jpeg, (width, height) = draw_photo(card.path, card.reading)
    except PhotoError as error:
        return f"<p class=text>{_text(str(error))}</p>"
    data = base64.b64encode(jpeg).decode("ascii")
    size = f'width="{width}" height="{height}"'
    image = f'<img loading="lazy" {size} alt="{_text(alt)}" src="data:image/jpeg;base64,{data}">'
    return f'<label><input type="checkbox" aria-label="large photo">{image}</label>'


def draw_photo(path: pathlib.Path, reading: Reading | None) -> tuple[bytes, tuple[int, int]]:
    """Return the photo with its reading drawn on it as JPEG, and its width and height in pixels."""
    picture = read_picture(path, largest=SIDE)
    if reading is not None:
        picture, reading = _with_margin(_enlarge(picture), reading)
    drawn = annotate(picture, reading) if reading is not None else picture.pixels
    stream = io.BytesIO()
    Image.fromarray(drawn).save(stream, "JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue(), (drawn.shape[1], drawn.shape[0])


def _enlarge(picture: Picture) -> Picture:
    scale = -(-SMALL_SIDE // max(picture.pixels.shape[:2]))
    if scale <= 1:
        return picture
    pixels = cv2.resize(picture.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    return replace(picture, pixels=np.asarray(pixels, np.uint8))


def _with_margin(picture: Picture, reading: Reading) -> tuple[Picture, Reading]:
    """Return photo and reading with white around the photo."""
    around = round(MARGIN * min(picture.pixels.shape[:2]))
    sides = (around,) * 4
    pixels = cv2.copyMakeBorder(picture.pixels, *sides, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    shift = round(around * reading.width / picture.pixels.shape[1])
    lines = tuple(
        replace(
            line,
            digits=tuple(
                replace(digit, box=replace(digit.box, left=digit.box.left + shift, top=digit.box.top + shift))
                for digit in line.digits
            ),
        )
        for line in reading.lines
    )
    width, height = picture.full_width + 2 * shift, picture.full_height + 2 * shift
    moved = replace(reading, width=width, height=height, lines=lines)
    return replace(picture, pixels=np.asarray(pixels, np.uint8)), moved


def _text(text: str) -> str:
    return html.escape(text)
