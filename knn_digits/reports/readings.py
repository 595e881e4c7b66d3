"""Reading -> JSON object, CSV rows, annotated picture."""

import itertools
import json
import math
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import cv2

from knn_digits.arrays import Pixels
from knn_digits.errors import PhotoError
from knn_digits.images import Picture
from knn_digits.reading import Line, Mark, Reading
from knn_digits.record import told

CSV_HEADER = ("path", "line", "position", "label", "probability", "left", "top", "width", "height", "word")
COLUMN = 6  # characters: of a digit with its probability
READ_COLOR = (0, 130, 60)  # RGB
REFUSED_COLOR = (200, 40, 0)
SIGN_COLOR = (0, 70, 200)
HALO_COLOR = (255, 255, 255)
BOLD = 20  # pixels: height of a label from which its strokes are a pixel wider on each side
MIN_LETTER, MAX_LETTER = 14, 60  # pixels: heights of a label on the picture
LETTERS = 12  # times as high as its halo, and the lines around a box, are thick is a label
SMALLEST = 280  # pixels: a picture whose longest side is shorter is enlarged, so that labels have room


def as_entry(path: str, result: Reading | PhotoError, *, signs: bool = False) -> dict[str, Any]:
    """Return the object that `classify --json` prints of a photo: its reading, or why it has none."""
    if isinstance(result, PhotoError):
        return {"path": path, "error": str(result)}
    return as_object(path, result, signs=signs)


def json_text(content: object, *, indent: int | None = None) -> str:
    """Return JSON in letters that can be printed; without `indent` in one line.

    All others are JSON's own escapes: the bytes of a name that is no text, too, which so leads to its file.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=False)
    return re.sub(r"[^ -~\n]", _printable, text)


def _printable(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def as_object(path: str, reading: Reading, *, signs: bool = False) -> dict[str, Any]:
    """Return the reading as the object that `classify --json` prints; with `signs` its texts have them."""
    content = reading.to_dict(details=False)
    if signs:
        _add_signs(content, reading)
    for line, known in zip(content["lines"], reading.lines, strict=True):
        digits = [digit.to_dict(details=False) for digit in known.digits]
        line["digits"] = [{name: digit[name] for name in ("label", "probability", "box")} for digit in digits]
    return {"path": path, **content}


def _add_signs(content: dict[str, Any], reading: Reading) -> None:
    content["text"] = reading.text_with_signs
    for line, known in zip(content["lines"], reading.lines, strict=True):
        line["text"] = known.text_with_signs
        for word, of in zip(line["words"], known.words, strict=True):
            word["text"] = of.text_with_signs


def as_rows(path: str, reading: Reading, *, signs: bool = False) -> list[tuple[object, ...]]:
    """Return one row for each digit, or each mark, in the columns of `CSV_HEADER`.

    Lines, positions in them and words in them count from 1.
    """
    rows: list[tuple[object, ...]] = []
    for row, line in enumerate(reading.lines, 1):
        words = [number for number, word in enumerate(line.words, 1) for _ in word.marks]
        placed = zip(line.marks, words, strict=True)
        marks = [(mark, word) for mark, word in placed if signs or mark.is_digit]
        rows += [
            (path, row, position, mark.text, told(mark.probability), *asdict(mark.box).values(), word)
            for position, (mark, word) in enumerate(marks, 1)
        ]
    return rows


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as lines of CSV."""
    return "".join(",".join(_cell(str(value)) for value in row) + "\n" for row in rows)


def _cell(text: str) -> str:
    """Return a cell, quoted where it must be; older Pythons' own csv forgets a lone carriage return."""
    return '"' + text.replace('"', '""') + '"' if re.search('[",\r\n]', text) else text


def with_probabilities(reading: Reading, *, signs: bool = False) -> str:
    """Return the lines of digits, or of marks, each above their probabilities."""
    rows = []
    for line in reading.lines:
        marks = line.marks if signs else line.digits
        rows.append("".join(f"{mark.text:>{COLUMN}}" for mark in marks))
        rows.append("".join(f"{told(mark.probability):>{COLUMN}.3f}" for mark in marks))
    return "\n".join(rows)


def annotate(picture: Picture, reading: Reading) -> Pixels:
    """Return the (height, width, 3) uint8 RGB picture with its reading drawn on it, enlarged if tiny."""
    factor = -(-SMALLEST // max(picture.pixels.shape))
    drawn = picture.pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    scale = drawn.shape[1] / reading.width
    for line in reading.lines:
        for mark, room in zip(line.marks, _rooms(line), strict=True):
            _draw(drawn, mark, scale, scale * room)
    return drawn


def _rooms(line: Line) -> list[float]:
    """Return how wide the label of each mark may be, in pixels of the photo: none reaches the next one's."""
    starts = [mark.box.left for mark in line.marks]
    steps = [abs(after - before) for before, after in itertools.pairwise(starts)]
    return [min(around) for around in zip([math.inf, *steps], [*steps, math.inf], strict=True)]


def _draw(drawn: Pixels, mark: Mark, scale: float, room: float) -> None:
    from knn_digits.reports.canvas import text_width, write  # Pillow's fonts are for pictures alone

    box = mark.box
    left, top, right, bottom = (round(side * scale) for side in (box.left, box.top, box.right, box.bottom))
    color = SIGN_COLOR if not mark.is_digit else REFUSED_COLOR if mark.label is None else READ_COLOR
    letter = min(max(0.4 * (bottom - top), MIN_LETTER), MAX_LETTER)
    letter *= min(1.0, room / (text_width(mark.text, height=letter) + 2 * letter / LETTERS))
    thickness = max(1, round(letter / LETTERS))
    cv2.rectangle(drawn, (left, top), (right, bottom), color, thickness)
    place = (left, max(top - 2 * thickness, round(letter) + 2 * thickness))
    bold = int(letter >= BOLD)
    for ink, stroke in ((HALO_COLOR, thickness + bold), (color, bold)):
        write(drawn, mark.text, place, height=letter, color=ink, stroke=stroke)
