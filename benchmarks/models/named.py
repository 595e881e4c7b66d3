"""--model FILE -> the models that a command compares, by the names that they get in reports."""

import argparse
import pathlib
from collections.abc import Sequence
from typing import Any

from knn_digits.classifiers import Classifier
from knn_digits.classifiers.load import load_classifier
from knn_digits.errors import UsageError

TOLD = ("network", "sha256", "command", "feature", "options", "data", "versions", "date")


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Add --model, which may be given several times; `load_models` takes its value."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="FILE",
        help="a model file, `bundled`, the default, or a network; give it again to compare several",
    )


def load_models(names: Sequence[str] | None) -> dict[str, Classifier]:
    """Return the models by the names they get in reports."""
    models: dict[str, Classifier] = {}
    for name in names or ["bundled"]:
        short = name if name == "bundled" else pathlib.Path(name).stem
        if short in models:
            raise UsageError(f"two models are called {short}: give them different file names")
        models[short] = load_classifier(name)
    return models


def spell_models(names: Sequence[str] | None) -> str:
    """Return the options that name these models, without the folders that they lie in."""
    return " ".join(f"--model {pathlib.Path(name).name}" for name in names or ["bundled"])


def describe_model(model: Classifier) -> dict[str, Any]:
    """Return what its header or card tells of a model: features, neighbors, data, versions, date."""
    return {key: model.header[key] for key in TOLD if key in model.header}
