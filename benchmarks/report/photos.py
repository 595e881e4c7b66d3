"""Raw results on photos + the photos -> one HTML page, each photo with its reading drawn on it.

`python -m benchmarks.report.photos photos.json --photos PHOTO_DIR`. The page holds the photos themselves:
think of their licence before you pass it on.
"""

import io
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from benchmarks.records import read_record, write_text
from benchmarks.report.pages import render
from benchmarks.report.photo_scores import blame_rows, make_notes, score_rows
from benchmarks.script import Parser, run
from knn_digits.errors import DataError, PhotoError
from knn_digits.images import read_picture
from knn_digits.reports.pages import data_url

SIDE = 1200  # pixels: the longest side of a photo on the page
SMALL_SIDE = 260  # pixels: a photo smaller than this is shown pixel by pixel, enlarged
MARGIN = 0.12  # of the shorter side: white around the photo, where labels of digits at its border go
LETTER = 0.4  # of a digit's height: that of its label
LEAST, MOST = 0.03, 0.07  # of the photo's longer side: a label's height
QUALITY = 82  # of JPEG


def main(arguments: Sequence[str]) -> None:
    """Draw the page beside the raw results."""
    parser = Parser(description="Draw a page of photos with what was read in them.")
    add = parser.add_argument
    add(
        "file", type=pathlib.Path, metavar="JSON", help="raw results of `python -m benchmarks.measure.photos`"
    )
    add("--photos", type=pathlib.Path, metavar="PHOTO_DIR", required=True, help="the folder of the photos")
    add("--output", type=pathlib.Path, metavar="HTML", help="the page (default: beside the raw results)")
    options = parser.parse_args(arguments)
    raw = read_record(options.file)
    if "photos" not in raw["result"]:
        raise DataError(
            f"{options.file} has scores alone: a page needs what `--output` of the measuring wrote"
        )
    path = options.output or options.file.with_suffix(".html")
    write_text(path, draw_page(raw, options.photos))
    print(path)


def draw_page(raw: Mapping[str, Any], folder: pathlib.Path) -> str:
    """Return the page, photos with most mistakes first."""
    result, about = raw["result"], raw["run"]
    first = result["readers"][0]["name"]
    ordered = sorted(result["photos"], key=lambda photo: _rank(photo, first))
    cards = [(photo["readings"][first]["exact"], _card(photo, first, folder)) for photo in ordered]
    return render(
        "photos.html",
        {
            "title": f"Readings of {result['count']} photos",
            "facts": f"{result['folder']}, {about['date']}, {about['command']}",
            "tables": [table for table in (score_rows(result), blame_rows(result)) if table],
            "notes": make_notes(result),
            "first": first,
            "groups": [
                ("Read wrong", [card for exact, card in cards if not exact]),
                ("Read without a mistake", [card for exact, card in cards if exact]),
            ],
        },
    )


def _rank(photo: Mapping[str, Any], first: str) -> tuple[int, bool]:
    readings = photo["readings"]
    mistakes = int(readings[first]["wrong"] + readings[first]["invented"])
    return -mistakes, all(one["exact"] for one in readings.values())


def _card(photo: Mapping[str, Any], first: str, folder: pathlib.Path) -> dict[str, Any]:
    """Return what the page shows of a photo; the first reader's reading is drawn on it."""
    about = ", ".join([photo["medium"], photo["background"], *["core"] * photo["core"], photo["source"]])
    lines = photo["readings"][first]["lines"]
    card = {
        "file": photo["file"],
        "about": about,
        "alt": f"{photo['file']}, {about}; read as {', '.join(lines) or 'nothing'}",
        "truth": photo["lines"],
        "entries": [_entry(name, one, photo) for name, one in photo["readings"].items()],
    }
    try:
        return card | {"picture": _picture(folder / photo["file"], photo["readings"][first]["reading"])}
    except PhotoError as error:
        return card | {"picture": None, "error": str(error)}


def _entry(name: str, one: Mapping[str, Any], photo: Mapping[str, Any]) -> dict[str, Any]:
    digits, truth = photo["digits"], photo["lines"]
    mistakes = f"{one['wrong']} of {digits} wrong" if digits else f"{one['invented']} invented"
    return {
        "reader": name,
        "lines": [
            (line, one["exact"] or line in truth[row : row + 1]) for row, line in enumerate(one["lines"])
        ],
        "verdict": "right" if one["exact"] else mistakes,
        "exact": one["exact"],
        "remarks": [*_lost(one), *(one["warnings"] if one["error"] is None else [one["error"]])],
    }


def _lost(one: Mapping[str, Any]) -> list[str]:
    """Return in words which stage lost how many digits, where it was told."""
    counts = [f"{count} {stage}" for stage, count in one.get("blame", {}).items() if count]
    return [f"lost: {', '.join(counts)}"] if counts else []


def _picture(path: pathlib.Path, reading: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the upright photo and the boxes of its digits; PhotoError if it is no picture."""
    picture = read_picture(path, largest=SIDE)
    stream = io.BytesIO()
    Image.fromarray(picture.pixels).save(stream, "JPEG", quality=QUALITY, optimize=True)
    width, height = picture.full_width, picture.full_height
    around = round(MARGIN * min(width, height)) if reading is not None else 0
    digits = [] if reading is None else [digit for line in reading["lines"] for digit in line["digits"]]
    return {
        "source": data_url(stream.getvalue(), "jpeg"),
        "width": width,
        "height": height,
        "view_box": f"{-around} {-around} {width + 2 * around} {height + 2 * around}",
        "look": "small" if max(width, height) < SMALL_SIDE else "",
        "boxes": [_box(digit, max(width, height)) for digit in digits],
    }


def _box(digit: Mapping[str, Any], side: int) -> dict[str, Any]:
    """Return where a digit's box and its label are drawn."""
    left, top, width, height = digit["box"]
    letter = min(max(LETTER * height, LEAST * side), MOST * side)
    return {
        "left": left,
        "top": top,
        "width": width,
        "height": height,
        "baseline": round(top - letter / 6, 1),
        "letter": round(letter, 1),
        "stroke": round(letter / 12, 2),
        "text": "?" if digit["label"] is None else str(digit["label"]),
        "look": "refused" if digit["label"] is None else "read",
    }


if __name__ == "__main__":
    run(main)
