"""Digits that are harmed, foreign or in photos -> how models do there, by the scripts that measure each."""

import json
import pathlib
from typing import Any

import numpy as np

from benchmarks.data.truth import load_photos
from benchmarks.measure.corruptions import RESULTS, measure
from benchmarks.measure.photos import group_photos, read_all, score_rows
from benchmarks.models.lineup import BEST_KNN, BEST_NETWORK
from benchmarks.models.readers import Model
from benchmarks.models.study import Study
from knn_digits.classifiers.load import load_classifier

HARMED = ("blocks, k 11", "pixels, k 3", BEST_KNN, BEST_NETWORK)
READERS = ("bundled", BEST_NETWORK)


def measure_corruptions(study: Study, *, folder: pathlib.Path = RESULTS) -> dict[str, Any]:
    """Return the errors on harmed and foreign digits: raw results that are there, else some measured now."""
    path = folder / "corruptions.json"
    if path.is_file():
        raw = json.loads(path.read_text("utf-8"))
        if raw["test_sha256"] == study.test.sha256:
            kept = ("n", "seed", "severity", "corruptions", "transfer", "date", "command", "commit")
            names = list(raw["models"])
            return {"from": f"benchmarks/results/{path.name}", "names": names} | {
                name: raw.get(name) for name in kept
            }
    rows = np.linspace(0, len(study.test.labels) - 1, min(study.scale.corrupted, len(study.test.labels)))
    rows = rows.astype(np.int64)
    digits, labels = study.test.digits[rows], study.test.labels[rows]
    models = {name: study.model(name) for name in HARMED}
    found = measure(models, digits, labels)
    return {"from": None, "names": list(models), "n": len(labels), "corruptions": found, "transfer": []}


def measure_photos(study: Study) -> dict[str, Any]:
    """Return how the bundled model, the CNN and, fitted on all training digits, the default read photos."""
    photos = load_photos(study.photos)
    readers = [Model(name, load_classifier(name)) for name in READERS]
    readers.append(Model(BEST_KNN, study.knn(BEST_KNN)))
    runs = [read_all(reader, photos) for reader in readers]
    return {
        "folder": study.photos.resolve().name,
        "photos": len(photos),
        "groups": list(group_photos(photos)),
        "table": score_rows(photos, runs),
        "misread": [
            {"file": photo.path.name, "truth": list(photo.lines)}
            | {one.name: list(one.found[row].lines) for one in runs}
            for row, photo in enumerate(photos)
            if not all(one.scores[row].exact for one in runs)
        ],
    }
