"""What the judge's file tells of itself -> how well photos are read whose sources it did not learn from."""

import json

from benchmarks.report.markdown import markdown_table
from knn_digits.reading.judge import FILE


def judge_table() -> str:
    """Return the digits read right and the photos read exactly, by the limit of evidence."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    about, least = stored["about"], stored["judge"]["least"]
    told = about["digits read right on sources left out"]["by limit of evidence"]
    rows = [
        [
            f"{limit}, chosen" if float(limit) == least else limit,
            f"{of['accuracy']:.1%}",
            f"{of['exact']} of {of['photos']}",
        ]
        for limit, of in told.items()
    ]
    drawn, photos, sources = (about[name] for name in ("drawn pages", "photos", "sources"))
    learned_from = f"{drawn} drawn pages and {photos} photos of {sources} sources, in {about['folds']} parts"
    words = (
        f"By the bundled model. The judge learned from {learned_from}: no photo is read by a judge that "
        "knows its source. Pictures of 28 by 28 pixels, which no judge is asked about, are among them."
    )
    table = markdown_table(["read from this evidence on", "digits read right", "photos read exactly"], rows)
    return f"{table}\n\n{words}"
