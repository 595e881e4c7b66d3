"""Door: `fit`."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

import click

from knn_digits.cli.options import (
    FEATURES,
    INK,
    PATH,
    WEIGHTS,
    Range,
    check_features,
    check_other,
    check_own,
    default_training_data,
    engine_options,
    list_sources,
    load_data,
    more_data,
    split_option,
    tell_current,
    threads_option,
)
from knn_digits.cli.talk import progress_bar, put_line, say
from knn_digits.errors import UsageError

if TYPE_CHECKING:
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.options import KnnOptions
    from knn_digits.datasets import Dataset
    from knn_digits.datasets.hands import Hands
    from knn_digits.features import Feature


@click.command()
@click.option(
    "--data",
    multiple=True,
    metavar="sample|mnist|PATH",
    help="Training digits.  [default: mnist if cached, else sample]",
)
@more_data
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
@click.option(
    "--hands/--no-hands",
    default=None,
    help="Digits of other hands, and signs that are none, beside the training digits.  "
    "[default: only without --features]",
)
@click.option(
    "--refuse-rate",
    type=Range(0, 1, max_open=True),
    default=0.004,
    show_default=True,
    metavar="R",
    help="Share of held-out digits that are refused as no digits.",
)
@engine_options("faiss", "auto")
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that search the model together, each a part of its digits.  [default: 1]",
)
@threads_option
@click.option("--output", type=PATH, help="Model file.  [default: the current model]")
def fit(
    *,
    data: tuple[str, ...],
    more: tuple[str, ...],
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
    hands: bool | None,
    refuse_rate: float,
    backend: str | None,
    device: str | None,
    shards: int | None,
    output: pathlib.Path | None,
) -> None:
    """Fit a model on labelled digits and make it the current one.

    DATA is `sample` (5,000 digits that come with the package), `mnist` (60,000, after
    `knn-digits data fetch mnist`), a folder of IDX files, an .npz, .npy, .csv or .parquet
    file, or a folder with one sub-folder of pictures a class. Several are fitted as one.

    \b
    Examples:
      knn-digits fit --k 11 --features blocks
      knn-digits fit --data first.npz second.npz
    """
    from knn_digits.classifiers.load import current_model
    from knn_digits.classifiers.recipe import recipe_for
    from knn_digits.datasets.hands import load_hands
    from knn_digits.memory import keep_memory
    from knn_digits.reports.scores import validation_text
    from knn_digits.storage import check_writable

    recipe = recipe_for(features)
    if power is not None and (weights or recipe.options.weights) != "distance":
        raise UsageError("--power belongs to `--weights distance`")
    given = {"blocks": _blocks_options(grid, ink), "hog": _given(orientations=orientations, cells=cells)}
    feature, options = recipe.make(
        _feature_options(recipe.feature, given),
        refine=refine,
        k=k,
        weights=weights,
        power=power,
        dimensions=dimensions,
        backend=backend,
        device=device,
        shards=shards,
    )
    path = output or current_model()
    check_writable(path)
    keep_memory()
    dataset = _load(data, more, split, path)
    say(f"fitting on {len(dataset.digits)} digits of {dataset.name}, part {dataset.split}")
    model = _learn(
        dataset,
        feature,
        options,
        hands=load_hands() if hands or (hands is None and features is None) else None,
        refuse_rate=refuse_rate,
    )
    model.save(path)
    put_line(f"{path}: validation {validation_text(model.about.validation)}")
    tell_current(path)


def _load(data: tuple[str, ...], more: tuple[str, ...], split: str | None, output: pathlib.Path) -> Dataset:
    """Return the digits that --data names, which --output must not take the place of."""
    sources = list_sources(data, more, default=default_training_data)
    for source in sources:
        check_other(output, source, "data")
    check_own(output, "model")
    return load_data(*sources, split=split)


def _learn(
    dataset: Dataset, feature: Feature, options: KnnOptions, *, hands: Hands | None, refuse_rate: float
) -> DigitKNN:
    """Return the model, validated; the feature's vectors, which are long, are computed once and let go."""
    from knn_digits.classifiers.header import describe_model
    from knn_digits.classifiers.knn import DigitKNN
    from knn_digits.classifiers.rows import describe

    digits, labels, name = dataset.digits, dataset.labels, f"{dataset.name}/{dataset.split}"
    about = describe_model(digits, labels, feature=feature, options=options, data_name=name)
    vectors = describe(digits, feature, progress=progress_bar("computing features"))
    model = DigitKNN.learn(digits, labels, vectors=vectors, about=about)
    if hands is not None:
        model = model.with_hands(hands)
    model.validate(refuse_rate=refuse_rate, vectors=vectors, progress=progress_bar("validating"))
    return model


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
