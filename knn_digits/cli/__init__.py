"""Door: argv -> one call -> text and exit code. Results go to stdout, talk and progress to stderr."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from knn_digits import __version__
from knn_digits.cli.options import (
    BACKENDS,
    DEVICES,
    FEATURES,
    INK,
    NETWORKS,
    RECIPES,
    SPLITS,
    WEIGHTS,
    check_features,
    engine_options,
    model_option,
    split_option,
    threads_option,
)
from knn_digits.cli.show import show
from knn_digits.cli.talk import INTERRUPTED, is_terminal, progress_bar, say
from knn_digits.cli.train import train
from knn_digits.cli.tune import tune
from knn_digits.errors import DataError, KnnDigitsError, PhotoError, UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers import Classifier
    from knn_digits.classifiers.knn import KnnClassifier
    from knn_digits.classifiers.network import NetworkClassifier
    from knn_digits.reading import Reading

__all__ = ["BACKENDS", "DEVICES", "FEATURES", "INK", "NETWORKS", "RECIPES", "SPLITS", "WEIGHTS", "cli", "run"]

STDIN = "-"
SOME_UNREADABLE = 1  # exit code

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EPILOG = """\b
Exit codes: 0 all read, 1 some photos unreadable, 2 usage error, 3 bad data,
4 bad model, 5 missing optional part, 6 cannot write, 130 interrupted."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        with cli.make_context("knn-digits", list(arguments)) as context:
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as done:  # after --help and --version
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        command = (
            error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "knn-digits"
        )
        return _fail(f"{error.format_message().rstrip('.')}; see `{command} --help`", error.exit_code)
    except KnnDigitsError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)


def _fail(message: str, code: int) -> int:
    say(f"knn-digits: {' '.join(message.split())}")
    return code


@click.group(epilog=EPILOG, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="knn-digits")
def cli() -> None:
    """Read handwritten digits in photos by their nearest neighbors.

    \b
    Example:
      knn-digits classify photo.jpg
    """


@cli.command()
@click.option(
    "--data", metavar="sample|mnist|PATH", help="Training digits.  [default: mnist if cached, else sample]"
)
@split_option("train")
@click.option(
    "--features",
    metavar="NAME[+NAME]",
    callback=check_features,
    help="What of a digit is compared: "
    + ", ".join(FEATURES)
    + ", or several with +.  [default: hog, with the best of the settings below]",
)
@click.option("--grid", metavar="ROWSxCOLUMNS", help="Grid of `blocks`.  [default: 5x4]")
@click.option("--ink", type=click.Choice(INK), help="What `blocks` add up.  [default: count]")
@click.option(
    "--orientations", type=click.IntRange(min=2), help="Directions that `hog` tells apart.  [default: 8]"
)
@click.option(
    "--cells", type=click.IntRange(min=1), help="Rows and columns of the grid of `hog`.  [default: 8]"
)
@click.option(
    "--k", type=click.IntRange(min=1), help="Neighbors that vote.  [default: 11; 9 without --features]"
)
@click.option(
    "--weights",
    type=click.Choice(WEIGHTS),
    help="Whether near neighbors count more.  [default: uniform; distance without --features]",
)
@click.option(
    "--power", type=float, help="Of the distance, by which weights fall.  [default: 1; 8 without --features]"
)
@click.option(
    "--dimensions",
    type=click.IntRange(min=0),
    metavar="N",
    help="Discriminant directions on which vectors are projected; 0: none.  "
    "[default: 0; 64 without --features]",
)
@click.option(
    "--refine/--no-refine",
    default=None,
    help="Measure near digits again by a distance that lets them bend.  [default: only without --features]",
)
@engine_options("faiss", "auto")
@click.option(
    "--output", type=click.Path(path_type=pathlib.Path), help="Model file.  [default: the current model]"
)
def fit(
    *,
    data: str | None,
    split: str | None,
    features: str | None,
    grid: str | None,
    ink: str | None,
    orientations: int | None,
    cells: int | None,
    k: int | None,
    weights: str | None,
    power: float | None,
    dimensions: int | None,
    refine: bool | None,
    backend: str | None,
    device: str | None,
    output: pathlib.Path | None,
) -> None:
    """Fit a model on labelled digits and make it the current one.

    DATA is `sample` (5,000 digits that come with the package), `mnist` (60,000, after
    `knn-digits data fetch mnist`), a folder of IDX files, an .npz file, or a folder with
    one sub-folder of pictures a class.

    \b
    Example:
      knn-digits fit --k 11 --features blocks
    """
    from knn_digits.classifiers.knn import BEST, KnnClassifier, KnnOptions
    from knn_digits.classifiers.load import current_model
    from knn_digits.datasets import load_dataset, mnist_is_cached
    from knn_digits.features import make_feature
    from knn_digits.neighbors.deformation import Refinement
    from knn_digits.reports.scores import validation_text

    base = KnnOptions() if features else BEST
    k = k or base.k
    if power is not None and (weights or base.weights) != "distance":
        raise UsageError("--power belongs to `--weights distance`")
    features = features or "hog"
    given = {"blocks": _blocks_options(grid, ink), "hog": _given(orientations=orientations, cells=cells)}
    feature = make_feature(features, _feature_options(features, given))
    refined = base.refinement is not None if refine is None else refine
    options = KnnOptions(
        k=k,
        weights=weights or base.weights,
        power=power or base.power,
        dimensions=base.dimensions if dimensions is None else dimensions,
        refinement=Refinement(shortlist=max(Refinement.shortlist, k)) if refined else None,
        backend=backend or base.backend,
        device=device or base.device,
    )
    source = data or ("mnist" if mnist_is_cached() else "sample")
    dataset = load_dataset(source, split=split)
    say(f"fitting on {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    model = KnnClassifier.fit(
        dataset.digits,
        dataset.labels,
        feature=feature,
        options=options,
        data_name=f"{dataset.name}/{dataset.split}",
        progress=progress_bar("computing features"),
    )
    model.validate(progress=progress_bar("validating"))
    path = output or current_model()
    model.save(path)
    click.echo(f"{path}: validation {validation_text(model.header)}")


def _feature_options(features: str, given: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the options of one feature, or of each of several; given are those of `blocks` and of `hog`."""
    names = features.split("+")
    flags = {"blocks": "--grid and --ink", "hog": "--orientations and --cells"}
    for name, options in given.items():
        if options and name not in names:
            raise UsageError(f"{flags[name]} belong to `--features {name}`")
    if len(names) == 1:
        return given.get(features, {})
    return {name: options for name, options in given.items() if options}


def _blocks_options(grid: str | None, ink: str | None) -> dict[str, Any]:
    if not grid:
        return _given(ink=ink)
    rows, _, columns = grid.partition("x")
    if not (rows.isdecimal() and columns.isdecimal()):
        raise UsageError(f"--grid must be ROWSxCOLUMNS, such as 7x7, got {grid!r}")
    return _given(rows=int(rows), columns=int(columns), ink=ink)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@model_option
@engine_options("the model's", "the model's")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, an object a photo.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one row a digit.")
@click.option(
    "--annotate",
    type=click.Path(path_type=pathlib.Path),
    metavar="DIR",
    help="Write each photo there as PNG, with boxes and labels drawn on it.",
)
@click.option(
    "--debug",
    type=click.Path(path_type=pathlib.Path),
    metavar="DIR",
    help="Write every stage of each photo there as PNG, to see where a reading went wrong.",
)
def classify(
    *,
    paths: tuple[str, ...],
    model: str | None,
    backend: str | None,
    device: str | None,
    threads: int | None,
    as_json: bool,
    as_csv: bool,
    annotate: pathlib.Path | None,
    debug: pathlib.Path | None,
) -> int:
    """Read the digits in photos.

    PATH is a picture, a folder of pictures, or - for a picture on stdin. A digit that is
    like no training digit is printed as ?.

    \b
    Examples:
      knn-digits classify photo.jpg
      knn-digits classify --json scans/ > readings.json
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other: choose one")
    photos = list(_photos(paths))
    read = _reader(_load(model, backend, device, threads), annotate, debug)
    progress = progress_bar("reading") if as_json or not is_terminal(sys.stdout) else iter
    results = _readings(photos, read, progress)
    if as_json:
        return _print_json(results)
    if as_csv:
        return _print_csv(results)
    return _print_text(results, headed=len(photos) > 1)


def _photos(paths: Iterable[str]) -> Iterator[str]:
    """Yield the photos, folders replaced by the pictures in them, if they have any."""
    for path in paths:
        if not path:
            raise UsageError("a PATH is empty: name a picture or a folder")
        pictures = [] if path == STDIN else _pictures(pathlib.Path(path))
        yield from map(str, pictures) if pictures else [path]


def _pictures(folder: pathlib.Path) -> list[pathlib.Path]:
    from knn_digits.images import list_pictures

    try:
        return list_pictures(folder)
    except OSError:  # no folder, or one that may not be read: `_content` tells
        return []


def _load(
    model: str | None, backend: str | None, device: str | None, threads: int | None
) -> KnnClassifier | NetworkClassifier:
    from knn_digits.classifiers.load import load_classifier
    from knn_digits.threads import limit_threads

    classifier = load_classifier(model, backend=backend, device=device)
    limit_threads(threads)
    return classifier


def _reader(
    model: Classifier, annotated: pathlib.Path | None, debug: pathlib.Path | None
) -> Callable[[str], Reading]:
    """Return what reads one photo and, where folders are given, writes its pictures there."""
    from knn_digits.images import read_picture, write_png
    from knn_digits.reading import LARGEST, model_for_photos, read_stages
    from knn_digits.reports.readings import annotate
    from knn_digits.reports.stages import draw_stages

    model, taken = model_for_photos(model), set[str]()

    def read(path: str) -> Reading:
        photo = _content(path)
        reading, stages = read_stages(photo, model)
        name = _free_name("stdin" if path == STDIN else pathlib.Path(path).name, taken)
        if annotated is not None:
            write_png(annotated / f"{name}.png", annotate(read_picture(photo, largest=LARGEST), reading))
        if debug is not None:
            for stage, pixels in draw_stages(stages, reading).items():
                write_png(debug / f"{name}-{stage}.png", pixels)
        return reading

    return read


def _content(path: str) -> bytes | pathlib.Path:
    if path == STDIN:
        if sys.stdin is None:
            raise PhotoError("stdin is closed: pass a picture to it")
        return sys.stdin.buffer.read()
    if os.path.isdir(path):  # noqa: PTH112 (pathlib's raises where a name is too long)
        raise PhotoError("no pictures are seen in this folder: their names must end in .jpg, .png or alike")
    return pathlib.Path(path)


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name for a photo's pictures; photos of one name from several folders are numbered."""
    numbered = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    free = next(candidate for candidate in numbered if candidate not in taken)
    taken.add(free)
    return free


def _readings(
    photos: Sequence[str],
    read: Callable[[str], Reading],
    progress: Callable[[Iterable[int]], Iterable[int]],
) -> Iterator[tuple[str, Reading | PhotoError]]:
    for i in progress(range(len(photos))):
        try:
            yield photos[i], read(photos[i])
        except PhotoError as error:
            yield photos[i], error


def _print_json(results: Iterable[tuple[str, Reading | PhotoError]]) -> int:
    from knn_digits.reports.readings import as_object

    objects = [
        {"path": path, "error": str(result)} if isinstance(result, PhotoError) else as_object(path, result)
        for path, result in results
    ]
    # In UTF-8 whatever the terminal's encoding; of a name that is no text the bytes become JSON's escapes.
    click.echo(json.dumps(objects, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    return SOME_UNREADABLE if any("error" in found for found in objects) else 0


def _print_csv(results: Iterable[tuple[str, Reading | PhotoError]]) -> int:
    from knn_digits.reports.readings import CSV_HEADER, as_rows, csv_text

    code = 0
    click.echo(csv_text([CSV_HEADER]), nl=False)
    for path, result in results:
        if isinstance(result, PhotoError):
            code = _fail(f"{path}: {result}", SOME_UNREADABLE)
        else:
            click.echo(csv_text(as_rows(path, result)), nl=False)
            _warn(path, result)
    return code


def _print_text(results: Iterable[tuple[str, Reading | PhotoError]], *, headed: bool) -> int:
    code = 0
    for path, result in results:
        if isinstance(result, PhotoError):
            code = _fail(f"{path}: {result}", SOME_UNREADABLE)
            continue
        if headed:
            click.echo(f"{path}:")
        if result.lines:
            click.echo(result.text)
        _warn(path, result)
    return code


def _warn(path: str, reading: Reading) -> None:
    for warning in reading.warnings:
        say(f"{path}: {warning}")


@cli.command()
@model_option
@click.option(
    "--data", default="mnist", show_default=True, metavar="sample|mnist|PATH", help="Labelled digits."
)
@split_option("test")
@engine_options("the model's", "the model's")
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    *,
    model: str | None,
    data: str,
    split: str | None,
    backend: str | None,
    device: str | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Measure a model's error on labelled digits.

    Where the data set has a training and a test part, the test part is used.

    \b
    Example:
      knn-digits evaluate --model model.npz --data mnist
    """
    from dataclasses import asdict

    from knn_digits import evaluation as ev
    from knn_digits.classifiers.knn import KnnClassifier
    from knn_digits.datasets import load_dataset
    from knn_digits.reports.scores import evaluation_text

    classifier = _load(model, backend, device, threads)
    dataset = load_dataset(data, split=split, prefer="test")
    say(f"evaluating on {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    seen = ev.count_seen(dataset.digits, classifier.digits) if isinstance(classifier, KnnClassifier) else None
    if seen is None and dataset.split != "test":
        say("warning: a network keeps no training digits; if it saw these, this is no measure of its error")
    if seen:
        say(f"warning: the model was fitted on {seen} of these digits, so this is no measure of its error")
    result = ev.evaluate(classifier, dataset.digits, dataset.labels, progress=progress_bar("evaluating"))
    if as_json:
        about = {"data": dataset.name, "split": dataset.split, "sha256": dataset.sha256, "seen": seen}
        click.echo(json.dumps(asdict(result) | about, indent=1))
    else:
        click.echo(evaluation_text(result))


@cli.command()
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print the header as it stands in the file.")
def info(*, model: str | None, as_json: bool) -> None:
    """Show what a model is and how it was made.

    \b
    Example:
      knn-digits info --model bundled
    """
    from knn_digits.classifiers.load import find_model, is_network
    from knn_digits.classifiers.network import NetworkClassifier, find_network
    from knn_digits.reports.scores import model_text, network_text
    from knn_digits.storage import load_model

    if model is not None and is_network(model):
        path, header = find_network(model), NetworkClassifier.load(model).card
        text = network_text(str(path), header)
    else:
        path = find_model(model)
        header, _ = load_model(path)
        text = model_text(str(path), header)
    click.echo(json.dumps(header, indent=1) if as_json else text)


@cli.group()
def data() -> None:
    """Fetch and check training data.

    \b
    Example:
      knn-digits data fetch mnist
    """


@data.command()
@click.argument("name", type=click.Choice(["mnist"]))
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=pathlib.Path),
    metavar="PATH",
    help="Import the files from this folder instead of downloading them.",
)
def fetch(*, name: str, source: pathlib.Path | None) -> None:
    """Put MNIST's four files into the cache, checked by SHA-256. The only command that uses the network.

    \b
    Examples:
      knn-digits data fetch mnist
      knn-digits data fetch mnist --from ~/Downloads/mnist
    """
    from knn_digits.datasets.fetch import fetch_mnist, import_mnist

    if source is not None:
        click.echo(f"{name} is in {import_mnist(source)}")
        return
    with _download_bar() as show:
        folder = fetch_mnist(progress=show)
    click.echo(f"{name} is in {folder}")


@contextlib.contextmanager
def _download_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a progress bar on stderr that is told the file, the bytes so far and the bytes in all."""
    from tqdm import tqdm

    with tqdm(unit="B", unit_scale=True, disable=not is_terminal(sys.stderr), leave=False) as bar:

        def show(name: str, done: int, total: int) -> None:
            if bar.desc != f"{name}: ":
                bar.reset(total=total or None)
                bar.set_description(name)
            bar.update(done - bar.n)

        yield show


@data.command()
@click.argument("name", type=click.Choice(["mnist"]), default="mnist")
def verify(*, name: str) -> None:
    """Check the cached files again by SHA-256.

    \b
    Example:
      knn-digits data verify mnist
    """
    from knn_digits.datasets.fetch import verify_mnist

    checks = verify_mnist()
    for check in checks:
        click.echo(f"{check.name} {check.message}")
    if not all(check.ok for check in checks):
        raise DataError(f"{name} in the cache is not whole: run `knn-digits data fetch {name}`")


cli.add_command(train)
cli.add_command(show)
cli.add_command(tune)
