"""What the file of the judge of signs tells of itself -> how well text with signs is read."""

import json

from benchmarks.report.markdown import markdown_table
from knn_digits.reading.signs import FILE


def signs_table() -> str:
    """Return the digits and signs read right in each group of photos, and the photos read exactly."""
    about = json.loads(FILE.read_text(encoding="utf-8"))["about"]
    told = about["marks read right on sources left out"]
    head = ["photos", "digits and signs", *(f"{name}: right, exact" for name in told)]
    first = next(iter(told.values()))
    rows = [
        [
            group,
            f"{of['marks']:,}",
            *(f"{one[group]['right']:.1%}, {one[group]['exact']} of {of['photos']}" for one in told.values()),
        ]
        for group, of in first.items()
    ]
    words = (
        f"1 less the edit distance over the length of the text, spaces left out. It was learned from "
        f"{about['drawn pages']} drawn pages and {about['photos']} photos of {about['sources']} sources, "
        f"{about['photos with signs']} of them with their signs known, in {about['folds']} parts."
    )
    return f"{markdown_table(head, rows)}\n\n{words}"
