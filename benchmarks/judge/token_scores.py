"""Photos, and what judges tell of them that do not know their source -> how much of their text is right."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.data.tokens import spell, tokens_of
from benchmarks.data.truth import Photo
from benchmarks.judge.signs import SignPage, Told
from knn_digits.evaluation import add_scores, score_photo
from knn_digits.reading.signs import DIGIT, choose_names
from knn_digits.reading.words import Placed, find_text


def read_page(page: SignPage, told: Told) -> str:
    """Return the text of a page with its signs, as `spell` spells it."""
    text = find_text(page.items, choose_names(page.items, told))

    def letter(one: Placed) -> str:
        return "^" * one.raised + (str(page.labels[one.row]) if one.name == DIGIT else one.name)

    lines = ("".join(letter(one) for word in line for one in word) for line in text.lines)
    return spell(lines)


def group_tokens(photos: Sequence[Photo]) -> dict[str, list[Photo]]:
    """Return the photos whose text is known with its signs, for each group that is reported."""
    known = [photo for photo in photos if tokens_of(photo)]
    jobs: dict[str, list[Photo]] = {}
    for photo in known:
        jobs.setdefault(str(photo.entry.get("job", "other")), []).append(photo)
    sums = jobs.pop("sum", [])
    pure = [photo for photo in sums if not re.search("[a-zA-Z]", spell(tokens_of(photo)))]
    groups = {"sums of digits and signs alone": pure, "all sums": sums, "all": known, **jobs}
    return {name: group for name, group in groups.items() if group}


def score_tokens(photos: Sequence[Photo], read: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return how much of each group is right; `read` has what was read, as it is spelled, by name."""
    found = {}
    for name, group in group_tokens(photos).items():
        score = add_scores(
            score_photo(spell(tokens_of(photo)), read.get(photo.path.name, "")) for photo in group
        )
        found[name] = {
            "right": round(score.accuracy or 0.0, 4),
            "marks": score.digits,
            "exact": score.exact,
            "photos": len(group),
        }
    return found
