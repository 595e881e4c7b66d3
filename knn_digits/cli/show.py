"""Door: `show`, pictures of digits and of what a reading starts from."""

from __future__ import annotations

import pathlib

import click

from knn_digits.cli.options import (
    check_other,
    check_own,
    data_option,
    load_data,
    load_model_option,
    model_option,
    picture_option,
    split_option,
    threads_option,
)
from knn_digits.cli.photos import naming, one_photo
from knn_digits.cli.talk import put_line, say


@click.group()
def show() -> None:
    """Draw labelled digits, or a photo on its way to digits.

    \b
    Example:
      knn-digits show data --n 20
    """


@show.command()
@data_option("Labelled digits.", default=["sample"], show_default=True)
@split_option("train")
@click.option(
    "--n",
    type=click.IntRange(min=1, max=10_000),
    default=20,
    show_default=True,
    help="How many, of each class in turn.",
)
@picture_option("digits.png", "Picture to write.")
def data(*, data: str, split: str | None, n: int, output: pathlib.Path) -> None:
    """Draw digits of a data set in a grid, each with its label.

    \b
    Example:
      knn-digits show data --data mnist --n 20
    """
    from knn_digits.images import write_png
    from knn_digits.reports.panels import draw_classes

    check_own(output, "picture")
    dataset = load_data(data, split=split)
    write_png(output, draw_classes(dataset.digits, dataset.labels, n=n))
    put_line(output)


@show.command()
@click.argument("photo")
@model_option
@picture_option("panels.png", "Picture to write.")
@threads_option
def photo(*, photo: str, model: str | None, output: pathlib.Path) -> None:
    """Draw a photo on its way to digits.

    PHOTO is a picture, one page of it as scan.tif[2], or - for a picture on stdin.

    Four panels side by side: the photo, grey, light ink on dark, and the digits as classified.

    \b
    Example:
      knn-digits show photo photo.jpg --output panels.png
    """
    from knn_digits.images import read_picture, write_png
    from knn_digits.reading import LARGEST, read_photo
    from knn_digits.reports.panels import draw_panels

    check_other(output, photo)
    check_own(output, "picture")
    classifier = load_model_option(model, None, None, learned=True)
    with naming(photo):
        picture = read_picture(one_photo(photo), largest=LARGEST)
        reading = read_photo(picture, classifier)
    write_png(output, draw_panels(picture, reading))
    for warning in reading.warnings:
        say(f"{photo}: {warning}")
    put_line(output)
