"""What the judge's file tells of itself -> how well photos are read whose sources it did not learn from."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.report.markdown import markdown_table
from knn_digits.reading.judge import FILE


def judge_table() -> str:
    """Return the digits read right and the photos read exactly, by what was learned from."""
    about = json.loads(FILE.read_text(encoding="utf-8"))["about"]
    told = about["digits read right on sources left out"]
    learned = {name: groups for name, groups in told.items() if name != "by limit of evidence"}
    header = ["photos", *(f"learned from {name}" for name in learned)]
    rows = [
        [f"{group} ({of['photos']})", *(_cell(groups[group]) for groups in learned.values())]
        for group, of in next(iter(learned.values())).items()
    ]
    drawn, photos, sources = (about[name] for name in ("drawn pages", "photos", "sources"))
    learned_from = f"{drawn} drawn pages and {photos} photos of {sources} sources, in {about['folds']} parts"
    words = (
        "Digits read right, mean over sources, photos read exactly; by the bundled model. The judge learned "
        f"from {learned_from}: no photo is read by a judge that knows its source."
    )
    return f"{markdown_table(header, rows)}\n\n{words}"


def _cell(of: Mapping[str, Any]) -> str:
    return f"{of['accuracy']:.1%}, {of['mean over sources']:.1%}, {of['exact']}"
