"""Lines as they are written, with signs -> what is compared: what means the same is spelled the same."""

import re
from collections.abc import Iterable

from benchmarks.data.truth import Photo
from knn_digits.reading.records import SIGNS, UNKNOWN

SAME = str.maketrans("*·⋅,\u2212\u2013", "\u00d7\u00d7\u00d7.--")  # a minus and a dash are a hyphen
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def spell(lines: Iterable[str]) -> str:
    """Return lines without spaces, with one sign for each meaning, and ^ before what is raised.

    Examples
    --------
    >>> spell(["2 x 5² + 1,5"])
    '2×5^2+1.5'
    """
    text = "".join("".join(lines).split()).translate(SAME)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(POWERS), text)
    return re.sub(r"(?<=[0-9)])[xX](?=[0-9(])", "\u00d7", text)


def tokens_of(photo: Photo) -> tuple[str, ...]:
    """Return the lines of a photo as they are written; none where only its digits are known, or no order."""
    tokens = photo.entry.get("tokens", ())
    return tuple(tokens) if photo.ordered and photo.entry.get("job") != "sudoku" else ()


def as_marks(text: str) -> str:
    """Return a letter for each mark of a text: what is neither digit nor sign is unknown."""
    return "".join(
        letter if letter.isdigit() or letter in SIGNS else UNKNOWN for letter in text if letter != "^"
    )
