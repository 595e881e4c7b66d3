"""Options that several commands share, and the words that they allow."""

from __future__ import annotations

import math
import os
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from knn_digits.cli.talk import progress_bar, say
from knn_digits.errors import DataError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.learned import Learned
    from knn_digits.datasets import Dataset

# The words of the rooms, written again so that `--help` imports none of them; a test compares them.
FEATURES = ("blocks", "deskewed", "hog", "pixels")
INK = ("count", "grey")
BACKENDS = ("faiss", "opencv", "pca", "sklearn")
DEVICES = ("auto", "cpu", "cuda")
WEIGHTS = ("uniform", "distance")
SPLITS = ("train", "test", "all")
NETWORKS = ("ann", "cnn", "lenet5", "mlp")
RECIPES = ("ann", "cnn", "cnn-plus", "lenet5", "mlp")


class _Path(click.Path):
    """A path that is not empty, as one of a shell's variables may be: pathlib's would be this folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty: name a file or folder", param, ctx)
        return super().convert(value, param, ctx)


class Range(click.FloatRange):
    """Numbers of a range. Click's takes NaN, too, which is neither below the one end nor above the other."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; Click's error if it is none of the range."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


# Who reads a file tells that it cannot be read, with the exit code for that.
PATH = _Path(readable=False, path_type=pathlib.Path)


def _model_option(which: str) -> Callable[[Any], Any]:
    default = "[default: the user's current model, else the bundled one]"
    return click.option("--model", metavar="FILE|NAME", help=f"{which}.  {default}")


_networks = ", ".join(f"`{name}`" for name in NETWORKS)
model_option = _model_option(f"Model file; `bundled`; a network: {_networks} or an ONNX file of `train`")
knn_model_option = _model_option("Model file of k-NN, or `bundled`; networks have no neighbors")


# What is written, and what stands near the beginning of such a file where a command wrote it.
MARKS = {
    "model": b"header.json",
    "export": b"source.npy",
    "picture": b"Software\0knn-digits",
    "page": b'content="knn-digits"',
}
START = 300  # bytes from the beginning in which it stands


def is_foreign(path: pathlib.Path, what: str) -> bool:
    """Tell whether a file is there that no command wrote as such: it is not written over."""
    from knn_digits.storage import open_file

    try:
        with open_file(path) as file:
            start = file.read(START)
    except PermissionError:  # of the file, or of its folder, which who writes tells
        return os.path.isfile(path)  # noqa: PTH113 (pathlib's raises where the folder may not be looked into)
    except (OSError, ValueError):  # there is none, or who writes tells why that cannot be
        return False
    return bool(start) and MARKS[what] not in start


def check_own(path: pathlib.Path, what: str) -> None:
    """Raise UsageError if what is written would take the place of a file that no command wrote as such."""
    if is_foreign(path, what):
        raise UsageError(f"{path} is there, and is no {what} of knn-digits: name another file, or remove it")


def _check_png(_: click.Context, __: click.Parameter, value: pathlib.Path) -> pathlib.Path:
    """Return the path of a picture to write, if its name says what is written."""
    if value.suffix.lower() != ".png":
        raise click.BadParameter(f"{value} must end in .png")
    return value


def picture_option(default: str, what: str) -> Callable[[Any], Any]:
    """Return the option --output for a PNG file, whose help says what it shows."""
    return click.option(
        "--output",
        type=PATH,
        default=default,
        show_default=True,
        metavar="PNG",
        callback=_check_png,
        help=what,
    )


def check_other(output: pathlib.Path, source: str | pathlib.Path, what: str = "photo") -> None:
    """Raise UsageError if what is written would take the place of what is read, be it a page of it."""
    from knn_digits.images import split_page

    try:
        same = output.samefile(split_page(pathlib.Path(source))[0])
    except (OSError, ValueError):  # one of them is not there, or could not be
        return
    if same:
        raise UsageError(f"--output {output} is the {what} itself: name another file")


def set_threads(_: click.Context, __: click.Parameter, threads: int | None) -> int | None:
    """Hold all that the command does to so many threads, at most to those of the machine."""
    if threads is None:
        return None
    from knn_digits.threads import hold_threads, limit_threads

    held = hold_threads(threads)
    if held < threads:
        say(f"--threads is held to {held}: no more run at once on this machine")
    limit_threads(held)
    return held


THREADS: dict[str, Any] = {
    "type": click.IntRange(min=1),
    "metavar": "N",
    "callback": set_threads,
    "help": "Threads to use, at most as many as there are cores.  [default: all cores]",
}
threads_option = click.option("--threads", expose_value=False, **THREADS)


def check_features(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Return the names as given, if there are such features."""
    names = value.split("+") if value is not None else []
    for name in names:
        if name not in FEATURES and not _is_registered(name):
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(map(repr, FEATURES))}, or several with +"
            )
        if names.count(name) > 1:
            raise click.BadParameter(f"{value!r} names {name} twice")
    return value


def _is_registered(name: str) -> bool:
    """Tell whether a package, or the program that runs this, has a feature of this name."""
    from knn_digits.features.registered import find_factory

    return find_factory(name) is not None


def engine_options(backend: str, device: str) -> Callable[[Any], Any]:
    """Return the options --backend and --device, whose help names these defaults."""
    same = f"Search engine; all give the same answers.  [default: {backend}]"
    where = f"Where FAISS searches.  [default: {device}]"

    def decorate(command: Any) -> Any:
        command = click.option("--device", type=click.Choice(DEVICES), help=where)(command)
        return click.option("--backend", type=click.Choice(BACKENDS), help=same)(command)

    return decorate


k_option = click.option(
    "--k",
    type=click.IntRange(min=1),
    metavar="K",
    help="Neighbors that vote.  [default: the model's]",
)
weights_option = click.option(
    "--weights", type=click.Choice(WEIGHTS), help="How neighbors' votes count.  [default: the model's]"
)


def data_option(help_text: str, **settings: Any) -> Callable[[Any], Any]:
    """Return the option --data of a command that reads one data set, and none of several."""
    return click.option(
        "--data",
        multiple=True,
        callback=_only_one,
        metavar="sample|mnist|PATH",
        help=help_text,
        **settings,
    )


def _only_one(context: click.Context, _: click.Parameter, values: tuple[str, ...]) -> str | None:
    if len(values) > 1:
        raise UsageError(
            f"--data is given {len(values)} times, and `{context.command_path}` reads one data set: name one "
            "(`fit` and `evaluate` read several)"
        )
    return values[0] if values else None


# `--data a.npz b.npz`: the first is the option's, the others are these.
more_data = click.argument("more", nargs=-1, metavar="[DATA...]")


def default_training_data() -> str:
    """Return the name of the data that are fitted where none are named, and say where they are the few."""
    from knn_digits.datasets import mnist_is_cached

    if mnist_is_cached():
        return "mnist"
    say(
        "MNIST is not in the cache, so `sample` is taken: 5,000 digits, fewer than the bundled models were "
        "made of; `knn-digits data fetch mnist` brings 60,000"
    )
    return "sample"


def list_sources(
    data: tuple[str, ...], more: tuple[str, ...], *, default: Callable[[], str]
) -> tuple[str, ...]:
    """Return all that --data names; UsageError for names without it, beside which the default would count."""
    if more and not data:
        raise UsageError(f"name data by --data: `--data {' '.join(more)}`")
    return (*data, *more) or (default(),)


def split_option(default: str) -> Callable[[Any], Any]:
    """Return the option --split, whose help names this default."""
    help_text = f"Part of the data set.  [default: {default} where there is one]"
    return click.option("--split", type=click.Choice(SPLITS), help=help_text)


def learned_option(*, default: bool) -> Callable[[Any], Any]:
    """Return the option --learned/--no-learned."""
    help_text = "Whether what `learn` taught stands beside a k-NN model."
    return click.option("--learned/--no-learned", default=default, show_default=True, help=help_text)


def load_model_option(
    model: str | None,
    backend: str | None,
    device: str | None,
    *,
    learned: bool = False,
    k: int | None = None,
    weights: str | None = None,
) -> Classifier:
    """Return the classifier that --model, --backend, --device, --learned, --k and --weights name."""
    from knn_digits.classifiers.learned import with_learned
    from knn_digits.classifiers.load import load_classifier
    from knn_digits.classifiers.variants import voting

    classifier = load_classifier(model, backend=backend, device=device)
    if learned and classifier.knn is not None:
        classifier = with_learned(classifier.knn, _load_beside())
    other = voting(classifier, k=k, weights=weights)
    if classifier.knn and other.knn and classifier.knn.calibrated > other.knn.calibrated:
        fitted = classifier.knn.options
        say(
            "note: probabilities are shares of the votes, not calibrated: that they are for "
            f"k {fitted.k} and weights {fitted.weights}, by which the model was fitted"
        )
    return other


def tell_current(path: pathlib.Path) -> None:
    """Say how to go back to the bundled model, if this file is the user's current model."""
    from knn_digits.classifiers.load import current_model

    if path == current_model():
        say(
            f"{path} is the current model, which commands take without --model: remove this file to go back "
            "to the bundled one"
        )


def load_knn_option(model: str | None, *, learned: bool = False) -> DigitKNN:
    """Return the k-NN model that --model names; with learned digits where --learned asks for them."""
    classifier = load_model_option(model, None, None, learned=learned).knn
    if classifier is None:
        raise UsageError(f"{model} is a network, which cannot learn a digit: name a k-NN model")
    return classifier


def _load_beside() -> Learned:
    """Return the learned digits that stand beside a model, which its command can leave out."""
    try:
        return load_learned_option()
    except DataError as error:
        raise DataError(f"{error}, or leave them out by --no-learned") from error


def load_learned_option() -> Learned:
    """Return the user's learned digits, with a line on stderr for each file that is damaged."""
    from knn_digits.classifiers.learned import load_learned

    learned = load_learned()
    for line in learned.damaged:
        say(f"warning: {line}")
    return learned


def load_data(
    *sources: str, split: str | None = None, prefer: str = "train", told: tuple[str, ...] = ()
) -> Dataset:
    """Return the data set that --data and --split name, with a line on stderr for each note not yet told.

    Several are read as if one held them all.
    """
    from knn_digits.datasets import load_datasets

    dataset = load_datasets(sources, split=split, prefer=prefer, progress=progress_bar("reading digits"))
    for note in dataset.notes:
        if note not in told:
            say(f"note: {note}")
    return dataset
