"""Options that several commands share, and the words that they allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import KnnClassifier
    from knn_digits.classifiers.network import NetworkClassifier

# The words of the rooms, written again so that `--help` imports none of them; a test compares them.
FEATURES = ("blocks", "deskewed", "hog", "pixels")
INK = ("count", "grey")
BACKENDS = ("faiss", "opencv", "pca", "sklearn")
DEVICES = ("auto", "cpu", "cuda")
WEIGHTS = ("uniform", "distance")
SPLITS = ("train", "test", "all")
NETWORKS = ("ann", "cnn", "lenet5", "mlp")
RECIPES = ("ann", "cnn", "cnn-plus", "lenet5", "mlp")

model_option = click.option(
    "--model",
    metavar="FILE|NAME",
    help="Model file; `bundled`; a network: "
    + ", ".join(f"`{name}`" for name in NETWORKS)
    + " or an ONNX file of `train`.  [default: the user's current model, else the bundled one]",
)
threads_option = click.option(
    "--threads", type=click.IntRange(min=1), metavar="N", help="Threads to use.  [default: all cores]"
)


def check_features(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Return the names as given, if there are such features."""
    names = value.split("+") if value is not None else []
    for name in names:
        if name not in FEATURES:
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(map(repr, FEATURES))}, or several with +"
            )
        if names.count(name) > 1:
            raise click.BadParameter(f"{value!r} names {name} twice")
    return value


def engine_options(backend: str, device: str) -> Callable[[Any], Any]:
    """Return the options --backend and --device, whose help names these defaults."""
    same = f"Search engine; all give the same answers.  [default: {backend}]"
    where = f"Where FAISS searches.  [default: {device}]"

    def decorate(command: Any) -> Any:
        command = click.option("--device", type=click.Choice(DEVICES), help=where)(command)
        return click.option("--backend", type=click.Choice(BACKENDS), help=same)(command)

    return decorate


def split_option(default: str) -> Callable[[Any], Any]:
    """Return the option --split, whose help names this default."""
    help_text = f"Part of the data set.  [default: {default} where there is one]"
    return click.option("--split", type=click.Choice(SPLITS), help=help_text)


def load_model_option(
    model: str | None, backend: str | None, device: str | None, threads: int | None
) -> KnnClassifier | NetworkClassifier:
    """Return the classifier that --model, --backend and --device name, with --threads set."""
    from knn_digits.classifiers.load import load_classifier
    from knn_digits.threads import limit_threads

    limit_threads(threads)
    return load_classifier(model, backend=backend, device=device)
